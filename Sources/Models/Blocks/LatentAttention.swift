// Multi-head latent attention in the absorbed form: DeepSeek-AI 2024, "DeepSeek-V2", section 2.1.
//
// Keys and values of all heads are products of one latent vector c of a token. The products are
// moved to the query and to the result, so that the cache holds c and one rotated key only:
//
//     score = (W_UK^T q_nope) . c + q_rope . k_rope        output = W_UV (sum of p c)

import Compute
import Tensors

/// The latent attention of one layer.
struct LatentAttention: AttentionBlock {
  let configuration: LatentConfiguration
  let epsilon: Float
  /// The first product of a query and its norm; nil where queries have one product.
  let queryDown: (weight: Weight, norm: DeviceTensor)?
  let queryUp: Weight
  let keyDown: Weight
  let keyNorm: DeviceTensor
  /// `W_UK` transposed, `[valueSize, plainSize]` per head.
  let keyUp: [Weight]
  /// `W_UV`, `[outputSize, valueSize]` per head.
  let valueUp: [Weight]
  let output: Weight
  /// Logits so low that they take no part in a softmax, one per head.
  let noSinks: DeviceTensor

  func run(
    _ pass: ForwardPass, layer: Int, _ space: WorkSpace, rotary: RotaryEmbedding,
    on backend: any Backend
  ) {
    guard let latent = space.latent else { return }
    project(pass, space, latent, on: backend)
    rotary.apply(to: space.queries, pass, space, on: backend)
    rotary.apply(to: space.keys, pass, space, on: backend)
    attend(pass, layer: layer, space, on: backend)

    // Of a row only the first part is a value; absorbed queries are not needed any more.
    let heads = keyUp.count
    let all = byRow(rows: pass.rows)
    backend.copyColumns(
      0..<configuration.valueSize, ofRows: all,
      of: space.attended.reshaped(columns: configuration.valueSize + configuration.turningSize),
      toRows: all, of: latent.absorbed, at: 0)
    backend.multiply(
      latent.absorbed, gathered: perHead(valueUp, rows: pass.rows, output: latent.outputs))
    backend.copyRows(
      byHead(rows: pass.rows), of: latent.outputs, to: byRow(rows: pass.rows),
      of: latent.joined.reshaped(columns: configuration.outputSize))
    precondition(latent.joined.columns == heads * configuration.outputSize, "heads fill a row")
    backend.multiply(
      latent.joined, rows: pass.rows, by: Projection(weight: output, output: space.output))
  }

  /// Stores the rows of a pass and attends to all of them up to each query's own.
  private func attend(
    _ pass: ForwardPass, layer: Int, _ space: WorkSpace, on backend: any Backend
  ) {
    var selections: [RowSelection] = []
    selections.reserveCapacity(pass.rows)
    for part in pass.joint {
      let store = part.layers[layer]
      let end = part.position + part.rows.count
      backend.store(
        Array(part.rows), of: space.keys, at: Array(part.position..<end), of: store)
      for row in part.rows {
        let last = part.position + row - part.rows.lowerBound
        selections.append(
          RowSelection(query: row, near: store, nearRows: Array(0...Int32(last))))
      }
    }
    backend.attend(
      space.queries, heads: keyUp.count, scale: configuration.scale, sinks: noSinks,
      to: selections, into: space.attended)
  }

  /// Computes absorbed queries, keys and values.
  private func project(
    _ pass: ForwardPass, _ space: WorkSpace, _ latent: LatentSpace, on backend: any Backend
  ) {
    let plain = configuration.plainSize
    let value = configuration.valueSize
    let turning = configuration.turningSize
    if let queryDown {
      backend.multiply(
        space.normalized, rows: pass.rows,
        by: [
          Projection(weight: queryDown.weight, output: latent.queryLatent),
          Projection(weight: keyDown, output: space.keys),
        ])
      backend.normalize(
        latent.queryLatent, rows: pass.rows, weight: queryDown.norm, epsilon: epsilon,
        into: latent.queryLatent)
      backend.multiply(
        latent.queryLatent, rows: pass.rows, by: Projection(weight: queryUp, output: latent.queries)
      )
    } else {
      backend.multiply(
        space.normalized, rows: pass.rows,
        by: [
          Projection(weight: queryUp, output: latent.queries),
          Projection(weight: keyDown, output: space.keys),
        ])
    }
    // The latent vector is the value; normalized it is also the key's first part.
    let rows = Array(0..<pass.rows)
    backend.copyColumns(
      0..<value, ofRows: rows, of: space.keys, toRows: rows, of: space.values, at: 0)
    backend.normalize(
      space.values, rows: pass.rows, weight: keyNorm, epsilon: epsilon, into: space.values)
    backend.copyColumns(
      0..<value, ofRows: rows, of: space.values, toRows: rows, of: space.keys, at: 0)

    let all = byRow(rows: pass.rows)
    let queries = latent.queries.reshaped(columns: plain + turning)
    let targets = space.queries.reshaped(columns: value + turning)
    backend.copyColumns(
      0..<plain, ofRows: all, of: queries, toRows: all, of: latent.plain, at: 0)
    backend.multiply(
      latent.plain, gathered: perHead(keyUp, rows: pass.rows, output: latent.absorbed))
    backend.copyColumns(
      0..<value, ofRows: byHead(rows: pass.rows), of: latent.absorbed, toRows: all, of: targets,
      at: 0)
    backend.copyColumns(
      plain..<plain + turning, ofRows: all, of: queries, toRows: all, of: targets, at: value)
  }

  /// Returns one product per head, of every row's part for it.
  private func perHead(
    _ weights: [Weight], rows: Int, output: DeviceTensor
  ) -> [GatheredProduct] {
    weights.enumerated().map { head, weight in
      GatheredProduct(
        weight: weight, rows: (0..<rows).map { $0 * weights.count + head }, output: output,
        firstOutput: head * rows)
    }
  }

  /// Returns the places of heads that lie row by row.
  private func byRow(rows: Int) -> [Int] { Array(0..<rows * keyUp.count) }

  /// Returns, for heads in the order of rows, their places in memory that lies head by head.
  private func byHead(rows: Int) -> [Int] {
    (0..<rows * keyUp.count).map { $0 % keyUp.count * rows + $0 / keyUp.count }
  }
}
