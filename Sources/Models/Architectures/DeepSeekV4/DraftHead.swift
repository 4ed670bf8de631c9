// The draft head of DeepSeek-V4: one more layer that guesses the token after the next.
//
//   z[s] = e_proj . rms(embedding of token i + 1) + h_proj . rms(stream s behind position i)
//
// goes through a layer with attention to recent tokens only, then through a head of its own norm.
// The layer's rows of recent tokens depend on z alone, so a forward pass forms just those; the whole
// layer runs for the row that a draft asks for. The row of the last position waits for the token
// behind it: its streams are kept.

import Compute

/// The weights of the draft head.
struct DraftHead {
  let embeddingNorm: DeviceTensor
  let streamNorm: DeviceTensor
  let embeddingProjection: Weight
  let streamProjection: Weight
  let layer: DeepSeekV4Layer
  let headConnection: HyperConnection
  let norm: DeviceTensor

  /// Room for the head's own activations.
  final class Space {
    let embedded: DeviceTensor
    let projected: DeviceTensor
    let streams: DeviceTensor

    init(
      rows: Int, _ model: DeepSeekV4Configuration, backend: any Backend
    ) throws(ComputeError) {
      embedded = try backend.makeTensor(rows: rows, columns: model.hiddenSize)
      projected = try backend.makeTensor(rows: rows, columns: model.hiddenSize)
      streams = try backend.makeTensor(
        rows: rows * model.streamCount, columns: model.hiddenSize)
    }
  }
  /// Room for a whole pass and one row more.
  let space: Space
}

// MARK: - Keeping up

extension DraftHead {
  /// Forms the draft layer's rows for a part of a pass that has gone through all layers.
  func take(
    _ part: PassPart, _ pass: CompressedPass, of cache: CompressedCache, _ model: StreamRunner
  ) {
    guard let draft = cache.draft else { return }
    let backend = model.backend
    let n = model.configuration.streamCount
    // Row j belongs to the position before the part's row j, whose token it takes.
    let first = part.position == 0 ? 1 : 0
    if first < part.count {
      if first == 0 {
        backend.copyRows(
          [Self.slot(part.position - 1, draft)], of: draft.streams, to: [0],
          of: space.streams.reshaped(columns: draft.streams.columns))
      }
      let passRows = (max(1, first)..<max(1, part.count)).map { part.firstRow + $0 - 1 }
      backend.copyRows(
        passRows.flatMap { row in (0..<n).map { row * n + $0 } }, of: model.space.streams,
        to: (0..<passRows.count * n).map { (1 - first) * n + $0 }, of: space.streams)
      let tokens = (first..<part.count).map { pass.tokens[part.firstRow + $0] }
      let positions = (first..<part.count).map { part.position - 1 + $0 }
      formRows(tokens, positions, draft, cache, model)
    }
    // The ring takes as many of the part's last rows as it holds.
    let kept = max(0, part.count - draft.streams.rows)..<part.count
    backend.copyRows(
      kept.map { part.firstRow + $0 },
      of: model.space.streams.reshaped(columns: draft.streams.columns),
      to: kept.map { Self.slot(part.position + $0, draft) }, of: draft.streams)
  }

  private static func slot(_ position: Int, _ draft: DraftStore) -> Int {
    position % draft.streams.rows
  }

  /// Stores rows of recent tokens for the streams at the front of the head's own.
  private func formRows(
    _ tokens: [Int], _ positions: [Int], _ draft: DraftStore, _ cache: CompressedCache,
    _ model: StreamRunner
  ) {
    let backend = model.backend
    let configuration = model.configuration
    let work = model.space
    let streams = work.nextStreams
    combine(tokens, into: streams, model)
    let mixing = layer.attentionConnection.mixing(
      streams, tokens: tokens.count, configuration, flat: work.flat, mixes: work.mixes,
      ones: model.constants.streamOnes, on: backend)
    layer.attentionConnection.read(
      streams, mixing, streamCount: configuration.streamCount, into: work.hidden, on: backend)
    backend.normalize(
      work.hidden, rows: tokens.count, weight: layer.attentionNorm,
      epsilon: configuration.normEpsilon, into: work.normalized)
    backend.multiply(
      work.normalized, rows: tokens.count,
      by: Projection(weight: layer.attention.row, output: work.rows))
    backend.normalize(
      work.rows, rows: tokens.count, weight: layer.attention.rowNorm,
      epsilon: configuration.normEpsilon, into: work.rows)
    backend.fillRotation(
      work.plainRotation.forward, frequencies: model.constants.plainFrequencies.forward,
      magnitude: 1, positions: positions)
    backend.rotate(
      work.rows, rows: tokens.count, headSize: configuration.headSize,
      offset: configuration.headSize - configuration.turningSize, by: work.plainRotation.forward,
      pairing: .neighbors)
    // Of more rows than the ring holds only the last ones stay.
    let kept = max(0, tokens.count - draft.window.rows)..<tokens.count
    backend.store(
      Array(kept), of: work.rows, at: kept.map { cache.windowSlot(positions[$0]) },
      of: draft.window)
  }

  /// Joins the head's own streams with the embeddings of tokens.
  private func combine(_ tokens: [Int], into streams: DeviceTensor, _ model: StreamRunner) {
    let backend = model.backend
    let n = model.configuration.streamCount
    let epsilon = model.configuration.normEpsilon
    let rows = tokens.count * n
    backend.normalize(
      space.streams, rows: rows, weight: streamNorm, epsilon: epsilon, into: space.streams)
    backend.multiply(
      space.streams, rows: rows, by: Projection(weight: streamProjection, output: streams))
    backend.embed(tokens, from: model.embedding, into: space.embedded)
    backend.normalize(
      space.embedded, rows: tokens.count, weight: embeddingNorm, epsilon: epsilon,
      into: space.embedded)
    backend.multiply(
      space.embedded, rows: tokens.count,
      by: Projection(weight: embeddingProjection, output: space.projected))
    var terms = RowTerms(termsPerRow: 1)
    for row in 0..<rows { terms.append(row: row / n, weight: 1) }
    backend.mix(space.projected, terms, into: streams, adding: true)
  }
}

// MARK: - Drafting

extension DraftHead {
  /// Runs the whole layer for one row; the state to be normed and headed is the first hidden row.
  func guess(
    _ token: Int, _ cache: CompressedCache, _ store: DraftStore, _ model: StreamRunner
  ) -> DeviceTensor {
    let position = cache.position - 1
    model.backend.copyRows(
      [Self.slot(position, store)], of: store.streams, to: [0],
      of: space.streams.reshaped(columns: store.streams.columns))
    combine([token], into: model.space.streams, model)
    let pass = CompressedPass(
      tokens: [token],
      parts: [
        PassPart(
          layers: [LayerStore(window: store.window)], firstRow: 0, count: 1, position: position)
      ], window: model.configuration.window)
    model.fillRotations(pass)
    model.run(layer, number: 0, pass)
    model.collapse(headConnection, rows: 1, into: model.space.hidden)
    return model.space.hidden
  }
}
