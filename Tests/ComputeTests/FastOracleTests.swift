// Fast precision against plain Swift that rounds the same way: activations to 8 bits per block of
// 32, weights as their formats decode them, sums in double precision.

import Compute
import Tensors
import TestSupport
import Testing

@Suite struct FastOracleTests {
  /// What 32-bit sums of some hundred blocks may lose against double precision, relative to the
  /// typical output.
  private static let tolerance: Float = 2e-5

  static let types: [DataType] = [.q4_1, .q5_0, .q8_0, .q4_K, .q6_K]

  /// Rounds every block of 32 to multiples of its greatest magnitude over 127, ties to even.
  private static func rounded(_ values: [Float]) -> [Float] {
    var result = values
    for first in stride(from: 0, to: values.count, by: 32) {
      let greatest = values[first..<first + 32].reduce(0) { max($0, abs($1)) }
      let scale = greatest / 127
      let inverse = greatest > 0 ? 127 / greatest : 0
      for i in first..<first + 32 {
        result[i] = scale * (values[i] * inverse).rounded(.toNearestOrEven)
      }
    }
    return result
  }

  @Test(arguments: types, InstructionSet.allCases.filter(\.isAvailable))
  func productsEqualTheReferenceOnRoundedInputs(
    type: DataType, instructions: InstructionSet
  ) throws {
    // One row, few, and many enough for panels; 2304 columns are more than one panel.
    for (columns, tokens) in [(256, 1), (768, 7), (2304, 70)] {
      let view = try Samples.matrix(type, rows: 37, columns: columns)
      var input = Samples.noise(columns * tokens, seed: 11)
      // Blocks of very different size, one of zeros among them.
      for i in 0..<input.count where (i / 32) % 3 == 1 { input[i] *= 1000 }
      for i in 64..<96 { input[i] = 0 }
      let expected = try Samples.product(
        ReferenceBackend(), view, Self.rounded(input), bias: nil)
      let backend = try CPUBackend(precision: .fast, threads: 2, instructions: instructions)
      let found = try Samples.product(backend, view, input, bias: nil)
      #expect(Samples.error(found, expected) < Self.tolerance, "\(columns) columns")
    }
  }

  static let vectorSets = [InstructionSet.avx2, .avx512, .amx].filter(\.isAvailable)

  /// All have fused multiply-adds and take the blocks in one order.
  @Test(.enabled(if: vectorSets.count > 1), arguments: types + [.f16, .f32])
  func vectorSetsGiveTheSameBits(type: DataType) throws {
    // Whole tiles of sixteen tokens and what is left of one; more columns than a panel has, and less. One thread takes
    // all six groups of rows at once: the four that share a panel and two more, of which one has three rows.
    for (columns, tokens) in [(768, 1), (256, 5), (768, 17), (1280, 70), (2304, 157)] {
      let view = try Samples.matrix(type, rows: 83, columns: columns)
      let input = Samples.noise(columns * tokens, seed: 13)
      let bias = Samples.noise(83, seed: 2)
      let outputs = try Self.vectorSets.map { instructions in
        let backend = try CPUBackend(precision: .fast, threads: 1, instructions: instructions)
        return try Samples.product(backend, view, input, bias: bias)
      }
      for (set, output) in zip(Self.vectorSets, outputs) {
        #expect(output == outputs[0], "\(set), \(tokens) tokens")
      }
    }
  }
}
