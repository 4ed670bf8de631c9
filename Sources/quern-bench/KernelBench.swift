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
  private static let types: [DataType] = [
    .q4_0, .q4_1, .q5_0, .q8_0, .q4_K, .q5_K, .q6_K, .mxfp4, .f16,
  ]

  /// Measures every type with one row, some rows and a prompt of activations.
  func run() throws {
    let roofline = try Roofline(backend, byteCount: 256 << 20)
    let bandwidth = Spread(repeats: repeats, amount: Double(roofline.byteCount)) {
      roofline.read()
    }
    let rounds = 100_000
    let products = 2 * Double(roofline.multiply(rounds: rounds))
    let rate = Spread(repeats: repeats, amount: products) {
      _ = roofline.multiply(rounds: rounds)
    }
    try report([
      "bench": "roofline", "threads": .number(JSONNumber(threads)),
      "readGbytes": bandwidth.json(in: 1e9), "int8Gops": rate.json(in: 1e9),
    ])
    for type in Self.types {
      for rows in [1, 8] {
        try measure(type, Self.streamed, rows: rows, bandwidth.median, rate.median)
      }
      try measure(type, Self.reused, rows: 512, bandwidth.median, rate.median)
    }
  }

  /// Measures a product beside the machine's bandwidth and rate.
  private func measure(
    _ type: DataType, _ shape: Shape, rows: Int, _ bandwidth: Double, _ products: Double
  ) throws {
    let view = matrix(type, shape)
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
      "percentOfBandwidth": rate.json(in: bandwidth / bytesPerOperation / 100),
      "percentOfInt8": rate.json(in: products / 100),
    ])
  }

  /// A matrix of equal bytes, so that making it takes no time; as halves they are about 0.07.
  private func matrix(_ type: DataType, _ shape: Shape) -> TensorView {
    let count = shape.elementCount / type.blockElements * type.blockBytes
    return TensorView(
      name: "bench", shape: shape, type: type,
      owner: OwnedBytes([UInt8](repeating: 0x2c, count: count)), range: 0..<count)
  }
}
