// The processor's products against plain Swift, and the promise of one reduction tree.

import Compute
import Tensors
import TestSupport
import Testing

@Suite struct CPUBackendTests {
  /// The relative error of a sum of a few hundred products in 32 bits.
  private static let exactTolerance: Float = 1e-4
  /// Rounding activations to 8 bits moves a sum of some hundred products by about one percent of
  /// its typical size.
  private static let fastTolerance: Float = 0.03

  /// Some roundings in 32 bits, and an exponential within two units in the last place.
  private static let rowTolerance: Float = 1e-5

  static let types: [DataType] = [.f32, .f16, .bf16, .q4_1, .q5_0, .q8_0, .q4_K, .q6_K]

  @Test(arguments: types, InstructionSet.allCases.filter(\.isAvailable))
  func productsEqualTheReference(type: DataType, instructions: InstructionSet) throws {
    for (rows, tokens) in [(1, 1), (17, 3), (48, 13), (33, 130)] {
      let view = try Samples.matrix(type, rows: rows, columns: 512)
      let input = Samples.noise(512 * tokens, seed: 3)
      let bias = Samples.noise(rows, seed: 9)
      let expected = try Samples.product(ReferenceBackend(), view, input, bias: bias)
      for (precision, tolerance) in [
        (Precision.exact, Self.exactTolerance), (.fast, Self.fastTolerance),
      ] {
        let backend = try CPUBackend(
          precision: precision, threads: 2, instructions: instructions)
        let found = try Samples.product(backend, view, input, bias: bias)
        #expect(Samples.error(found, expected) < tolerance, "\(rows) rows, \(precision)")
      }
    }
  }

  @Test(arguments: types, Precision.allCases)
  func oneRowManyRowsAndPickedRowsAreTheSameBits(type: DataType, precision: Precision) throws {
    for instructions in InstructionSet.allCases where instructions.isAvailable {
      let view = try Samples.matrix(type, rows: 83, columns: 768)
      let input = Samples.noise(768 * 140, seed: 5)
      let two = try CPUBackend(precision: precision, threads: 2, instructions: instructions)
      let one = try CPUBackend(precision: precision, threads: 1, instructions: instructions)
      let together = try Samples.product(two, view, input, bias: nil)
      #expect(try Samples.product(one, view, input, bias: nil) == together)
      for token in [0, 1, 63, 139] {
        let row = Array(input[768 * token..<768 * (token + 1)])
        let alone = try Samples.product(two, view, row, bias: nil)
        #expect(alone == Array(together[83 * token..<83 * (token + 1)]))
      }
      let x = try two.makeTensor(rows: 140, columns: 768)
      two.write(input, to: x, row: 0)
      var picked: [Float] = []
      let ids: [Int32] = [0, 1, 15, 16, 40, 82]
      two.multiply(
        row: 63, of: x, byRows: ids, of: try two.prepare(view, for: .product), into: &picked)
      #expect(picked == ids.map { together[83 * 63 + Int($0)] })
    }
  }

  @Test(arguments: InstructionSet.allCases.filter(\.isAvailable))
  func gatedProductsEqualTheirParts(instructions: InstructionSet) throws {
    for (precision, type) in [(Precision.fast, DataType.q8_0), (.fast, .f16), (.exact, .q8_0)] {
      let backend = try CPUBackend(precision: precision, threads: 2, instructions: instructions)
      let view = try Samples.matrix(type, rows: 40, columns: 96)
      let weight = try backend.prepare(view, for: .product)
      let gate = try backend.makeTensor(rows: 7, columns: 96)
      let up = try backend.makeTensor(rows: 7, columns: 96)
      let together = try backend.makeTensor(rows: 7, columns: 40)
      let apart = try backend.makeTensor(rows: 7, columns: 40)
      backend.write(Samples.noise(672, seed: 1).map { $0 * 6 }, to: gate, row: 0)
      backend.write(Samples.noise(672, seed: 2), to: up, row: 0)
      backend.multiply(
        gate: gate, up: up, rows: 7, by: Projection(weight: weight, output: together))
      backend.write(Samples.noise(672, seed: 1).map { $0 * 6 }, to: gate, row: 0)
      backend.swiGLU(gate: gate, up: up, rows: 7, into: gate)
      backend.multiply(gate, rows: 7, by: Projection(weight: weight, output: apart))
      var values: [[Float]] = [[], []]
      backend.read(together, rows: 0..<7, into: &values[0])
      backend.read(apart, rows: 0..<7, into: &values[1])
      #expect(values[0] == values[1])
      #expect(values[0].contains { $0 != 0 })
    }
  }

  @Test(arguments: InstructionSet.allCases.filter(\.isAvailable))
  func rowOperationsEqualTheReference(instructions: InstructionSet) throws {
    let backends: [any Backend] = [
      ReferenceBackend(),
      try CPUBackend(precision: .exact, threads: 2, instructions: instructions),
    ]
    var outputs: [[Float]] = []
    for backend in backends {
      let a = try backend.makeTensor(rows: 5, columns: 72)
      let b = try backend.makeTensor(rows: 5, columns: 72)
      let c = try backend.makeTensor(rows: 5, columns: 72)
      backend.write(Samples.noise(360, seed: 1).map { $0 * 6 }, to: a, row: 0)
      backend.write(Samples.noise(360, seed: 2), to: b, row: 0)
      var all: [Float] = []
      func collect(_ tensor: DeviceTensor) {
        var values: [Float] = []
        backend.read(tensor, rows: 0..<5, into: &values)
        all += values
      }
      backend.swiGLU(gate: a, up: b, rows: 5, into: c)
      collect(c)
      let weight = try backend.makeVector(Samples.noise(24, seed: 4))
      backend.normalize(a, rows: 5, weight: weight, epsilon: 1e-5, into: c)
      collect(c)
      let whole = try backend.makeVector(Samples.noise(72, seed: 4))
      backend.addThenNormalize(a, rows: 5, to: b, weight: whole, epsilon: 1e-5, into: c)
      collect(b)
      collect(c)
      outputs.append(all)
    }
    #expect(Samples.error(outputs[1], outputs[0]) < Self.rowTolerance)
  }
}
