// DeepSeek-V4: several residual streams, attention to recent tokens and compressed entries, and a
// mixture of experts in every layer.
//
// As in `Transformer`, a batch is cut into passes of at most 512 rows, and no bit depends on how.

import Compute
import Tensors
import Tokens

/// One layer: attention and experts, each reading from the streams and written back to them.
struct DeepSeekV4Layer {
  let attentionConnection: HyperConnection
  let attentionNorm: DeviceTensor
  let attention: CompressedAttention
  let expertConnection: HyperConnection
  let expertNorm: DeviceTensor
  let experts: MixtureOfExperts
}

/// A loaded DeepSeek-V4 model.
package final class DeepSeekV4: Model {
  /// The greatest number of rows of one pass.
  static let passRows = 512

  /// The sizes of the model.
  package let configuration: DeepSeekV4Configuration
  /// What tests see of the next passes, nil for nothing.
  package var probe: StageProbe?
  let backend: any Backend
  let embedding: Weight
  let constants: CompressedConstants
  let head: OutputHead
  let draftHead: DraftHead?
  private let layers: [DeepSeekV4Layer]
  private let headConnection: HyperConnection
  private(set) var space: CompressedSpace

  /// Puts a model together from its bound parts.
  init(
    _ configuration: DeepSeekV4Configuration, backend: any Backend, embedding: Weight,
    constants: CompressedConstants, layers: [DeepSeekV4Layer], headConnection: HyperConnection,
    outputNorm: DeviceTensor, head: Weight, draftHead: DraftHead?
  ) throws(ModelError) {
    self.configuration = configuration
    self.backend = backend
    self.embedding = embedding
    self.constants = constants
    self.layers = layers
    self.headConnection = headConnection
    self.draftHead = draftHead
    self.head = try OutputHead(
      head, norm: outputNorm, epsilon: configuration.normEpsilon, backend: backend)
    space = try compute { () throws(ComputeError) in
      try CompressedSpace(rows: 16, for: configuration, backend: backend)
    }
  }

  package var vocabularyCount: Int { configuration.vocabularyCount }
  package var contextLength: Int { configuration.contextLength }

  /// The bytes of entries and keys; windows and projections, which do not grow, come on top.
  package var cacheBytesPerPosition: Int {
    let element = backend.precision.cacheType.blockBytes
    let bytes = configuration.layers.reduce(0.0) { sum, kind in
      guard let ratio = kind.ratio else { return sum }
      let keys = kind.lanes == 2 ? configuration.indexHeadSize : 0
      return sum + Double((configuration.headSize + keys) * element) / Double(ratio)
    }
    return max(1, Int(bytes) + 1)
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
      configuration, capacity: capacity, drafts: drafts, backend: backend)
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
      batch, for: CompressedCache.self, passRows: Self.passRows, vocabularyCount: vocabularyCount)
    let longest = batch.map { $0.cache.position + $0.tokens.count }.max() ?? 0
    try makeRoom(rows: passes.map(\.tokens.count).max() ?? 0, positions: longest)
    try head.begin(keeping: passes.map(\.keep.count))
    for (index, pass) in passes.enumerated() { run(pass, index: index) }
    return head.keptCount
  }

  /// Takes the memory that passes need and earlier ones did not.
  func makeRoom(rows: Int, positions: Int) throws(ModelError) {
    try compute { () throws(ComputeError) in
      if rows > space.rowCount {
        let room = rows > 64 ? Self.passRows : 64
        space = try CompressedSpace(rows: room, for: configuration, backend: backend)
      }
      let entries = positions / DeepSeekV4Configuration.sparseRatio
      if entries > configuration.indexPickCount {
        try space.makeRoom(entries: entries, on: backend)
      }
    }
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
    fillRotations(pass)
    backend.embed(batch.tokens, from: embedding, into: space.hidden)
    let n = configuration.streamCount
    backend.copyRows(
      (0..<pass.rows * n).map { $0 / n }, of: space.hidden, into: space.streams)
    for (number, layer) in layers.enumerated() {
      probe?.layer = number
      run(layer, number: number, pass)
    }
    for (part, cachePart) in zip(parts, batch.parts) {
      draftHead?.take(part, pass, of: cachePart.cache, self)
      cachePart.cache.advance(by: part.count)
    }
    guard !batch.keep.isEmpty else { return }
    // The streams of kept rows move to the front, where the head reads them.
    backend.copyRows(
      batch.keep.flatMap { row in (0..<n).map { row * n + $0 } }, of: space.streams,
      into: space.nextStreams)
    space.turnStreams()
    collapse(headConnection, rows: batch.keep.count, into: space.hidden)
    head.keep(Array(batch.keep.indices), of: space.hidden, pass: index)
    if let probe {
      for row in batch.keep.indices { probe.note("final", head.normalized(row)) }
    }
  }

  /// Runs one layer over the streams.
  func run(_ layer: DeepSeekV4Layer, number: Int, _ pass: CompressedPass) {
    // Attention
    read(layer.attentionConnection, pass, norm: layer.attentionNorm, name: "attn") { space in
      layer.attention.run(
        pass, layer: number, space, constants, configuration, on: backend, probe: probe)
    }
    // Experts
    read(layer.expertConnection, pass, norm: layer.expertNorm, name: "ffn") { space in
      let choices = layer.experts.run(
        space.normalized, tokens: pass.tokens, space.experts, on: backend, into: space.output)
      if let probe {
        probe.note("router_ids", choices.flatMap { $0.experts.map { Float($0) } })
        probe.note("router_weights", choices.flatMap(\.weights))
      }
    }
  }

  /// Runs a block between reading from the streams and writing back to them.
  private func read(
    _ connection: HyperConnection, _ pass: CompressedPass, norm: DeviceTensor, name: String,
    block: (CompressedSpace) -> Void
  ) {
    let n = configuration.streamCount
    let mixing = connection.mixing(
      space.streams, tokens: pass.rows, configuration, flat: space.flat, mixes: space.mixes,
      ones: constants.streamOnes, on: backend)
    connection.read(space.streams, mixing, streamCount: n, into: space.hidden, on: backend)
    backend.normalize(
      space.hidden, rows: pass.rows, weight: norm, epsilon: configuration.normEpsilon,
      into: space.normalized)
    probe?.note("hc_\(name)_post", mixing.write)
    probe?.note("hc_\(name)_comb", mixing.keep)
    probe?.note("\(name)_in", space.normalized, rows: pass.rows, on: backend)
    block(space)
    probe?.note("\(name)_out", space.output, rows: pass.rows, on: backend)
    connection.write(
      space.output, space.streams, mixing, streamCount: n, into: space.nextStreams, on: backend)
    space.turnStreams()
    probe?.note("after_\(name)", space.streams, rows: pass.rows * n, on: backend)
  }

  /// Sums the streams of the first rows to one row each.
  func collapse(_ connection: HyperConnection, rows: Int, into output: DeviceTensor) {
    let mixing = connection.mixing(
      space.streams, tokens: rows, configuration, flat: space.flat, mixes: space.headMixes,
      ones: constants.streamOnes, on: backend)
    connection.read(
      space.streams, mixing, streamCount: configuration.streamCount, into: output, on: backend)
  }

  /// Computes cosines and sines of all rows of a pass, for all layers.
  func fillRotations(_ pass: CompressedPass) {
    for (table, frequencies) in [
      (space.plainRotation.forward, constants.plainFrequencies.forward),
      (space.plainRotation.backward, constants.plainFrequencies.backward),
      (space.compressedRotation.forward, constants.compressedFrequencies.forward),
      (space.compressedRotation.backward, constants.compressedFrequencies.backward),
    ] {
      backend.fillRotation(
        table, frequencies: frequencies, magnitude: 1, positions: pass.positions)
    }
  }
}
