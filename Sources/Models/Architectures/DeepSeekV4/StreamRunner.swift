// What runs the layers of a DeepSeek-V4 model over its streams, for the model and for its draft head.

import Compute
import Tensors

/// One layer: attention and experts, each reading from the streams and written back to them.
struct DeepSeekV4Layer {
  let attentionConnection: HyperConnection
  let attentionNorm: DeviceTensor
  let attention: CompressedAttention
  let expertConnection: HyperConnection
  let expertNorm: DeviceTensor
  let experts: MixtureOfExperts
}

/// The work space of one model, and the steps that all of its layers have in common.
final class StreamRunner {
  let configuration: DeepSeekV4Configuration
  let backend: any Backend
  let embedding: Weight
  let constants: CompressedConstants
  private(set) var space: CompressedSpace
  /// What tests see of the next passes, nil for nothing.
  var probe: StageProbe?

  /// Creates a runner with room for a few rows.
  init(
    _ configuration: DeepSeekV4Configuration, backend: any Backend, embedding: Weight,
    constants: CompressedConstants
  ) throws(ModelError) {
    self.configuration = configuration
    self.backend = backend
    self.embedding = embedding
    self.constants = constants
    space = try compute { () throws(ComputeError) in
      try CompressedSpace(rows: 16, for: configuration, backend: backend)
    }
  }

  /// The greatest number of rows of one pass.
  static let passRows = 512

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
}

// MARK: - Steps

extension StreamRunner {
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
