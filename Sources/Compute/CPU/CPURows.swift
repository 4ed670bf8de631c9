// Row operations of the processor's backend.
//
// SAFETY: see CPUBackend.swift.

import CKernels
import Tensors

extension CPUBackend {
  package func normalize(
    _ input: DeviceTensor, rows: Int, weight: DeviceTensor, epsilon: Float,
    into output: DeviceTensor
  ) {
    normalize(input, rows: rows, weight: weight, epsilon: epsilon, into: output, residual: nil)
  }

  package func addThenNormalize(
    _ input: DeviceTensor, rows: Int, to residual: DeviceTensor, weight: DeviceTensor,
    epsilon: Float, into output: DeviceTensor
  ) {
    precondition(residual.columns == input.columns && rows <= residual.rows, "sums have one shape")
    normalize(
      input, rows: rows, weight: weight, epsilon: epsilon, into: output, residual: residual)
  }

  private func normalize(
    _ input: DeviceTensor, rows: Int, weight: DeviceTensor, epsilon: Float,
    into output: DeviceTensor, residual: DeviceTensor?
  ) {
    precondition(
      input.columns == output.columns && input.columns % weight.columns == 0
        && rows <= input.rows && rows <= output.rows, "groups are whole")
    let job = unsafe ck_rows_job(
      columns: Int64(input.columns), input: floats(input), other: floats(weight),
      output: floats(output), size: Int64(weight.columns), epsilon: epsilon,
      residual: residual.map { unsafe floats($0) }, offset: 0, pairs: 0, neighbors: false)
    unsafe run(job, rows: rows, kernels.normalize)
  }

  package func swiGLU(
    gate: DeviceTensor, up: DeviceTensor, rows: Int, into output: DeviceTensor
  ) {
    precondition(
      gate.columns == up.columns && gate.columns == output.columns && rows <= gate.rows
        && rows <= up.rows && rows <= output.rows, "gate and up have one shape")
    unsafe runPair(gate, up, output, rows: rows, kernels.swiGLU)
  }

  package func add(_ input: DeviceTensor, rows: Int, to residual: DeviceTensor) {
    precondition(
      input.columns == residual.columns && rows <= input.rows && rows <= residual.rows,
      "sums have one shape")
    unsafe runPair(input, residual, residual, rows: rows, kernels.add)
  }

  private func runPair(
    _ input: DeviceTensor, _ other: DeviceTensor, _ output: DeviceTensor, rows: Int,
    _ kernel: (UnsafePointer<ck_rows_job>, Int64, Int64) -> Void
  ) {
    let job = unsafe ck_rows_job(
      columns: Int64(input.columns), input: floats(input), other: floats(other),
      output: floats(output), size: 0, epsilon: 0, residual: nil, offset: 0, pairs: 0,
      neighbors: false)
    unsafe run(job, rows: rows, kernel)
  }

  /// Runs a row kernel; one row is not worth waking anyone.
  private func run(
    _ job: ck_rows_job, rows: Int, _ kernel: (UnsafePointer<ck_rows_job>, Int64, Int64) -> Void
  ) {
    unsafe withUnsafePointer(to: job) { job in
      pool.run(items: rows) { begin, end in unsafe kernel(job, Int64(begin), Int64(end)) }
    }
  }

  package func fillRotation(
    _ table: DeviceTensor, frequencies: DeviceTensor, magnitude: Float, sequences: [SequenceRows]
  ) {
    let pairs = frequencies.columns
    precondition(table.columns == 2 * pairs, "a rotation has two elements per frequency")
    for sequence in sequences {
      precondition(
        sequence.firstRow >= 0 && sequence.firstRow + sequence.count <= table.rows,
        "angles lie in their table")
      for index in 0..<sequence.count {
        unsafe ck_angles(
          floats(frequencies), Int64(pairs), Int64(sequence.position + index), magnitude,
          floats(table) + (sequence.firstRow + index) * table.columns)
      }
    }
  }

  package func rotate(
    _ heads: DeviceTensor, rows: Int, headSize: Int, offset: Int, by table: DeviceTensor,
    pairing: RotaryPairing
  ) {
    let pairs = table.columns / 2
    precondition(
      heads.columns % headSize == 0 && offset >= 0 && offset + 2 * pairs <= headSize
        && rows <= heads.rows && rows <= table.rows, "turning elements lie in their head")
    let job = unsafe ck_rows_job(
      columns: Int64(heads.columns), input: floats(heads), other: floats(table),
      output: floats(heads), size: Int64(headSize), epsilon: 0, residual: nil,
      offset: Int64(offset), pairs: Int64(pairs), neighbors: pairing == .neighbors)
    unsafe run(job, rows: rows, kernels.rotate)
  }
}
