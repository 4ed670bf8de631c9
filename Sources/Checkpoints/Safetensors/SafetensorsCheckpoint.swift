// A safetensors file with the config.json that belongs beside it.

import JSON
package import Tensors

/// A single safetensors file and its configuration.
package final class SafetensorsCheckpoint: Checkpoint {
  package let file: String
  package let metadata: Metadata
  private let header: SafetensorsHeader
  private let owner: any ByteOwner
  private let configuration: OwnedBytes

  /// Reads and checks the header of a file that lies in memory, and its configuration.
  ///
  /// - Parameter configuration: The bytes of config.json.
  package init(
    file: String, owner: any ByteOwner, configuration: [UInt8]
  ) throws(CheckpointError) {
    let parsed = owner.withSpan { bytes in
      Result { () throws(CheckpointFlaw) in try SafetensorsHeader(bytes) }
    }
    switch parsed {
    case .success(let header): self.header = header
    case .failure(let flaw): throw .malformed(file: file, flaw)
    }
    do throws(CheckpointFlaw) {
      metadata = try JSONMetadata.flatten(try SafetensorsHeader.object(configuration))
    } catch {
      throw .malformed(file: "config.json of \(file)", error)
    }
    self.file = file
    self.owner = owner
    self.configuration = OwnedBytes(configuration)
  }

  package var format: CheckpointFormat { .safetensors }
  package var tensorNames: [String] { header.tensors.tensors.map(\.name) }
  package var tensorByteCount: Int { header.tensors.tensors.reduce(0) { $0 + $1.range.count } }

  package func tensor(named name: String) -> TensorView? {
    header.tensors[name].map { stored in
      TensorView(
        name: name, shape: stored.shape, type: stored.type, owner: owner, range: stored.range)
    }
  }

  package func withHeader(_ body: (Span<UInt8>) -> Void) {
    configuration.withSpan(body)
    owner.withSpan { body($0.extracting(0..<header.byteCount)) }
  }
}
