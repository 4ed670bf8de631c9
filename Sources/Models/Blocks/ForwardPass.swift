// What every block of one pass needs: how many rows there are, whose they are, and work space.

import Compute

/// The rows of one pass through the layers.
struct ForwardPass {
  /// The number of rows of all sequences together.
  var rows: Int
  /// Which rows belong to which sequence, and where they stand in it.
  var sequences: [SequenceRows]
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
    attended = try tensor(model.headCount * model.valueSize)
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
