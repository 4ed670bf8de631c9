// What the suites of this target share: reproducible values, stored matrices, products.

import Compute
import Tensors
import Testing

enum Samples {
  /// Values between -1 and 1 that follow from a seed.
  static func noise(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max)
    }
  }

  /// A matrix of random weights in a stored type.
  static func matrix(_ type: DataType, rows: Int, columns: Int) throws -> TensorView {
    let format = try #require(type.format)
    let bytes = format.encoded(noise(rows * columns, seed: 7))
    return TensorView(
      name: "w", shape: Shape([rows, columns]), type: type, owner: OwnedBytes(bytes),
      range: 0..<bytes.count)
  }

  /// The product of rows of inputs with a matrix.
  static func product(
    _ backend: some Backend, _ view: TensorView, _ input: [Float], bias: [Float]?
  ) throws -> [Float] {
    let rows = input.count / view.shape.columns
    let x = try backend.makeTensor(rows: rows, columns: view.shape.columns)
    let y = try backend.makeTensor(rows: rows, columns: view.shape.rows)
    backend.write(input, to: x, row: 0)
    let weight = try backend.prepare(view, for: .product)
    let projection = Projection(weight: weight, bias: try bias.map(backend.makeVector), output: y)
    backend.multiply(x, rows: rows, by: projection)
    var output: [Float] = []
    backend.read(y, rows: 0..<rows, into: &output)
    return output
  }

  /// The greatest difference, relative to the typical size of the expected values.
  static func error(_ found: [Float], _ expected: [Float]) -> Float {
    guard found.count == expected.count, !found.isEmpty else { return .infinity }
    var squares: Float = 0
    var worst: Float = 0
    for (x, y) in zip(found, expected) {
      guard x.isFinite else { return .infinity }
      squares += y * y
      worst = max(worst, abs(x - y))
    }
    return worst / (squares / Float(expected.count)).squareRoot()
  }
}
