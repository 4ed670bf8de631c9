// Grouped-query attention: several query heads share one key and value head.
// Ainslie et al. 2023, "GQA".

import Compute

/// The attention block of one layer.
struct GroupedAttention: AttentionBlock {
  /// What an architecture adds to plain grouped attention.
  struct Options {
    /// Whether queries, keys and values have biases; `ifPresent` asks the checkpoint.
    enum Biases { case required, ifPresent }
    var biases = Biases.ifPresent
    /// Whether every query and key head is normalized before it is rotated.
    var normalizesHeads = false
  }

  private let headCount: Int
  private let scale: Float
  private let query: Weight
  private let key: Weight
  private let value: Weight
  private let output: Weight
  private let queryBias: DeviceTensor?
  private let keyBias: DeviceTensor?
  private let valueBias: DeviceTensor?
  private let outputBias: DeviceTensor?
  private let queryNorm: DeviceTensor?
  private let keyNorm: DeviceTensor?
  private let epsilon: Float

  /// Binds the weights of a layer.
  init(
    _ model: ModelConfiguration, layer: Int, options: Options, binding: WeightBinding
  ) throws(ModelError) {
    let queries = model.headCount * model.keySize
    let keys = model.keyValueHeadCount * model.keySize
    func matrix(_ part: Part, rows: Int, columns: Int) throws(ModelError) -> Weight {
      try binding.matrix(part.name("weight", layer), rows: rows, columns: columns)
    }
    func bias(
      _ part: Part, count: Int, _ biases: Options.Biases
    ) throws(ModelError) -> DeviceTensor? {
      let name = part.name("bias", layer)
      return biases == .required
        ? try binding.vector(name, count: count) : try binding.vectorIfPresent(name, count: count)
    }
    headCount = model.headCount
    scale = 1 / Float(model.keySize).squareRoot()
    query = try matrix(.query, rows: queries, columns: model.hiddenSize)
    key = try matrix(.key, rows: keys, columns: model.hiddenSize)
    value = try matrix(.value, rows: keys, columns: model.hiddenSize)
    output = try matrix(.output, rows: model.hiddenSize, columns: queries)
    queryBias = try bias(.query, count: queries, options.biases)
    keyBias = try bias(.key, count: keys, options.biases)
    valueBias = try bias(.value, count: keys, options.biases)
    outputBias = try bias(.output, count: model.hiddenSize, .ifPresent)
    queryNorm =
      options.normalizesHeads
      ? try binding.vector(Part.queryNorm.name("weight", layer), count: model.keySize) : nil
    keyNorm =
      options.normalizesHeads
      ? try binding.vector(Part.keyNorm.name("weight", layer), count: model.keySize) : nil
    epsilon = model.normEpsilon
  }

  /// Attends from the rows of a pass, from `normalized` to `output`.
  func run(
    _ pass: ForwardPass, layer: Int, _ space: WorkSpace, rotary: RotaryEmbedding,
    on backend: any Backend
  ) {
    backend.multiply(
      space.normalized, rows: pass.rows,
      by: [
        Projection(weight: query, bias: queryBias, output: space.queries),
        Projection(weight: key, bias: keyBias, output: space.keys),
        Projection(weight: value, bias: valueBias, output: space.values),
      ])
    for (heads, norm) in [(space.queries, queryNorm), (space.keys, keyNorm)] {
      if let norm {
        backend.normalize(heads, rows: pass.rows, weight: norm, epsilon: epsilon, into: heads)
      }
      rotary.apply(to: heads, pass, space, on: backend)
    }
    backend.store(
      keys: space.keys, values: space.values, layer: layer, sequences: pass.sequences)
    backend.attend(
      space.queries, queryHeads: headCount, scale: scale, layer: layer, sequences: pass.sequences,
      into: space.attended)
    backend.multiply(
      space.attended, rows: pass.rows,
      by: Projection(weight: output, bias: outputBias, output: space.output))
  }

  /// The parts of the block as both formats name them.
  private enum Part {
    case query, key, value, output, queryNorm, keyNorm

    func name(_ kind: String, _ layer: Int) -> TensorName {
      let names: (String, String) =
        switch self {
        case .query: ("attn_q", "q_proj")
        case .key: ("attn_k", "k_proj")
        case .value: ("attn_v", "v_proj")
        case .output: ("attn_output", "o_proj")
        case .queryNorm: ("attn_q_norm", "q_norm")
        case .keyNorm: ("attn_k_norm", "k_norm")
        }
      return .layer(
        layer, gguf: "\(names.0).\(kind)", safetensors: "self_attn.\(names.1).\(kind)")
    }
  }
}
