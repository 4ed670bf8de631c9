// A decoder of the Llama family: embedding, layers of attention and feed-forward, norm, head.
//
// A batch is cut into passes of at most 512 rows; a pass takes rows of several sequences, each
// with its own cache. Cutting changes no bit, since every row's sums depend on its own sequence
// only. All checks come before the first pass: a batch runs whole or not at all.

import Compute
import Tensors
import Tokens

/// The attention of one layer, from `normalized` to `output`.
protocol AttentionBlock {
  /// Attends from the rows of a pass.
  func run(
    _ pass: ForwardPass, layer: Int, _ space: WorkSpace, rotary: RotaryEmbedding,
    on backend: any Backend)
}

/// What follows attention in a layer, from `normalized` to `output`.
protocol FeedForwardBlock {
  /// Runs the block over the rows of a pass.
  ///
  /// - Parameter tokens: The rows' token ids.
  func run(_ pass: ForwardPass, tokens: [Int], _ space: WorkSpace, on backend: any Backend)
}

/// One layer: attention and feed-forward, each after a norm and each added to the residual stream.
struct TransformerLayer {
  let attentionNorm: DeviceTensor
  let attention: any AttentionBlock
  let feedForwardNorm: DeviceTensor
  let feedForward: any FeedForwardBlock
}

/// A loaded decoder whose layers hold attention and a feed-forward block.
package final class Transformer: Model {
  /// The greatest number of rows of one pass.
  static let passRows = 512

  /// The sizes of the model.
  package let configuration: ModelConfiguration
  private let backend: any Backend
  private let embedding: Weight
  private let layers: [TransformerLayer]
  private let head: OutputHead
  private let rotary: RotaryEmbedding
  private var space: WorkSpace

  /// Puts a model together from its bound parts.
  init(
    _ configuration: ModelConfiguration, backend: any Backend, embedding: Weight,
    layers: [TransformerLayer], outputNorm: DeviceTensor, head: Weight, rotary: RotaryEmbedding
  ) throws(ModelError) {
    self.configuration = configuration
    self.backend = backend
    self.embedding = embedding
    self.layers = layers
    self.rotary = rotary
    self.head = try OutputHead(
      head, norm: outputNorm, epsilon: configuration.normEpsilon, backend: backend)
    space = try compute { () throws(ComputeError) in
      try WorkSpace(rows: 16, for: configuration, backend: backend)
    }
  }

  package var vocabularyCount: Int { configuration.vocabularyCount }
  package var contextLength: Int { configuration.contextLength }

  package var cacheBytesPerPosition: Int {
    configuration.cacheElementsPerPosition * backend.precision.cacheType.blockBytes
  }

  package func makeCache(capacity: Int) throws(ModelError) -> any SequenceCache {
    guard capacity <= contextLength else {
      throw .contextTooLong(limit: contextLength, asked: capacity)
    }
    guard configuration.latent == nil else {
      return try KeyValueCache(
        backend: backend, layers: configuration.layerCount, rowSize: configuration.keySize,
        capacity: capacity)
    }
    return try KeyValueCache(
      backend: backend,
      shape: KeyValueShape(
        layers: configuration.layerCount, heads: configuration.keyValueHeadCount,
        keySize: configuration.keySize, valueSize: configuration.valueSize),
      capacity: capacity)
  }
}

// MARK: - Forward

extension Transformer {
  package func forward(_ batch: [SequenceInput]) throws(ModelError) -> Int {
    let passes = try BatchPlan.cut(
      batch, for: KeyValueCache.self, passRows: Self.passRows, vocabularyCount: vocabularyCount)
    try makeRoom(rows: passes.map(\.tokens.count).max() ?? 0)
    try head.begin(keeping: passes.map(\.keep.count))
    for (index, pass) in passes.enumerated() { run(pass, index: index) }
    return head.keptCount
  }

  package func logits(
    rows: [Int], requests: [LogitsRequest]
  ) throws(ModelError) -> [Logits] {
    try head.logits(rows: rows, requests: requests)
  }

  /// Takes the memory that passes need and earlier ones did not.
  private func makeRoom(rows: Int) throws(ModelError) {
    guard rows > space.rows else { return }
    let room = rows > 64 ? Self.passRows : 64
    space = try compute { () throws(ComputeError) in
      try WorkSpace(rows: room, for: configuration, backend: backend)
    }
  }

  /// Runs the layers over one pass.
  private func run(_ batch: BatchPass<KeyValueCache>, index: Int) {
    var pass = ForwardPass()
    for part in batch.parts {
      pass.append(part.count, of: part.cache.storage, at: part.cache.position)
      part.cache.advance(by: part.count)
    }
    var tokens = batch.tokens
    let epsilon = configuration.normEpsilon

    backend.embed(tokens, from: embedding, into: space.residual)
    rotary.prepare(pass, space, on: backend)
    for (number, layer) in layers.enumerated() {
      // Attention; the block before it left its output to be added.
      if number == 0 {
        backend.normalize(
          space.residual, rows: pass.rows, weight: layer.attentionNorm, epsilon: epsilon,
          into: space.normalized)
      } else {
        backend.addThenNormalize(
          space.output, rows: pass.rows, to: space.residual, weight: layer.attentionNorm,
          epsilon: epsilon, into: space.normalized)
      }
      layer.attention.run(pass, layer: number, space, rotary: rotary, on: backend)

      // Behind the last keys and values only the rows that are kept have a future.
      if number == layers.count - 1, batch.keep.count < pass.rows {
        if batch.keep.isEmpty { return }
        backend.copyRows(batch.keep, of: space.output, into: space.output)
        backend.copyRows(batch.keep, of: space.residual, into: space.residual)
        tokens = batch.keep.map { tokens[$0] }
        pass = ForwardPass(rows: tokens.count)
      }

      // Feed-forward
      backend.addThenNormalize(
        space.output, rows: pass.rows, to: space.residual, weight: layer.feedForwardNorm,
        epsilon: epsilon, into: space.normalized)
      layer.feedForward.run(pass, tokens: tokens, space, on: backend)
    }
    if !batch.keep.isEmpty {
      backend.add(space.output, rows: pass.rows, to: space.residual)
      head.keep(Array(0..<pass.rows), of: space.residual, pass: index)
    }
  }
}
