// A GGUF file whose tensors are views of its memory.

package import Tensors

/// A GGUF file.
package final class GGUFCheckpoint: Checkpoint {
  package let file: String
  private let header: GGUFHeader
  private let owner: any ByteOwner

  /// Reads and checks the header of a file that lies in memory, usually mapped.
  package init(file: String, owner: any ByteOwner) throws(CheckpointError) {
    let parsed = owner.withSpan { bytes in
      Result { () throws(CheckpointFlaw) in try GGUFHeader(bytes, owner: owner) }
    }
    switch parsed {
    case .success(let header): self.header = header
    case .failure(let flaw): throw .malformed(file: file, flaw)
    }
    self.file = file
    self.owner = owner
  }

  package var format: CheckpointFormat { .gguf }
  package var metadata: Metadata { header.metadata }
  package var tensorNames: [String] { header.tensors.tensors.map(\.name) }
  package var tensorByteCount: Int { header.tensors.tensors.reduce(0) { $0 + $1.range.count } }

  package func tensor(named name: String) -> TensorView? {
    header.tensors[name].map { stored in
      TensorView(
        name: name, shape: stored.shape, type: stored.type, owner: owner, range: stored.range)
    }
  }

  package func withHeader(_ body: (Span<UInt8>) -> Void) {
    owner.withSpan { body($0.extracting(0..<header.byteCount)) }
  }
}
