// What every model file offers, whatever its format.

package import Tensors

/// The format of a model file.
package enum CheckpointFormat: String, Sendable {
  case gguf, safetensors
}

/// An opened model file: settings and named tensors.
///
/// Everything in the header was checked when it was opened; the tensors' values were not read.
package protocol Checkpoint: AnyObject, Sendable {
  /// The format, which decides the spelling of settings and tensor names.
  var format: CheckpointFormat { get }
  /// The path it was opened by, for messages.
  var file: String { get }
  /// The settings.
  var metadata: Metadata { get }
  /// The names of all tensors, in the order of the header.
  var tensorNames: [String] { get }
  /// The number of bytes of all tensors.
  var tensorByteCount: Int { get }

  /// Returns a tensor, nil if the file has none of this name.
  func tensor(named name: String) -> TensorView?

  /// Calls a function with the bytes of the header: metadata, names, shapes and types.
  func withHeader(_ body: (Span<UInt8>) -> Void)
}

extension Checkpoint {
  /// Calls a function with the bytes that identify the model, piece by piece, for a digest.
  ///
  /// These are the header, then of every tensor in order its size as eight bytes, little-endian,
  /// its first 64 KiB and its last 64 KiB; of a tensor up to 128 KiB all bytes, once. The digest
  /// finds another or a cut file in milliseconds; it does not find a flipped bit in the middle.
  package func forEachIdentifyingPiece(_ body: (Span<UInt8>) -> Void) {
    withHeader(body)
    let edge = 64 << 10
    for name in tensorNames {
      guard let tensor = tensor(named: name) else { continue }
      let size = (0..<8).map { UInt8(truncatingIfNeeded: tensor.range.count >> (8 * $0)) }
      body(size.span)
      tensor.withSpan { bytes in
        if bytes.count <= 2 * edge {
          body(bytes)
        } else {
          body(bytes.extracting(0..<edge))
          body(bytes.extracting(bytes.count - edge..<bytes.count))
        }
      }
    }
  }
}
