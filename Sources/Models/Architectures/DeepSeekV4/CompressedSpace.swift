// Activations of one pass through a DeepSeek-V4 model, kept between passes.

import Compute

/// The work space of a DeepSeek-V4 model.
final class CompressedSpace {
  /// The residual streams, and room for the next ones: `[rows * streams, hiddenSize]`.
  private(set) var streams: DeviceTensor
  private(set) var nextStreams: DeviceTensor
  /// Normalized streams, one row per token, and the products that mix them.
  let flat: DeviceTensor
  let mixes: DeviceTensor
  let headMixes: DeviceTensor
  /// What a block reads of the streams, before its norm and after it.
  let hidden: DeviceTensor
  let normalized: DeviceTensor
  /// What a block gives.
  let output: DeviceTensor

  let queryLatent: DeviceTensor
  let queries: DeviceTensor
  let rows: DeviceTensor
  let attended: DeviceTensor
  /// Outputs of the grouped product, group by group, and then in the order of the rows.
  let grouped: DeviceTensor
  let joined: DeviceTensor

  /// Projected values and gates by the number of lanes, one or two, and of the indexer.
  let compressed: [(values: DeviceTensor, gates: DeviceTensor)]
  let indexed: (values: DeviceTensor, gates: DeviceTensor)
  let indexQueries: DeviceTensor
  let indexWeights: DeviceTensor
  /// Scores of one round, a row per token and a column per entry.
  private(set) var scores: DeviceTensor

  /// Cosines and sines of the rows' positions, forward and backward.
  let plainRotation: (forward: DeviceTensor, backward: DeviceTensor)
  let compressedRotation: (forward: DeviceTensor, backward: DeviceTensor)
  let compressor: CompressorSpace
  let experts: ExpertSpace

  /// The number of rows that fit.
  var rowCount: Int { hidden.rows }

  /// Makes room for a number of rows.
  init(
    rows count: Int, for model: DeepSeekV4Configuration, backend: any Backend
  ) throws(ComputeError) {
    func tensor(_ columns: Int, rows: Int? = nil) throws(ComputeError) -> DeviceTensor {
      try backend.makeTensor(rows: rows ?? count, columns: columns)
    }
    let (d, n, hiddenSize) = (model.headSize, model.streamCount, model.hiddenSize)
    streams = try tensor(hiddenSize, rows: count * n)
    nextStreams = try tensor(hiddenSize, rows: count * n)
    flat = try tensor(n * hiddenSize)
    mixes = try tensor(2 * n + n * n)
    headMixes = try tensor(n)
    hidden = try tensor(hiddenSize)
    normalized = try tensor(hiddenSize)
    output = try tensor(hiddenSize)
    queryLatent = try tensor(model.queryRank)
    queries = try tensor(model.headCount * d)
    rows = try tensor(d)
    attended = try tensor(model.headCount * d)
    grouped = try tensor(model.outputRank, rows: count * model.outputGroupCount)
    joined = try tensor(model.outputGroupCount * model.outputRank)
    compressed = [
      (try tensor(d), try tensor(d)), (try tensor(2 * d), try tensor(2 * d)),
    ]
    indexed = (try tensor(2 * model.indexHeadSize), try tensor(2 * model.indexHeadSize))
    indexQueries = try tensor(model.indexHeadCount * model.indexHeadSize)
    indexWeights = try tensor(model.indexHeadCount)
    scores = try tensor(1, rows: 1)
    plainRotation = (try tensor(model.turningSize), try tensor(model.turningSize))
    compressedRotation = (try tensor(model.turningSize), try tensor(model.turningSize))
    compressor = try CompressorSpace(model, backend: backend)
    experts = try ExpertSpace(
      rows: count, hiddenSize: hiddenSize, for: model.experts, backend: backend)
  }

  /// Makes the next streams the current ones.
  func turnStreams() { swap(&streams, &nextStreams) }

  /// Makes room for the scores of a round against a number of entries.
  ///
  /// - Parameter sequences: How many sequences may have rows in one round.
  func makeRoom(entries: Int, on backend: any Backend) throws(ComputeError) {
    guard entries > scores.columns else { return }
    var columns = 256
    while columns < entries { columns *= 2 }
    scores = try backend.makeTensor(rows: CompressedCache.rewindLimit, columns: columns)
  }
}
