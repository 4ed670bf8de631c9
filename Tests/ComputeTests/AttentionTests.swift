// Attention: chunks, batches, depths and thread counts against the reference and each other.

import Compute
import Testing

@Suite struct AttentionTests {
  /// Sums in 32 bits, and an exponential within two units in the last place.
  private static let exactTolerance: Float = 1e-5
  /// Keys and values in halves: eleven bits, and scores of size ten.
  private static let fastTolerance: Float = 0.01

  /// Some sequences and how far each goes at every step.
  private struct Script {
    var shape: KeyValueShape
    var group: Int
    /// Per step: the sequence's number and its new rows.
    var steps: [[(sequence: Int, rows: Int)]]
  }

  /// Runs a script and returns every sequence's outputs in order of position.
  private static func run(_ script: Script, on backend: some Backend) throws -> [Int: [Float]] {
    let shape = script.shape
    let widths = (
      key: shape.heads * shape.keySize, value: shape.heads * shape.valueSize,
      query: shape.heads * script.group * shape.keySize,
      output: shape.heads * script.group * shape.valueSize
    )
    var stores: [Int: (store: KeyValueStore, position: Int)] = [:]
    var results: [Int: [Float]] = [:]
    for step in script.steps {
      let rows = step.reduce(0) { $0 + $1.rows }
      let keys = try backend.makeTensor(rows: rows, columns: widths.key)
      let values = try backend.makeTensor(rows: rows, columns: widths.value)
      let queries = try backend.makeTensor(rows: rows, columns: widths.query)
      let output = try backend.makeTensor(rows: rows, columns: widths.output)
      var places: [SequenceRows] = []
      var row = 0
      for (number, count) in step {
        let (store, position) =
          try stores[number] ?? (backend.makeStore(shape: shape, capacity: 1200), 0)
        // What a row holds depends on its sequence and position only.
        func fill(_ tensor: DeviceTensor, _ width: Int, _ kind: UInt64, _ size: Float) {
          for index in 0..<count {
            let seed = UInt64(number * 100_000 + position + index) * 7 + kind
            let line = Samples.noise(width, seed: seed).map { $0 * size }
            backend.write(line, to: tensor, row: row + index)
          }
        }
        fill(keys, widths.key, 1, 1)
        fill(values, widths.value, 2, 1)
        fill(queries, widths.query, 3, 3)
        places.append(
          SequenceRows(store: store, firstRow: row, count: count, position: position))
        stores[number] = (store, position + count)
        row += count
      }
      backend.store(keys: keys, values: values, layer: 1, sequences: places)
      backend.attend(
        queries, queryHeads: shape.heads * script.group, scale: 0.3, layer: 1, sequences: places,
        into: output)
      for (place, part) in zip(places, step) {
        var lines: [Float] = []
        backend.read(output, rows: place.firstRow..<place.firstRow + place.count, into: &lines)
        results[part.sequence, default: []] += lines
      }
    }
    return results
  }

  private static let shapes = [
    KeyValueShape(layers: 2, heads: 2, keySize: 24, valueSize: 40),
    KeyValueShape(layers: 2, heads: 1, keySize: 64, valueSize: 64),
    KeyValueShape(layers: 2, heads: 3, keySize: 16, valueSize: 144),
  ]

  @Test(arguments: InstructionSet.allCases.filter(\.isAvailable), [1, 3, 7, 10])
  func outputsEqualTheReference(instructions: InstructionSet, group: Int) throws {
    for shape in Self.shapes {
      let script = Script(shape: shape, group: group, steps: [[(0, 290)], [(0, 1)], [(0, 30)]])
      let expected = try Self.run(script, on: ReferenceBackend())
      for (precision, tolerance) in [
        (Precision.exact, Self.exactTolerance), (.fast, Self.fastTolerance),
      ] {
        let backend = try CPUBackend(
          precision: precision, threads: 2, instructions: instructions)
        let found = try Self.run(script, on: backend)
        #expect(Samples.error(found[0] ?? [], expected[0] ?? []) < tolerance)
      }
    }
  }

  // A deep decode of one sequence shares blocks of keys among threads; one thread, batches and
  // chunks do not. All must give the same bits.
  @Test(arguments: InstructionSet.allCases.filter(\.isAvailable), Precision.allCases)
  func chunksBatchesAndThreadsChangeNoBit(
    instructions: InstructionSet, precision: Precision
  ) throws {
    for shape in Self.shapes {
      func outputs(threads: Int, _ steps: [[(sequence: Int, rows: Int)]]) throws -> [Int: [Float]] {
        let backend = try CPUBackend(
          precision: precision, threads: threads, instructions: instructions)
        return try Self.run(Script(shape: shape, group: 3, steps: steps), on: backend)
      }
      let whole = try outputs(threads: 1, [[(0, 800)], [(1, 270)]])
      #expect(try outputs(threads: 3, [[(0, 800)], [(1, 270)]]) == whole)
      #expect(
        try outputs(
          threads: 2,
          [
            [(0, 255)], [(1, 3), (0, 1)], [(0, 1)], [(0, 541), (1, 260)], [(0, 1)],
            [(0, 1), (1, 7)],
          ]
        ) == whole)
    }
  }

  @Test(arguments: Precision.allCases)
  func copiedPositionsAttendAlike(precision: Precision) throws {
    let backend = try CPUBackend(precision: precision, threads: 1)
    let shape = Self.shapes[0]
    let source = try backend.makeStore(shape: shape, capacity: 100)
    let copy = try backend.makeStore(shape: shape, capacity: 300)
    let keys = try backend.makeTensor(rows: 70, columns: 48)
    let values = try backend.makeTensor(rows: 70, columns: 80)
    let queries = try backend.makeTensor(rows: 1, columns: 48)
    backend.write(Samples.noise(70 * 48, seed: 1), to: keys, row: 0)
    backend.write(Samples.noise(70 * 80, seed: 2), to: values, row: 0)
    backend.write(Samples.noise(48, seed: 3), to: queries, row: 0)
    for layer in 0..<2 {
      backend.store(
        keys: keys, values: values, layer: layer,
        sequences: [SequenceRows(store: source, firstRow: 0, count: 70, position: 0)])
    }
    backend.copyPositions(69, of: source, into: copy)
    var outputs: [[Float]] = []
    for store in [source, copy] {
      let output = try backend.makeTensor(rows: 1, columns: 80)
      backend.attend(
        queries, queryHeads: 2, scale: 0.3, layer: 1,
        sequences: [SequenceRows(store: store, firstRow: 0, count: 1, position: 68)], into: output)
      var values: [Float] = []
      backend.read(output, rows: 0..<1, into: &values)
      outputs.append(values)
    }
    #expect(outputs[0] == outputs[1])
    #expect(outputs[0].contains { $0 != 0 })
  }
}
