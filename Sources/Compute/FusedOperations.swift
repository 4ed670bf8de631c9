// Fused operations in terms of primitives: what a new backend starts with.

package import Tensors

extension Backend {
  package var threadPool: ThreadPool? { nil }

  package func multiply(
    _ input: DeviceTensor, rows: Int, byRows ids: [Int32], of weight: Weight,
    into values: inout [Float]
  ) {
    var all: [Float] = []
    var some: [Float] = []
    for row in 0..<rows {
      multiply(row: row, of: input, byRows: ids, of: weight, into: &some)
      all += some
    }
    values = all
  }

  package func multiply(_ input: DeviceTensor, rows: Int, by projections: [Projection]) {
    for projection in projections { multiply(input, rows: rows, by: projection) }
  }

  package func multiply(
    gate: DeviceTensor, up: DeviceTensor, rows: Int, by projection: Projection
  ) {
    swiGLU(gate: gate, up: up, rows: rows, into: gate)
    multiply(gate, rows: rows, by: projection)
  }

  package func addThenNormalize(
    _ input: DeviceTensor, rows: Int, to residual: DeviceTensor, weight: DeviceTensor,
    epsilon: Float, into output: DeviceTensor
  ) {
    add(input, rows: rows, to: residual)
    normalize(residual, rows: rows, weight: weight, epsilon: epsilon, into: output)
  }

  /// Makes a tensor of one row from a stored vector, such as a norm's weight or a bias.
  package func makeVector(_ view: TensorView) throws(ComputeError) -> DeviceTensor {
    guard let values = view.decoded() else {
      throw .unsupportedType(tensor: view.name, type: view.type)
    }
    return try makeVector(values)
  }

  /// Makes a tensor of one row.
  package func makeVector(_ values: [Float]) throws(ComputeError) -> DeviceTensor {
    let tensor = try makeTensor(rows: 1, columns: values.count)
    write(values, to: tensor, row: 0)
    return tensor
  }
}
