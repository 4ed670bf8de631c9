// The tensors that a header lists, checked against the file and against each other.

import Tensors

/// One tensor as its header describes it.
struct StoredTensor: Equatable {
  let name: String
  let shape: Shape
  let type: DataType
  /// The place of its bytes in the file.
  let range: Range<Int>
}

/// All tensors of a file.
struct TensorTable {
  /// The tensors, in the order of the header.
  let tensors: [StoredTensor]
  private let places: [String: Int]

  /// Takes over tensors whose ranges lie inside the file.
  ///
  /// Throws if two have one name or share bytes.
  init(_ tensors: [StoredTensor]) throws(CheckpointFlaw) {
    var places: [String: Int] = [:]
    for (place, tensor) in tensors.enumerated() {
      guard places.updateValue(place, forKey: tensor.name) == nil else {
        throw .duplicate(name: tensor.name)
      }
    }
    let inOrder = tensors.sorted { $0.range.lowerBound < $1.range.lowerBound }
    for (tensor, next) in zip(inOrder, inOrder.dropFirst())
    where tensor.range.upperBound > next.range.lowerBound {
      throw .overlap(tensor: tensor.name, other: next.name)
    }
    self.tensors = tensors
    self.places = places
  }

  /// Returns the tensor of a name.
  subscript(name: String) -> StoredTensor? { places[name].map { tensors[$0] } }

  /// Returns the bytes that a tensor takes, checking that dimensions and sizes can be.
  ///
  /// - Parameter dimensions: Outermost first.
  static func byteCount(
    _ dimensions: [UInt64], type: DataType, tensor: String
  ) throws(CheckpointFlaw) -> (shape: Shape, byteCount: Int) {
    var elements = 1
    var shape: [Int] = []
    for dimension in dimensions {
      guard let extent = Int(exactly: dimension), extent > 0 else {
        throw .badShape(tensor: tensor, reason: "a dimension is \(dimension)")
      }
      let (product, overflow) = elements.multipliedReportingOverflow(by: extent)
      guard !overflow else {
        throw .badShape(tensor: tensor, reason: "its element count overflows")
      }
      elements = product
      shape.append(extent)
    }
    guard type.fills(columns: shape.last ?? 1) else {
      throw .badShape(
        tensor: tensor,
        reason: "its rows of \(shape.last ?? 1) are no multiple of the \(type.blockElements)"
          + " elements of a \(type.rawValue) block")
    }
    let (bytes, overflow) = (elements / type.blockElements)
      .multipliedReportingOverflow(by: type.blockBytes)
    guard !overflow else { throw .badShape(tensor: tensor, reason: "its byte count overflows") }
    return (Shape(shape), bytes)
  }
}
