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

  static let types: [DataType] = [.f32, .f16, .bf16, .q4_1, .q5_0, .q8_0, .q4_K, .q6_K]

  private static func noise(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max)
    }
  }

  private static func view(_ type: DataType, rows: Int, columns: Int) throws -> TensorView {
    let format = try #require(type.format)
    let values = noise(rows * columns, seed: 7)
    let bytes = format.encoded(values)
    return TensorView(
      name: "w", shape: Shape([rows, columns]), type: type, owner: OwnedBytes(bytes),
      range: 0..<bytes.count)
  }

  private static func product(
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

  private static func error(_ a: [Float], _ b: [Float]) -> Float {
    var squares: Float = 0
    var worst: Float = 0
    for (x, y) in zip(a, b) {
      squares += y * y
      worst = max(worst, abs(x - y))
    }
    return worst / (squares / Float(b.count)).squareRoot()
  }

  @Test(arguments: types, InstructionSet.allCases.filter(\.isAvailable))
  func productsEqualTheReference(type: DataType, instructions: InstructionSet) throws {
    for (rows, tokens) in [(1, 1), (17, 3), (48, 13), (33, 130)] {
      let view = try Self.view(type, rows: rows, columns: 512)
      let input = Self.noise(512 * tokens, seed: 3)
      let bias = Self.noise(rows, seed: 9)
      let expected = try Self.product(ReferenceBackend(), view, input, bias: bias)
      for (precision, tolerance) in [
        (Precision.exact, Self.exactTolerance), (.fast, Self.fastTolerance),
      ] {
        let backend = try CPUBackend(
          precision: precision, threads: 2, instructions: instructions)
        let found = try Self.product(backend, view, input, bias: bias)
        #expect(Self.error(found, expected) < tolerance, "\(rows) rows, \(precision)")
      }
    }
  }

  @Test(arguments: types, Precision.allCases)
  func oneRowManyRowsAndPickedRowsAreTheSameBits(type: DataType, precision: Precision) throws {
    for instructions in InstructionSet.allCases where instructions.isAvailable {
      let view = try Self.view(type, rows: 83, columns: 768)
      let input = Self.noise(768 * 140, seed: 5)
      let two = try CPUBackend(precision: precision, threads: 2, instructions: instructions)
      let one = try CPUBackend(precision: precision, threads: 1, instructions: instructions)
      let together = try Self.product(two, view, input, bias: nil)
      #expect(try Self.product(one, view, input, bias: nil) == together)
      for token in [0, 1, 63, 139] {
        let row = Array(input[768 * token..<768 * (token + 1)])
        let alone = try Self.product(two, view, row, bias: nil)
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
      backend.write(Self.noise(360, seed: 1).map { $0 * 6 }, to: a, row: 0)
      backend.write(Self.noise(360, seed: 2), to: b, row: 0)
      var all: [Float] = []
      func collect(_ tensor: DeviceTensor) {
        var values: [Float] = []
        backend.read(tensor, rows: 0..<5, into: &values)
        all += values
      }
      backend.swiGLU(gate: a, up: b, rows: 5, into: c)
      collect(c)
      let weight = try backend.makeVector(Self.noise(24, seed: 4))
      backend.normalize(a, rows: 5, weight: weight, epsilon: 1e-5, into: c)
      collect(c)
      let whole = try backend.makeVector(Self.noise(72, seed: 4))
      backend.addThenNormalize(a, rows: 5, to: b, weight: whole, epsilon: 1e-5, into: c)
      collect(b)
      collect(c)
      outputs.append(all)
    }
    #expect(Self.error(outputs[1], outputs[0]) < 1e-5)
  }

  @Test(arguments: InstructionSet.allCases.filter(\.isAvailable), [1, 3, 10])
  func attentionEqualsTheReferenceInAnyChunks(
    instructions: InstructionSet, group: Int
  ) throws {
    let shape = KeyValueShape(layers: 2, heads: 2, keySize: 24, valueSize: 40)
    let count = 300
    func attend(_ backend: some Backend, chunks: [Int]) throws -> [Float] {
      let store = try backend.makeStore(shape: shape, capacity: count)
      let keys = try backend.makeTensor(rows: count, columns: 48)
      let values = try backend.makeTensor(rows: count, columns: 80)
      let queries = try backend.makeTensor(rows: count, columns: 48 * group)
      let output = try backend.makeTensor(rows: count, columns: 80 * group)
      let k = Self.noise(48 * count, seed: 1)
      let v = Self.noise(80 * count, seed: 2)
      let q = Self.noise(48 * group * count, seed: 3).map { $0 * 3 }
      var result: [Float] = []
      var position = 0
      for chunk in chunks {
        func rows(_ all: [Float], _ width: Int) -> [Float] {
          Array(all[width * position..<width * (position + chunk)])
        }
        backend.write(rows(k, 48), to: keys, row: 0)
        backend.write(rows(v, 80), to: values, row: 0)
        backend.write(rows(q, 48 * group), to: queries, row: 0)
        let sequence = SequenceRows(store: store, firstRow: 0, count: chunk, position: position)
        backend.store(keys: keys, values: values, layer: 1, sequences: [sequence])
        backend.attend(
          queries, queryHeads: 2 * group, scale: 0.3, layer: 1, sequences: [sequence],
          into: output)
        var part: [Float] = []
        backend.read(output, rows: 0..<chunk, into: &part)
        result += part
        position += chunk
      }
      return result
    }
    let expected = try attend(ReferenceBackend(), chunks: [count])
    let exact = try attend(
      CPUBackend(precision: .exact, threads: 2, instructions: instructions), chunks: [count])
    #expect(Self.error(exact, expected) < 1e-5)
    for precision in Precision.allCases {
      let backend = try CPUBackend(precision: precision, threads: 2, instructions: instructions)
      let whole = try attend(backend, chunks: [count])
      #expect(try attend(backend, chunks: [1, 16, 17, 222, 1, 43]) == whole)
      #expect(Self.error(whole, expected) < 0.01)
    }
  }
}
