// What every block of one pass needs: how many rows there are, whose they are, and work space.

import Compute

/// Consecutive rows of a pass whose sequence keeps one row per token, key and value at once.
struct JointRows {
  /// The stores of the sequence's layers.
  let layers: [RowStore]
  /// The rows of the pass.
  let rows: Range<Int>
  /// The position of the first row.
  let position: Int
}

/// The rows of one pass through the layers.
struct ForwardPass {
  /// The number of rows of all sequences together.
  private(set) var rows = 0
  /// The position of each row in its sequence.
  private(set) var positions: [Int] = []
  /// Which rows belong to which sequence, where keys and values are kept apart.
  private(set) var sequences: [SequenceRows] = []
  /// Which rows belong to which sequence, where one row is both.
  private(set) var joint: [JointRows] = []

  /// Creates a pass of rows that belong to no sequence, as blocks without a cache take it.
  init(rows: Int = 0) { self.rows = rows }

  /// Appends rows of a sequence.
  mutating func append(_ count: Int, of storage: KeyValueCache.Storage, at position: Int) {
    switch storage {
    case .separate(let store):
      sequences.append(
        SequenceRows(store: store, firstRow: rows, count: count, position: position))
    case .joint(let layers):
      joint.append(JointRows(layers: layers, rows: rows..<rows + count, position: position))
    }
    positions += position..<position + count
    rows += count
  }
}

/// Activations of one pass, kept between passes.
final class WorkSpace {
  /// The residual stream.
  let residual: DeviceTensor
  /// The normalized input of a block.
  let normalized: DeviceTensor
  /// The output of a block, before it joins the residual stream.
  let output: DeviceTensor
  let queries: DeviceTensor
  let keys: DeviceTensor
  let values: DeviceTensor
  /// The result of attention, before its output projection.
  let attended: DeviceTensor
  let gate: DeviceTensor
  let up: DeviceTensor
  /// Cosines and sines of the rows' positions.
  let rotation: DeviceTensor
  /// What a mixture of experts needs besides, if there is one.
  let experts: ExpertSpace?
  /// What latent attention needs besides, if there is any.
  let latent: LatentSpace?

  /// The number of rows that fit.
  var rows: Int { residual.rows }

  /// Makes room for a number of rows.
  init(
    rows: Int, for model: ModelConfiguration, backend: any Backend
  ) throws(ComputeError) {
    func tensor(_ columns: Int) throws(ComputeError) -> DeviceTensor {
      try backend.makeTensor(rows: rows, columns: columns)
    }
    residual = try tensor(model.hiddenSize)
    normalized = try tensor(model.hiddenSize)
    output = try tensor(model.hiddenSize)
    queries = try tensor(model.headCount * model.keySize)
    keys = try tensor(model.keyValueHeadCount * model.keySize)
    values = try tensor(model.keyValueHeadCount * model.valueSize)
    // Latent rows are values as a whole; what of a result is not value is left out later.
    attended = try tensor(
      model.headCount * (model.latent == nil ? model.valueSize : model.keySize))
    gate = try tensor(model.feedForwardSize)
    up = try tensor(model.feedForwardSize)
    rotation = try tensor(model.rotary.dimensions)
    experts = try model.experts.map { experts throws(ComputeError) in
      try ExpertSpace(rows: rows, hiddenSize: model.hiddenSize, for: experts, backend: backend)
    }
    latent = try model.latent.map { latent throws(ComputeError) in
      try LatentSpace(rows: rows, for: latent, headCount: model.headCount, backend: backend)
    }
  }
}
