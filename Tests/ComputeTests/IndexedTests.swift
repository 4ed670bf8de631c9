// Operations on rows that indices name: the processor against plain Swift, and company that
// changes no bit.

import Compute
import Tensors
import Testing

@Suite struct IndexedTests {
  /// The relative error of sums of some hundred products in 32 bits.
  private static let tolerance: Float = 1e-5

  private static func noise(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max)
    }
  }

  private static func tensor(
    _ backend: any Backend, _ rows: Int, _ columns: Int, seed: UInt64
  ) throws -> DeviceTensor {
    let tensor = try backend.makeTensor(rows: rows, columns: columns)
    backend.write(noise(rows * columns, seed: seed), to: tensor, row: 0)
    return tensor
  }

  private static func values(
    _ backend: any Backend, _ tensor: DeviceTensor, rows: Int
  ) -> [Float] {
    var values: [Float] = []
    backend.read(tensor, rows: 0..<rows, into: &values)
    return values
  }

  private static func furthest(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
  }

  private static func processors(_ precision: Precision = .exact) throws -> [CPUBackend] {
    try InstructionSet.allCases.filter(\.isAvailable).flatMap { set in
      try [1, 2].map {
        try CPUBackend(precision: precision, threads: $0, instructions: set)
      }
    }
  }

  // MARK: Experts

  private static func expert(
    _ backend: any Backend, _ type: DataType, seed: UInt64
  ) throws -> Weight {
    let bytes = try #require(type.format).encoded(noise(33 * 64 * 4, seed: seed))
    return try backend.prepare(
      TensorView(
        name: "expert", shape: Shape([33, 256]), type: type, owner: OwnedBytes(bytes),
        range: 0..<bytes.count), for: .product)
  }

  /// Rows of inputs by expert, among them one that no row chose.
  private static func gathered(
    _ backend: any Backend, _ type: DataType, rowsOf: [[Int]]
  ) throws -> [Float] {
    let input = try tensor(backend, 40, 256, seed: 3)
    let count = rowsOf.reduce(0) { $0 + $1.count }
    let output = try backend.makeTensor(rows: count, columns: 33)
    var first = 0
    var products: [GatheredProduct] = []
    for (index, rows) in rowsOf.enumerated() {
      products.append(
        GatheredProduct(
          weight: try expert(backend, type, seed: UInt64(10 + index)), rows: rows, output: output,
          firstOutput: first))
      first += rows.count
    }
    backend.multiply(input, gathered: products)
    return values(backend, output, rows: count)
  }

  @Test(arguments: [DataType.f32, .q8_0, .q4_K])
  func gatheredRowsGiveTheProductsOfTheirExperts(type: DataType) throws {
    let rowsOf = [[0, 7, 7, 39], [], Array(0..<30), [5]]
    let expected = try Self.gathered(ReferenceBackend(), type, rowsOf: rowsOf)
    for backend in try Self.processors() {
      let found = try Self.gathered(backend, type, rowsOf: rowsOf)
      #expect(Self.furthest(found, expected) < 1e-4, "\(backend.name)")
    }
    for backend in try Self.processors(.fast) {
      // Whoever shares an expert with a row, the row's product keeps its bits.
      let together = try Self.gathered(backend, type, rowsOf: rowsOf)
      let alone = try Self.gathered(backend, type, rowsOf: [[7], [], [29], []])
      #expect(Array(together[33..<66]) == Array(alone[..<33]))
      #expect(Array(together[33 * 33..<33 * 34]) == Array(alone[33...]))
    }
  }

  @Test func weightedSumsEqualTheReference() throws {
    func sums(_ backend: any Backend) throws -> [Float] {
      let source = try Self.tensor(backend, 9, 70, seed: 1)
      let output = try Self.tensor(backend, 4, 70, seed: 2)
      var terms = RowTerms(termsPerRow: 3)
      for (index, row) in [0, 8, 8, 3, 2, 1, 7, 7, 7].enumerated() {
        terms.append(row: row, weight: Float(index) - 3.5)
      }
      backend.mix(source, terms, into: output, adding: true)
      let added = Self.values(backend, output, rows: 4)
      backend.mix(source, terms, into: output, adding: false)
      backend.clamp(output, rows: 2, in: -.infinity...0.25)
      return added + Self.values(backend, output, rows: 4)
    }
    let expected = try sums(ReferenceBackend())
    for backend in try Self.processors() {
      #expect(Self.furthest(try sums(backend), expected) < Self.tolerance, "\(backend.name)")
    }
  }

  // MARK: Compressed caches

  @Test func poolingEqualsTheReference() throws {
    func pooled(_ backend: any Backend) throws -> [Float] {
      let values = try Self.tensor(backend, 12, 48, seed: 1)
      let gates = try Self.tensor(backend, 12, 48, seed: 2)
      let output = try backend.makeTensor(rows: 3, columns: 24)
      let windows = [
        (0..<4).map { PoolSlot(row: $0, column: 24) },
        (0..<4).map { PoolSlot(row: $0, column: 0) }
          + (4..<8).map { PoolSlot(row: $0, column: 24) },
        [PoolSlot(row: 11, column: 7)],
      ]
      backend.pool(values, gates: gates, windows: windows, into: output)
      return Self.values(backend, output, rows: 3)
    }
    let expected = try pooled(ReferenceBackend())
    for backend in try Self.processors() {
      #expect(Self.furthest(try pooled(backend), expected) < Self.tolerance, "\(backend.name)")
    }
  }

  private static func store(
    _ backend: any Backend, rows: Int, columns: Int, seed: UInt64
  ) throws -> RowStore {
    let source = try tensor(backend, rows, columns, seed: seed)
    let store = try backend.makeRowStore(rows: rows, columns: columns)
    backend.store(Array((0..<rows).reversed()), of: source, at: Array(0..<rows), of: store)
    return store
  }

  @Test func scoresEqualTheReferenceForAnyCompany() throws {
    func scores(_ backend: any Backend, _ counts: [Int]) throws -> [Float] {
      let keys = try Self.store(backend, rows: 600, columns: 40, seed: 5)
      let queries = try Self.tensor(backend, 3, 20 * 40, seed: 6)
      let weights = try Self.tensor(backend, 3, 20, seed: 7)
      let output = try backend.makeTensor(rows: 3, columns: 600)
      backend.score(
        queries, weights: weights, scale: 0.25,
        counts.enumerated().map { ScoredRow(query: $0.offset, keys: keys, count: $0.element) },
        into: output)
      return Self.values(backend, output, rows: 3)
    }
    let expected = try scores(ReferenceBackend(), [600, 1, 259])
    for backend in try Self.processors() {
      let found = try scores(backend, [600, 1, 259])
      #expect(Self.furthest(found, expected) < 1e-4, "\(backend.name)")
      let fewer = try scores(backend, [259, 1, 0])
      #expect(fewer[..<259] == found[..<259])
    }
  }

  /// In fast precision queries and keys are rounded to 8 bits: a product of 40 elements below one
  /// is off by less than two hundredths, a score of twenty heads by less than a tenth.
  @Test func roundedScoresAreNearTheReferenceForAnyCompany() throws {
    func scores(_ backend: any Backend, _ counts: [Int]) throws -> [Float] {
      let keys = try [5, 9].map { try Self.store(backend, rows: 200, columns: 42, seed: $0) }
      let queries = try Self.tensor(backend, 4, 20 * 42, seed: 6)
      let weights = try Self.tensor(backend, 4, 20, seed: 7)
      let output = try backend.makeTensor(rows: 4, columns: 200)
      backend.score(
        queries, weights: weights, scale: 0.25,
        counts.enumerated().map {
          ScoredRow(query: 3 - $0.offset, keys: keys[$0.offset / 2], count: $0.element)
        }, into: output)
      return Self.values(backend, output, rows: 4)
    }
    let expected = try scores(ReferenceBackend(), [200, 1, 0, 130])
    for backend in try Self.processors(.fast) {
      let found = try scores(backend, [200, 1, 0, 130])
      #expect(Self.furthest(found, expected) < 0.1, "\(backend.name)")
      let fewer = try scores(backend, [67, 0, 0, 130])
      #expect(fewer[..<67] == found[..<67] && fewer[600...] == found[600...])
    }
  }

  @Test(arguments: [4, 16, 20])
  func attentionToSelectedRowsEqualsTheReference(heads: Int) throws {
    func attended(_ backend: any Backend, far: [Int32]) throws -> [Float] {
      let near = try Self.store(backend, rows: 50, columns: 24, seed: 5)
      let entries = try Self.store(backend, rows: 300, columns: 24, seed: 8)
      let queries = try Self.tensor(backend, 2, heads * 24, seed: 6)
      let sinks = try Self.tensor(backend, 1, heads, seed: 7)
      let output = try backend.makeTensor(rows: 2, columns: heads * 24)
      backend.attend(
        queries, heads: heads, scale: 3, sinks: sinks,
        to: [
          RowSelection(query: 1, near: near, nearRows: [49, 0, 1]),
          RowSelection(
            query: 0, near: near, nearRows: (3..<40).map { $0 }, far: entries, farRows: far),
        ], into: output)
      return Self.values(backend, output, rows: 2)
    }
    let all = (0..<300).map { Int32($0) }
    let expected = try attended(ReferenceBackend(), far: all)
    for backend in try Self.processors() {
      let found = try attended(backend, far: all)
      #expect(Self.furthest(found, expected) < Self.tolerance, "\(backend.name)")
      // Another query's rows change nothing in this one's.
      let other = try attended(backend, far: [5])
      #expect(other[(heads * 24)...] == found[(heads * 24)...])
    }
    for backend in try Self.processors(.fast) {
      #expect(Self.furthest(try attended(backend, far: all), expected) < 0.02, "\(backend.name)")
    }
  }

  @Test func storesGiveTheirBytesBack() throws {
    for backend in try Self.processors(.fast) as [any Backend] + [ReferenceBackend()] {
      let store = try Self.store(backend, rows: 9, columns: 10, seed: 1)
      let other = try backend.makeRowStore(rows: 9, columns: 10)
      let bytes = backend.bytes(of: store, rows: 2..<6)
      #expect(bytes.count == 4 * store.rowBytes)
      backend.setBytes(bytes, of: other, row: 5)
      #expect(backend.bytes(of: other, rows: 5..<9) == bytes)
    }
  }
}
