// GGUF files whose tensors are views of their memory: one file, or the parts of a split one.
//
// Parts are named `NAME-00001-of-00003.gguf` and say in their settings which part they are; the
// first one has the settings of the model.

package import Tensors

/// One file of a GGUF checkpoint.
package struct GGUFPart {
  /// The path, for messages.
  package let file: String
  /// The memory that holds the file.
  package let owner: any ByteOwner

  /// Creates a part.
  package init(file: String, owner: any ByteOwner) {
    self.file = file
    self.owner = owner
  }
}

/// A GGUF checkpoint.
package final class GGUFCheckpoint: Checkpoint {
  package let file: String
  private let parts: [GGUFPart]
  private let headers: [GGUFHeader]
  private let places: [String: Int]

  /// Reads and checks the header of a file that lies in memory, usually mapped.
  package convenience init(file: String, owner: any ByteOwner) throws(CheckpointError) {
    try self.init(parts: [GGUFPart(file: file, owner: owner)])
  }

  /// Reads and checks the headers of all parts, in order.
  ///
  /// - Precondition: There is at least one part.
  package init(parts: [GGUFPart]) throws(CheckpointError) {
    var headers: [GGUFHeader] = []
    var places: [String: Int] = [:]
    for (index, part) in parts.enumerated() {
      let parsed = part.owner.withSpan { bytes in
        Result { () throws(CheckpointFlaw) in try GGUFHeader(bytes, owner: part.owner) }
      }
      let header: GGUFHeader
      switch parsed {
      case .success(let good): header = good
      case .failure(let flaw): throw .malformed(file: part.file, flaw)
      }
      do throws(CheckpointFlaw) {
        try Self.check(header.metadata, isPart: index, of: parts.count)
        for tensor in header.tensors.tensors {
          guard places.updateValue(index, forKey: tensor.name) == nil else {
            throw .duplicate(name: tensor.name)
          }
        }
      } catch { throw .malformed(file: part.file, error) }
      headers.append(header)
    }
    if parts.count > 1, let total = headers[0].metadata["split.tensors.count"]?.integer,
      total != places.count
    {
      throw .malformed(
        file: parts[0].file,
        .badValue(
          key: "split.tensors.count", found: "\(total)",
          expected: "the \(places.count) tensors of all parts"))
    }
    self.parts = parts
    self.headers = headers
    self.places = places
    file = parts[0].file
  }

  /// Compares what a part says of itself with its place.
  private static func check(
    _ metadata: Metadata, isPart index: Int, of count: Int
  ) throws(CheckpointFlaw) {
    for (key, expected) in [("split.no", index), ("split.count", count)] {
      guard let value = metadata[key] else {
        // A whole file need not say that it is one.
        if count == 1 { continue }
        throw .badValue(key: key, found: "nothing", expected: "\(expected)")
      }
      // Some writers say that a whole file has no parts.
      if count == 1, key == "split.count", value.integer == 0 { continue }
      guard value.integer == expected else {
        throw .badValue(
          key: key, found: "\(value)",
          expected: count == 1
            ? "\(expected): open the first part of a split file by its own name" : "\(expected)")
      }
    }
  }

  package var format: CheckpointFormat { .gguf }
  package var metadata: Metadata { headers[0].metadata }
  package var tensorNames: [String] { headers.flatMap { $0.tensors.tensors.map(\.name) } }
  package var tensorByteCount: Int {
    headers.reduce(0) { $0 + $1.tensors.tensors.reduce(0) { $0 + $1.range.count } }
  }

  package func tensor(named name: String) -> TensorView? {
    guard let place = places[name], let stored = headers[place].tensors[name] else { return nil }
    return TensorView(
      name: name, shape: stored.shape, type: stored.type, owner: parts[place].owner,
      range: stored.range)
  }

  package func withHeader(_ body: (Span<UInt8>) -> Void) {
    for (part, header) in zip(parts, headers) {
      part.owner.withSpan { body($0.extracting(0..<header.byteCount)) }
    }
  }
}
