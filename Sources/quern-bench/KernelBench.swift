// What the products of one backend reach: bytes of weights a second with few rows of activations,
// operations a second with many.

import Compute
import JSON
import Tensors

/// Products of one large matrix of every stored type.
struct KernelBench {
  let backend: CPUBackend
  let threads: Int
  let repeats: Int

  /// Large enough that no cache holds it in its smallest form.
  private static let streamed = Shape([65_536, 2048])
  private static let reused = Shape([4096, 2048])
  private static let types: [DataType] = [.q4_1, .q5_0, .q8_0, .q4_K, .q6_K, .f16]

  /// Measures every type with one row, some rows and a prompt of activations.
  func run() throws {
    for type in Self.types {
      for rows in [1, 8] { try measure(type, Self.streamed, rows: rows) }
      try measure(type, Self.reused, rows: 512)
    }
  }

  private func measure(_ type: DataType, _ shape: Shape, rows: Int) throws {
    let view = try matrix(type, shape)
    let weight = try backend.prepare(view, for: .product)
    let input = try backend.makeTensor(rows: rows, columns: shape.columns)
    let output = try backend.makeTensor(rows: rows, columns: shape.rows)
    backend.write(
      (0..<rows * shape.columns).map { Float(($0 &* 7919) % 201 - 100) / 100 }, to: input, row: 0)
    let projection = Projection(weight: weight, output: output)
    let operations = 2 * Double(shape.elementCount) * Double(rows)
    let rate = Spread(repeats: repeats, amount: operations) {
      backend.multiply(input, rows: rows, by: projection)
    }
    let bytesPerOperation = Double(view.range.count) / operations
    try report([
      "bench": "kernels", "backend": .string(backend.name),
      "precision": .string(backend.precision.rawValue), "threads": .number(JSONNumber(threads)),
      "type": .string(type.rawValue), "rows": .number(JSONNumber(rows)),
      "matrix": .string(shape.description), "gops": rate.json(in: 1e9),
      "gbytes": rate.json(in: 1e9 / bytesPerOperation),
    ])
  }

  /// A matrix whose rows are all alike, so that making it takes no time.
  private func matrix(_ type: DataType, _ shape: Shape) throws -> TensorView {
    guard let format = type.format else {
      throw ComputeError.unsupportedType(tensor: "bench", type: type)
    }
    let row = format.encoded((0..<shape.columns).map { Float(($0 &* 5077) % 127 - 63) / 64 })
    var bytes: [UInt8] = []
    bytes.reserveCapacity(row.count * shape.rows)
    for _ in 0..<shape.rows { bytes += row }
    return TensorView(
      name: "bench", shape: shape, type: type, owner: OwnedBytes(bytes), range: 0..<bytes.count)
  }
}
