// DeepSeek-V4: several residual streams, attention to recent tokens and compressed entries, and a
// mixture of experts in every layer.
//
// As in `Transformer`, a batch is cut into passes of at most 512 rows, and no bit depends on how.

import Compute
import Tensors
package import Tokens

/// A loaded DeepSeek-V4 model.
package final class DeepSeekV4: Model {
  /// The sizes of the model.
  package let configuration: DeepSeekV4Configuration
  private let runner: StreamRunner
  private let head: OutputHead
  private let draftHead: DraftHead?
  private let layers: [DeepSeekV4Layer]
  private let headConnection: HyperConnection

  /// Puts a model together from its bound parts.
  init(
    _ configuration: DeepSeekV4Configuration, backend: any Backend, embedding: Weight,
    constants: CompressedConstants, layers: [DeepSeekV4Layer], headConnection: HyperConnection,
    outputNorm: DeviceTensor, head: Weight, draftHead: DraftHead?
  ) throws(ModelError) {
    self.configuration = configuration
    self.layers = layers
    self.headConnection = headConnection
    self.draftHead = draftHead
    self.head = try OutputHead(
      head, norm: outputNorm, epsilon: configuration.normEpsilon, backend: backend)
    runner = try StreamRunner(
      configuration, backend: backend, embedding: embedding, constants: constants)
  }

  /// What tests see of the next passes, nil for nothing.
  package var probe: StageProbe? {
    get { runner.probe }
    set { runner.probe = newValue }
  }

  package var vocabularyCount: Int { configuration.vocabularyCount }
  package var contextLength: Int { configuration.contextLength }

  /// The bytes of entries and keys.
  package var cacheBytesPerPosition: Int {
    let element = runner.backend.precision.cacheType.blockBytes
    let bytes = configuration.layers.reduce(0.0) { sum, kind in
      guard let ratio = kind.ratio else { return sum }
      let keys = kind.lanes == 2 ? configuration.indexHeadSize : 0
      return sum + Double((configuration.headSize + keys) * element) / Double(ratio)
    }
    return max(1, Double(Int(bytes)) < bytes ? Int(bytes) + 1 : Int(bytes))
  }

  /// The bytes of the rings: recent tokens, and what compressors projected from them.
  package var cacheBytesPerSequence: Int {
    let element = runner.backend.precision.cacheType.blockBytes
    let spare = CompressedCache.rewindLimit
    let window = (configuration.window + spare) * configuration.headSize * element
    return configuration.layers.reduce(0) { sum, kind in
      guard let ratio = kind.ratio else { return sum + window }
      let keys = kind.lanes == 2 ? configuration.indexHeadSize : 0
      // Values and gates of 32 bits.
      let projections =
        (kind.lanes * ratio + spare) * kind.lanes * (configuration.headSize + keys) * 8
      return sum + window + projections
    }
  }

  package func makeCache(capacity: Int) throws(ModelError) -> any SequenceCache {
    try makeCache(capacity: capacity, drafts: false)
  }

  /// Makes an empty cache, for drafts or without what they need.
  func makeCache(capacity: Int, drafts: Bool) throws(ModelError) -> CompressedCache {
    guard capacity <= contextLength else {
      throw .contextTooLong(limit: contextLength, asked: capacity)
    }
    return try CompressedCache(
      configuration, capacity: capacity, drafts: drafts, backend: runner.backend)
  }

  package func logits(
    rows: [Int], requests: [LogitsRequest]
  ) throws(ModelError) -> [Logits] {
    try head.logits(rows: rows, requests: requests)
  }
}

// MARK: - Forward

extension DeepSeekV4 {
  package func forward(_ batch: [SequenceInput]) throws(ModelError) -> Int {
    let passes = try BatchPlan.cut(
      batch, for: CompressedCache.self, passRows: StreamRunner.passRows,
      vocabularyCount: vocabularyCount)
    let longest = batch.map { $0.cache.position + $0.tokens.count }.max() ?? 0
    try runner.makeRoom(rows: passes.map(\.tokens.count).max() ?? 0, positions: longest)
    try head.begin(keeping: passes.map(\.keep.count))
    for (index, pass) in passes.enumerated() { run(pass, index: index) }
    return head.keptCount
  }

  /// Runs the layers over one pass.
  private func run(_ batch: BatchPass<CompressedCache>, index: Int) {
    var parts: [PassPart] = []
    var firstRow = 0
    for part in batch.parts {
      parts.append(
        PassPart(
          layers: part.cache.layers, firstRow: firstRow, count: part.count,
          position: part.cache.position))
      firstRow += part.count
    }
    let pass = CompressedPass(tokens: batch.tokens, parts: parts, window: configuration.window)
    let backend = runner.backend
    let space = runner.space
    runner.fillRotations(pass)
    backend.embed(batch.tokens, from: runner.embedding, into: space.hidden)
    let n = configuration.streamCount
    backend.copyRows(
      (0..<pass.rows * n).map { $0 / n }, of: space.hidden, into: space.streams)
    for (number, layer) in layers.enumerated() {
      runner.probe?.layer = number
      runner.run(layer, number: number, pass)
    }
    for (part, cachePart) in zip(parts, batch.parts) {
      draftHead?.take(part, pass, of: cachePart.cache, runner)
      cachePart.cache.advance(by: part.count)
    }
    guard !batch.keep.isEmpty else { return }
    // The streams of kept rows move to the front, where the head reads them.
    backend.copyRows(
      batch.keep.flatMap { row in (0..<n).map { row * n + $0 } }, of: space.streams,
      into: space.nextStreams)
    space.turnStreams()
    runner.collapse(headConnection, rows: batch.keep.count, into: space.hidden)
    head.keep(Array(batch.keep.indices), of: space.hidden, pass: index)
    if let probe = runner.probe {
      for row in batch.keep.indices { probe.note("final", head.normalized(row)) }
    }
  }
}

// MARK: - Drafting

extension DeepSeekV4: DraftingModel {
  package var hasDraftHead: Bool { draftHead != nil }

  package func makeDraftingCache(capacity: Int) throws(ModelError) -> any SequenceCache {
    try makeCache(capacity: capacity, drafts: draftHead != nil)
  }

  package func draft(
    after token: TokenID, in cache: any SequenceCache
  ) throws(ModelError) -> [Float] {
    guard let cache = cache as? CompressedCache, let store = cache.draft, let draftHead else {
      preconditionFailure("drafts need a drafting cache of a model with a draft head")
    }
    precondition(cache.position > 0, "a draft follows at least one token")
    guard (0..<vocabularyCount).contains(token.index) else {
      throw .unknownToken(id: token.index, vocabulary: vocabularyCount)
    }
    let state = draftHead.guess(token.index, cache, store, runner)
    return try head.logits(after: state, norm: draftHead.norm)
  }
}
