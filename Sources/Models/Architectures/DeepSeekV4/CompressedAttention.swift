// The attention of DeepSeek-V4: many query heads on one row per token, which is key and value at
// once; recent tokens, and compressed entries of all the others.
//
// Rows carry the rotation of their position in their last elements, so the result is turned back
// by the query's position. A learned logit per head joins the softmax without a value. The output
// goes through a product per group of heads, and then through one of all groups.

import Compute

/// The weights of one layer's attention.
struct CompressedAttention {
  let queryDown: Weight
  let queryNorm: DeviceTensor
  let queryUp: Weight
  let row: Weight
  let rowNorm: DeviceTensor
  let sinks: DeviceTensor
  /// One product per group of heads.
  let groups: [Weight]
  let output: Weight
  var compressor: Compressor?
  var indexer: LightningIndexer?
}

/// What all layers of a model share.
struct CompressedConstants {
  let plainFrequencies: (forward: DeviceTensor, backward: DeviceTensor)
  let compressedFrequencies: (forward: DeviceTensor, backward: DeviceTensor)
  /// Ones, as the weight of norms that have none.
  let headOnes: DeviceTensor
  let streamOnes: DeviceTensor
}

extension CompressedAttention {
  /// Attends from the rows of a pass, from `normalized` to `output`.
  ///
  /// - Parameter layer: Which of the parts' stores belong to this layer.
  func run(
    _ pass: CompressedPass, layer: Int, _ space: CompressedSpace,
    _ constants: CompressedConstants, _ model: DeepSeekV4Configuration, on backend: any Backend,
    probe: StageProbe?
  ) {
    project(pass, space, constants, model, on: backend)
    probe?.note("q", space.queries, rows: pass.rows, on: backend)
    probe?.note("kv", space.rows, rows: pass.rows, on: backend)
    for round in pass.rounds {
      var selections: [RowSelection] = []
      for part in round {
        let store = part.layers[layer]
        backend.store(part.rows, of: space.rows, at: part.slots, of: store.window)
        let picks = compress(part, store, space, constants, model, on: backend, probe: probe)
        for (index, row) in part.rows.enumerated() {
          selections.append(
            RowSelection(
              query: row, near: store.window, nearRows: part.windows[index],
              far: store.compressor?.entries, farRows: picks?[index] ?? []))
        }
      }
      backend.attend(
        space.queries, heads: model.headCount, scale: 1 / Float(model.headSize).squareRoot(),
        sinks: sinks, to: selections, into: space.attended)
    }
    let rotation = compressor == nil ? space.plainRotation : space.compressedRotation
    backend.rotate(
      space.attended, rows: pass.rows, headSize: model.headSize,
      offset: model.headSize - model.turningSize, by: rotation.backward, pairing: .neighbors)
    probe?.note("attn_heads", space.attended, rows: pass.rows, on: backend)
    join(rows: pass.rows, space, on: backend)
  }

  /// Computes queries, rows and what the compressors take.
  private func project(
    _ pass: CompressedPass, _ space: CompressedSpace, _ constants: CompressedConstants,
    _ model: DeepSeekV4Configuration, on backend: any Backend
  ) {
    let lanes = space.compressed[(compressor?.kind.lanes ?? 1) - 1]
    var projections = [
      Projection(weight: queryDown, output: space.queryLatent),
      Projection(weight: row, output: space.rows),
    ]
    if let compressor {
      projections.append(Projection(weight: compressor.values, output: lanes.values))
      projections.append(Projection(weight: compressor.gates, output: lanes.gates))
    }
    if let indexer {
      projections += [
        Projection(weight: indexer.compressor.values, output: space.indexed.values),
        Projection(weight: indexer.compressor.gates, output: space.indexed.gates),
        Projection(weight: indexer.headWeights, output: space.indexWeights),
      ]
    }
    backend.multiply(space.normalized, rows: pass.rows, by: projections)
    let epsilon = model.normEpsilon
    backend.normalize(
      space.queryLatent, rows: pass.rows, weight: queryNorm, epsilon: epsilon,
      into: space.queryLatent)
    var upward = [Projection(weight: queryUp, output: space.queries)]
    if let indexer {
      upward.append(Projection(weight: indexer.queries, output: space.indexQueries))
    }
    backend.multiply(space.queryLatent, rows: pass.rows, by: upward)
    backend.normalize(
      space.queries, rows: pass.rows, weight: constants.headOnes, epsilon: epsilon,
      into: space.queries)
    backend.normalize(
      space.rows, rows: pass.rows, weight: rowNorm, epsilon: epsilon, into: space.rows)

    let rotation = compressor == nil ? space.plainRotation : space.compressedRotation
    for tensor in [space.queries, space.rows] {
      backend.rotate(
        tensor, rows: pass.rows, headSize: model.headSize,
        offset: model.headSize - model.turningSize, by: rotation.forward, pairing: .neighbors)
    }
    compressor?.addPlaceGates(to: lanes.gates, positions: pass.positions, on: backend)
    if let indexer {
      indexer.compressor.addPlaceGates(
        to: space.indexed.gates, positions: pass.positions, on: backend)
      backend.rotate(
        space.indexQueries, rows: pass.rows, headSize: model.indexHeadSize,
        offset: model.indexHeadSize - model.turningSize, by: rotation.forward,
        pairing: .neighbors)
    }
  }

  /// Adds the entries that close in a round, and returns what each of its rows sees.
  private func compress(
    _ part: RoundPart, _ store: LayerStore, _ space: CompressedSpace,
    _ constants: CompressedConstants, _ model: DeepSeekV4Configuration, on backend: any Backend,
    probe: StageProbe?
  ) -> [[Int32]]? {
    guard let compressor, let entries = store.compressor else { return nil }
    let lanes = space.compressed[compressor.kind.lanes - 1]
    let frequencies = constants.compressedFrequencies.forward
    compressor.take(
      part, values: lanes.values, gates: lanes.gates, into: entries, space.compressor,
      epsilon: model.normEpsilon, frequencies: frequencies, on: backend)
    let visible = ((part.positions.last ?? 0) + 1) / compressor.ratio
    probe?.note("comp", entries.entries, rows: visible, on: backend)
    guard let indexer, let keys = store.indexer else {
      return part.positions.map { position in
        (0..<Int32((position + 1) / compressor.ratio)).map { $0 }
      }
    }
    indexer.compressor.take(
      part, values: space.indexed.values, gates: space.indexed.gates, into: keys,
      space.compressor, epsilon: model.normEpsilon, frequencies: frequencies, on: backend)
    let picks = indexer.picks(part, keys, space, model, on: backend)
    if let probe {
      probe.note("index_keys", keys.entries, rows: visible, on: backend)
      for (index, row) in picks.enumerated() {
        probe.note("index_picks \(part.positions[index])", row.map { Float($0) })
      }
    }
    return picks
  }

  /// Joins all heads, group by group.
  private func join(rows: Int, _ space: CompressedSpace, on backend: any Backend) {
    let heads = space.attended.reshaped(columns: groups[0].columns)
    backend.multiply(
      heads,
      gathered: groups.enumerated().map { group, weight in
        GatheredProduct(
          weight: weight, rows: (0..<rows).map { $0 * groups.count + group },
          output: space.grouped, firstOutput: group * rows)
      })
    let places = 0..<rows * groups.count
    backend.copyRows(
      places.map { $0 % groups.count * rows + $0 / groups.count }, of: space.grouped,
      to: Array(places), of: space.joined.reshaped(columns: groups[0].rows))
    backend.multiply(
      space.joined, rows: rows, by: Projection(weight: output, output: space.output))
  }
}
