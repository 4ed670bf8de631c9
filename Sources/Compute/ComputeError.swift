// Why a backend cannot give memory or take a weight.

package import Tensors

/// Why a backend cannot do what its caller asks; wrong shapes are misuse and trap instead.
package enum ComputeError: Error, Equatable {
  /// Memory on the device is not to be had.
  case outOfMemory(bytes: Int)
  /// The backend has no kernel for the type that a weight is stored in.
  case unsupportedType(tensor: String, type: DataType)
  /// A weight has a shape that products cannot use: no matrix, or rows that are no whole blocks.
  case unsupportedShape(tensor: String, shape: Shape)
  /// The system refuses a thread.
  case noThread(reason: String)
  /// The machine lacks the instruction set that was asked for.
  case unsupportedInstructions(name: String)
}

extension ComputeError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .outOfMemory(let bytes):
      "no memory for \(bytes) bytes; use a smaller model or fewer jobs at once"
    case .unsupportedType(let tensor, let type):
      "tensor \(tensor) is stored as \(type.rawValue), for which there is no kernel"
    case .unsupportedShape(let tensor, let shape):
      "tensor \(tensor) has the shape \(shape), which is no matrix of whole blocks"
    case .noThread(let reason): "the system gives no thread (\(reason)); ask for fewer"
    case .unsupportedInstructions(let name):
      "this processor has no \(name); choose another instruction set"
    }
  }
}
