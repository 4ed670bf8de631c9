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

  // A store that borrows its first positions, from one store or through a chain of forks, attends
  // like one that holds all of them, at every place where a segment may end inside of a block.
  @Test(arguments: InstructionSet.allCases.filter(\.isAvailable), Precision.allCases)
  func forksChangeNoBit(instructions: InstructionSet, precision: Precision) throws {
    for (shape, threads) in zip(Self.shapes, [1, 2, 3]) {
      let rows = Forks.Rows(shape)
      let backend = try CPUBackend(
        precision: precision, threads: threads, instructions: instructions)
      for ends in [[70], [64, 65, 200], [256, 400], [130, 320, 321]] {
        let whole = try Forks(rows, on: backend, ends: ends, borrows: nil)
        #expect(whole.outputs.contains { $0 != 0 })
        for borrows in [true, false] {
          let forks = try Forks(rows, on: backend, ends: ends, borrows: borrows)
          // A comparison by itself: a failure would list thousands of numbers.
          let same = forks.outputs == whole.outputs
          #expect(same)
        }
      }
    }
  }

  @Test(arguments: Precision.allCases)
  func forksAreWrittenDownLikeTheirOriginals(precision: Precision) throws {
    let shape = Self.shapes[0]
    let backend = try CPUBackend(precision: precision, threads: 1)
    let rows = Forks.Rows(shape)
    let last = try Forks(rows, on: backend, ends: [150, 300], borrows: true).store
    let copy = try Forks(rows, on: backend, ends: [150, 300], borrows: nil).store
    #expect(last.borrowed.count == 2 && copy.borrowed.isEmpty)
    for head in 0..<shape.layers * shape.heads {
      let same =
        backend.bytes(of: last, head: head, positions: 333)
        == backend.bytes(of: copy, head: head, positions: 333)
      #expect(same)
    }
  }

  @Test func aStoreIsLentAsLongAsAForkReadsIt() throws {
    let backend = try CPUBackend(precision: .fast, threads: 1)
    let source = try backend.makeStore(shape: Self.shapes[0], capacity: 200)
    var fork: KeyValueStore? = try backend.fork(
      source, positions: 100, capacity: 200, borrows: true)
    #expect(source.isLent && fork?.first == 64)
    fork = try fork.map { try backend.fork($0, positions: 150, capacity: 300, borrows: true) }
    #expect(source.isLent && fork?.first == 128)
    fork = try fork.map { try backend.fork($0, positions: 150, capacity: 300, borrows: false) }
    #expect(!source.isLent && fork?.first == 0)
  }

  /// A sequence of 460 positions in steps of up to forty, forked where it reaches given positions.
  private struct Forks {
    static let count = 460

    /// What is stored and asked at each position: keys, values and queries.
    struct Rows {
      let shape: KeyValueShape
      let lines: [[[Float]]]

      init(_ shape: KeyValueShape) {
        self.shape = shape
        let widths = [shape.keySize, shape.valueSize, 2 * shape.keySize]
        lines = widths.enumerated().map { kind, width in
          (0..<count).map {
            Samples.noise(width * shape.heads, seed: UInt64($0 * widths.count + kind))
          }
        }
      }
    }

    /// What all rows attended to.
    var outputs: [Float] = []
    /// The last fork.
    var store: KeyValueStore

    /// - Parameter borrows: How forks are made, nil for none.
    init(_ rows: Rows, on backend: CPUBackend, ends: [Int], borrows: Bool?) throws {
      let shape = rows.shape
      var tensors: [DeviceTensor] = []
      for lines in rows.lines {
        tensors.append(try backend.makeTensor(rows: 40, columns: lines[0].count))
      }
      let output = try backend.makeTensor(rows: 40, columns: 2 * shape.heads * shape.valueSize)
      store = try backend.makeStore(shape: shape, capacity: Self.count)
      var position = 0
      while position < Self.count {
        let end = ends.first { $0 > position } ?? Self.count
        let next = min(end, position + 40)
        let place = SequenceRows(
          store: store, firstRow: 0, count: next - position, position: position)
        for (tensor, lines) in zip(tensors, rows.lines) {
          for at in position..<next { backend.write(lines[at], to: tensor, row: at - position) }
        }
        for layer in 0..<shape.layers {
          backend.store(keys: tensors[0], values: tensors[1], layer: layer, sequences: [place])
          backend.attend(
            tensors[2], queryHeads: 2 * shape.heads, scale: 0.3, layer: layer, sequences: [place],
            into: output)
          var lines: [Float] = []
          backend.read(output, rows: 0..<next - position, into: &lines)
          outputs += lines
        }
        position = next
        if let borrows, ends.contains(position) {
          store = try backend.fork(
            store, positions: position, capacity: Self.count, borrows: borrows)
        }
      }
    }
  }
}
