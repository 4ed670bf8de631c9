// From a checkpoint to a DeepSeek-V4 model: which tensors there are, and what they are called.
//
// Released names carry no prefix (`layers.3.attn.wq_a.weight`); GGUF names begin with `blk.3.`.

import Checkpoints
import Compute
import Tensors

extension DeepSeekV4 {
  /// Builds a model from a checkpoint.
  static func load(_ binding: WeightBinding) throws(ModelError) -> any Model {
    let embeddingName = TensorName(gguf: "token_embd.weight", safetensors: "embed.weight")
    let stored = try binding.view(embeddingName)
    let model = try DeepSeekV4Configuration(
      binding.checkpoint, vocabularyCount: stored.shape.rows)
    let parts = LayerBinding(binding: binding, model: model)
    var layers: [DeepSeekV4Layer] = []
    for layer in 0..<model.layerCount { layers.append(try parts.layer(layer)) }
    return try DeepSeekV4(
      model, backend: binding.backend,
      embedding: try binding.matrix(
        embeddingName, rows: model.vocabularyCount, columns: model.hiddenSize, for: .lookup),
      constants: try constants(model, binding.backend), layers: layers,
      headConnection: try parts.connection(
        parts.outer(gguf: "output_hc", safetensors: "hc_head"), readsOnly: true),
      outputNorm: try binding.vector(
        TensorName(gguf: "output_norm.weight", safetensors: "norm.weight"),
        count: model.hiddenSize),
      head: try binding.matrix(
        TensorName(gguf: "output.weight", safetensors: "head.weight"),
        rows: model.vocabularyCount, columns: model.hiddenSize),
      draftHead: try parts.draftHead())
  }

  private static func constants(
    _ model: DeepSeekV4Configuration, _ backend: any Backend
  ) throws(ModelError) -> CompressedConstants {
    func both(
      _ rotary: RotarySettings
    ) throws(ComputeError) -> (forward: DeviceTensor, backward: DeviceTensor) {
      let frequencies = rotary.frequencies(divisors: nil)
      return (
        try backend.makeVector(frequencies), try backend.makeVector(frequencies.map { -$0 })
      )
    }
    return try compute { () throws(ComputeError) in
      CompressedConstants(
        plainFrequencies: try both(model.plainRotary),
        compressedFrequencies: try both(model.compressedRotary),
        headOnes: try backend.makeVector([Float](repeating: 1, count: model.headSize)),
        streamOnes: try backend.makeVector(
          [Float](repeating: 1, count: model.streamCount * model.hiddenSize)))
    }
  }
}

/// Finds the tensors of layers.
private struct LayerBinding {
  let binding: WeightBinding
  let model: DeepSeekV4Configuration

  /// The names of one place where streams are mixed, and its tensors' suffixes.
  struct ConnectionNames {
    let function: TensorName
    let base: TensorName
    let scale: TensorName
  }

  func outer(gguf: String, safetensors: String) -> ConnectionNames {
    func name(_ part: String) -> TensorName {
      TensorName(gguf: "\(gguf)_\(part).weight", safetensors: "\(safetensors)_\(part)")
    }
    return ConnectionNames(function: name("fn"), base: name("base"), scale: name("scale"))
  }

  /// What stands before a layer's names in safetensors files; draft layers follow the others.
  private func prefix(_ layer: Int) -> String {
    layer < model.layerCount ? "layers.\(layer)." : "mtp.\(layer - model.layerCount)."
  }

  private func name(_ layer: Int, _ gguf: String, _ safetensors: String) -> TensorName {
    TensorName(gguf: "blk.\(layer).\(gguf)", safetensors: prefix(layer) + safetensors)
  }

  /// Binds the coefficients of one place.
  func connection(
    _ names: ConnectionNames, readsOnly: Bool
  ) throws(ModelError) -> HyperConnection {
    let n = model.streamCount
    let count = readsOnly ? n : 2 * n + n * n
    return HyperConnection(
      function: try binding.matrix(
        names.function, rows: count, columns: n * model.hiddenSize),
      base: try binding.floats(names.base, count: count),
      scale: try binding.floats(names.scale, count: readsOnly ? 1 : 3), readsOnly: readsOnly)
  }

  func layer(_ layer: Int) throws(ModelError) -> DeepSeekV4Layer {
    func connection(_ part: String) throws(ModelError) -> HyperConnection {
      try self.connection(
        outer(gguf: "blk.\(layer).hc_\(part)", safetensors: prefix(layer) + "hc_\(part)"),
        readsOnly: false)
    }
    func norm(_ part: String) throws(ModelError) -> DeviceTensor {
      try binding.vector(
        name(layer, "\(part)_norm.weight", "\(part)_norm.weight"), count: model.hiddenSize)
    }
    return DeepSeekV4Layer(
      attentionConnection: try connection("attn"), attentionNorm: try norm("attn"),
      attention: try attention(layer), expertConnection: try connection("ffn"),
      expertNorm: try norm("ffn"), experts: try experts(layer))
  }

  // MARK: Attention

  private func attention(_ layer: Int) throws(ModelError) -> CompressedAttention {
    func matrix(
      _ gguf: String, _ safetensors: String, rows: Int, columns: Int
    ) throws(ModelError) -> Weight {
      try binding.matrix(
        name(layer, gguf + ".weight", "attn.\(safetensors).weight"), rows: rows, columns: columns)
    }
    func vector(
      _ gguf: String, _ safetensors: String, count: Int
    ) throws(ModelError) -> DeviceTensor {
      try binding.vector(name(layer, gguf + ".weight", "attn.\(safetensors)"), count: count)
    }
    let queries = model.headCount * model.headSize
    let groups = model.outputGroupCount
    var attention = CompressedAttention(
      queryDown: try matrix(
        "attn_q_a", "wq_a", rows: model.queryRank, columns: model.hiddenSize),
      queryNorm: try vector("attn_q_a_norm", "q_norm.weight", count: model.queryRank),
      queryUp: try matrix("attn_q_b", "wq_b", rows: queries, columns: model.queryRank),
      row: try matrix("attn_kv", "wkv", rows: model.headSize, columns: model.hiddenSize),
      rowNorm: try vector("attn_kv_a_norm", "kv_norm.weight", count: model.headSize),
      sinks: try vector("attn_sinks", "attn_sink", count: model.headCount),
      groups: try blocks(
        name(layer, "attn_output_a.weight", "attn.wo_a.weight"), count: groups,
        rows: model.outputRank, columns: queries / groups),
      output: try matrix(
        "attn_output_b", "wo_b", rows: model.hiddenSize, columns: groups * model.outputRank))
    let kind = layer < model.layerCount ? model.layers[layer] : .none
    guard kind != .none else { return attention }
    attention.compressor = try compressor(
      layer, kind, size: model.headSize, gguf: "attn_compressor", safetensors: "attn.compressor")
    if case .sparse = kind {
      attention.indexer = LightningIndexer(
        compressor: try compressor(
          layer, kind, size: model.indexHeadSize, gguf: "indexer_compressor",
          safetensors: "attn.indexer.compressor"),
        queries: try matrix(
          "indexer.attn_q_b", "indexer.wq_b", rows: model.indexHeadCount * model.indexHeadSize,
          columns: model.queryRank),
        headWeights: try matrix(
          "indexer.proj", "indexer.weights_proj", rows: model.indexHeadCount,
          columns: model.hiddenSize))
    }
    return attention
  }

  /// Returns blocks of rows of one stored matrix.
  private func blocks(
    _ name: TensorName, count: Int, rows: Int, columns: Int
  ) throws(ModelError) -> [Weight] {
    let view = try binding.view(name, shape: Shape([count * rows, columns]))
    var weights: [Weight] = []
    for block in 0..<count {
      let part = view.rows(block * rows..<(block + 1) * rows)
      weights.append(
        try compute { () throws(ComputeError) in
          try binding.backend.prepare(part, for: .product)
        })
    }
    return weights
  }

  private func compressor(
    _ layer: Int, _ kind: CompressionKind, size: Int, gguf: String, safetensors: String
  ) throws(ModelError) -> Compressor {
    let columns = kind.lanes * size
    let ratio = kind.ratio ?? 1
    func matrix(_ gguf: String, _ part: String) throws(ModelError) -> Weight {
      try binding.matrix(
        name(layer, gguf, "\(safetensors).\(part).weight"), rows: columns,
        columns: model.hiddenSize)
    }
    let places = try binding.view(
      name(layer, "\(gguf)_ape.weight", "\(safetensors).ape"), shape: Shape([ratio, columns]))
    guard let values = places.decoded() else {
      throw .unsupportedType(tensor: places.name, type: places.type.rawValue)
    }
    let placeGates = try compute { () throws(ComputeError) in
      let tensor = try binding.backend.makeTensor(rows: ratio, columns: columns)
      binding.backend.write(values, to: tensor, row: 0)
      return tensor
    }
    return Compressor(
      kind: kind, size: size, values: try matrix("\(gguf)_kv.weight", "wkv"),
      gates: try matrix("\(gguf)_gate.weight", "wgate"), placeGates: placeGates,
      norm: try binding.vector(
        name(layer, "\(gguf)_norm.weight", "\(safetensors).norm.weight"), count: size))
  }

  // MARK: Experts

  private func experts(_ layer: Int) throws(ModelError) -> MixtureOfExperts {
    let names = ExpertNames(
      expert: {
        (
          "ffn.experts.\($0).w1.weight", "ffn.experts.\($0).w3.weight",
          "ffn.experts.\($0).w2.weight"
        )
      },
      shared: (
        "ffn.shared_experts.w1.weight", "ffn.shared_experts.w3.weight",
        "ffn.shared_experts.w2.weight"
      ),
      router: "ffn.gate.weight", prefix: prefix)
    let routing = model.experts.routing
    let hashes = layer < model.hashLayerCount
    return try binding.experts(
      model.experts, layer: layer, hiddenSize: model.hiddenSize, names: names,
      bias: hashes
        ? nil
        : try binding.floats(
          name(layer, "exp_probs_b.bias", "ffn.gate.bias"), count: routing.expertCount),
      table: hashes
        ? try binding.tokenTable(
          name(layer, "ffn_gate_tid2eid.weight", "ffn.gate.tid2eid"),
          vocabularyCount: model.vocabularyCount, routing) : nil)
  }

  // MARK: Draft head

  /// Binds the draft head: `mtp.0.*` of released files, one more block of GGUF files.
  func draftHead() throws(ModelError) -> DraftHead? {
    guard model.draftLayerCount == 1 else { return nil }
    let number = model.layerCount
    func name(_ gguf: String, _ safetensors: String) -> TensorName {
      self.name(number, "nextn.\(gguf).weight", safetensors + ".weight")
    }
    // A checkpoint may come without its draft head, or with one of another make.
    guard binding.has(name("eh_proj", "e_proj")) else { return nil }
    func vector(_ gguf: String, _ safetensors: String) throws(ModelError) -> DeviceTensor {
      try binding.vector(name(gguf, safetensors), count: model.hiddenSize)
    }
    let projections = try draftProjections(name("eh_proj", "e_proj"), name("", "h_proj"))
    return DraftHead(
      embeddingNorm: try vector("enorm", "enorm"), streamNorm: try vector("hnorm", "hnorm"),
      embeddingProjection: projections.embedding, streamProjection: projections.stream,
      layer: try layer(number),
      // GGUF has no names for coefficients of the draft head's own: llama.cpp takes the trunk's.
      headConnection: try connection(
        outer(gguf: "output_hc", safetensors: "mtp.0.hc_head"), readsOnly: true),
      norm: try vector("shared_head_norm", "norm"),
      space: try compute { () throws(ComputeError) in
        try DraftHead.Space(rows: StreamRunner.passRows, model, backend: binding.backend)
      })
  }

  /// Returns the products for the embedding and for the streams; GGUF keeps both in one matrix,
  /// side by side.
  private func draftProjections(
    _ first: TensorName, _ second: TensorName
  ) throws(ModelError) -> (embedding: Weight, stream: Weight) {
    let size = model.hiddenSize
    guard binding.checkpoint.format == .gguf else {
      return (
        try binding.matrix(first, rows: size, columns: size),
        try binding.matrix(second, rows: size, columns: size)
      )
    }
    let both = try binding.view(first, shape: Shape([size, 2 * size]))
    guard both.type.fills(columns: size) else {
      throw .unsupportedType(tensor: both.name, type: both.type.rawValue)
    }
    let half = both.rowBytes / 2
    func part(_ start: Int) throws(ModelError) -> Weight {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(size * half)
      both.withSpan { span in
        for row in 0..<size {
          for place in 0..<half { bytes.append(span[row * both.rowBytes + start + place]) }
        }
      }
      let view = TensorView(
        name: both.name, shape: Shape([size, size]), type: both.type, owner: OwnedBytes(bytes),
        range: 0..<bytes.count)
      return try compute { () throws(ComputeError) in
        try binding.backend.prepare(view, for: .product)
      }
    }
    return (try part(0), try part(half))
  }
}
