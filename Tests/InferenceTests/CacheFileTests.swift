// States on disk: what comes back continues with the same bits, and another's file is ignored.

import Checkpoints
import Compute
import Foundation
import Inference
import Models
import Posix
import Testing
import Tokens

@Suite struct CacheFileTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  /// Every architecture.
  static let fixtures = [
    "llama-tiny", "smollm2-tiny", "qwen2-tiny", "qwen3-tiny", "qwen3moe-tiny", "qwen2moe-tiny",
    "deepseek-v3-tiny", "deepseek-v4-tiny", "deepseek-v4-tiny-q",
  ]

  private static func model(_ fixture: String, _ precision: Precision) throws -> any Model {
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "ModelsTests/Fixtures/\(fixture)").path()
    return try ModelRegistry.load(
      MappedCheckpoint.open(path), backend: CPUBackend(precision: precision, threads: 2))
  }

  private static let tokens = (0..<90).map { TokenID($0 * 37 % 256) }

  private static func key(_ backend: String = "cpu/exact", count: Int) -> CacheKey {
    CacheKey(
      model: "sha256:0", program: "quern/0.1.0", backend: backend,
      tokens: Array(tokens.prefix(count)))
  }

  private static func rows(
    _ model: any Model, _ cache: any SequenceCache, _ tokens: [TokenID]
  ) throws -> [Float] {
    let count = try model.forward([SequenceInput(tokens: tokens, cache: cache, keep: .all)])
    return try model.logits(rows: Array(0..<count), requests: .init(repeating: .all, count: count))
      .flatMap { row in if case .all(let values) = row { values } else { [Float]() } }
  }

  private func storable(_ model: any Model) throws -> any StorableCache {
    try #require(model.makeCache(capacity: 100) as? any StorableCache)
  }

  @Test(arguments: fixtures, Precision.allCases)
  func aRestoredStateContinuesWithTheSameBits(fixture: String, precision: Precision) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let model = try Self.model(fixture, precision)
    let path = FilePath(folder.path() + "/state")
    for count in [1, 70] {
      let cache = try storable(model)
      _ = try Self.rows(model, cache, Array(Self.tokens.prefix(count)))
      try CacheFile.save(cache, key: Self.key(count: count), to: path)
      let rest = Array(Self.tokens[count...])
      let measure = try Self.rows(model, cache, rest)

      let other = try storable(model)
      #expect(CacheFile.load(path, key: Self.key(count: count), into: other))
      #expect(other.position == count)
      #expect(try Self.rows(model, other, rest) == measure)
      // What was stored can still step back, and goes on from there.
      let back = max(count, Self.tokens.count - 64)
      #expect(other.rewind(to: back))
      let width = model.vocabularyCount
      #expect(
        try Self.rows(model, other, Array(Self.tokens[back...]))
          == Array(measure[((back - count) * width)...]))
    }
  }

  /// A state goes on with the same bits from a copy in memory, from one on disk, and from a copy of
  /// that; so do the guesses of a draft head.
  @Test(arguments: ["deepseek-v4-tiny", "deepseek-v4-tiny-q"])
  func draftsGoOnFromARestoredState(fixture: String) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let model = try #require(Self.model(fixture, .exact) as? any DraftingModel)
    let path = FilePath(folder.path() + "/state")
    let cache = try #require(model.makeDraftingCache(capacity: 100) as? any StorableCache)
    _ = try Self.rows(model, cache, Array(Self.tokens.prefix(70)))
    try CacheFile.save(cache, key: Self.key(count: 70), to: path)
    let other = try #require(model.makeDraftingCache(capacity: 95) as? any StorableCache)
    #expect(CacheFile.load(path, key: Self.key(count: 70), into: other))
    let copy = try other.fork(capacity: 90, borrows: true)
    _ = try Self.rows(model, cache, Array(Self.tokens[70..<80]))
    let measure = try model.draft(after: TokenID(9), in: cache)
    for restored in [other, copy] {
      _ = try Self.rows(model, restored, Array(Self.tokens[70..<80]))
      #expect(try model.draft(after: TokenID(9), in: restored) == measure)
    }
    // A cache without room for drafts is another layout.
    #expect(!CacheFile.load(path, key: Self.key(count: 70), into: try storable(model)))
  }

  @Test(arguments: fixtures)
  func aCopyGoesOnWithTheSameBits(fixture: String) throws {
    let model = try Self.model(fixture, .fast)
    let cache = try storable(model)
    _ = try Self.rows(model, cache, Array(Self.tokens.prefix(50)))
    let copy = try cache.fork(capacity: 90, borrows: true)
    let measure = try Self.rows(model, cache, Array(Self.tokens[50...]))
    #expect(try Self.rows(model, copy, Array(Self.tokens[50...])) == measure)
  }

  /// Neither a cache nor one that borrows its memory sees what the other does after they part, also where one goes
  /// back into what both read.
  @Test(arguments: ["llama-tiny", "qwen2-tiny"])
  func cachesThatPartedDoNotDisturbEachOther(fixture: String) throws {
    let model = try Self.model(fixture, .fast)
    let (all, others) = (Self.tokens, Array(Self.tokens.reversed()))
    func fresh(_ tokens: [TokenID], from start: Int) throws -> [Float] {
      let cache = try model.makeCache(capacity: 100)
      return Array(try Self.rows(model, cache, tokens)[(start * model.vocabularyCount)...])
    }
    /// A comparison by itself: a failure would list thousands of numbers.
    func expect(
      _ cache: any SequenceCache, _ tokens: ArraySlice<TokenID>, after prefix: [TokenID]
    ) throws {
      let same =
        try Self.rows(model, cache, Array(tokens)) == fresh(prefix + tokens, from: prefix.count)
      #expect(same)
    }
    for borrows in [true, false] {
      let cache = try model.makeCache(capacity: 100)
      _ = try Self.rows(model, cache, Array(all.prefix(80)))
      let copy = try cache.fork(capacity: 100, borrows: borrows)
      let second = try copy.fork(capacity: 100, borrows: borrows)
      #expect(cache.rewind(to: 10))
      try expect(cache, others[10..<85], after: Array(all.prefix(10)))
      try expect(copy, all[80...], after: Array(all.prefix(80)))
      #expect(copy.rewind(to: 20))
      try expect(copy, others[20..<30], after: Array(all.prefix(20)))
      try expect(second, all[80...], after: Array(all.prefix(80)))
    }
  }

  @Test func anothersFileAndADamagedOneAreIgnored() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let model = try Self.model("qwen3moe-tiny", .exact)
    let path = FilePath(folder.path() + "/state")
    let cache = try storable(model)
    _ = try Self.rows(model, cache, Array(Self.tokens.prefix(20)))
    let key = Self.key(count: 20)
    try CacheFile.save(cache, key: key, to: path)
    let good = try Data(contentsOf: folder.appending(path: "state"))
    let target = try storable(model)
    for other in [
      Self.key("cpu/fast", count: 20), Self.key(count: 19),
      CacheKey(model: "sha256:1", program: key.program, backend: key.backend, tokens: key.tokens),
      CacheKey(model: key.model, program: "quern/0.2.0", backend: key.backend, tokens: key.tokens),
    ] {
      #expect(!CacheFile.load(path, key: other, into: target))
    }
    #expect(!CacheFile.load("/nowhere/state", key: key, into: target))
    // Another layout: the fast backend's caches have half the bytes.
    let fast = try storable(Self.model("qwen3moe-tiny", .fast))
    #expect(!CacheFile.load(path, key: key, into: fast))
    for place in stride(from: 0, to: good.count, by: 97) {
      var wrong = good
      wrong[place] ^= 1
      try wrong.write(to: folder.appending(path: "state"))
      #expect(!CacheFile.load(path, key: key, into: target), "byte \(place)")
      #expect(target.position == 0)
    }
    for count in stride(from: 0, to: good.count, by: 211) {
      try good.prefix(count).write(to: folder.appending(path: "state"))
      #expect(!CacheFile.load(path, key: key, into: target), "\(count) bytes")
    }
    try good.write(to: folder.appending(path: "state"))
    #expect(CacheFile.load(path, key: key, into: target))
  }
}
