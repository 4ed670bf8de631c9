// From a checkpoint's tensors to mixtures of experts: GGUF stacks all experts of a layer in one
// tensor, safetensors files name each.

import Checkpoints
import Compute
import Tensors

/// How an architecture names the parts of its experts inside a layer.
struct ExpertNames {
  /// The names of gate, up and down of one expert in safetensors files.
  var expert: (Int) -> (gate: String, up: String, down: String)
  /// The names of gate, up and down of the shared expert in safetensors files.
  var shared: (gate: String, up: String, down: String)
  /// The name of the router in safetensors files.
  var router: String
  /// What stands before the names in safetensors files.
  var prefix: (Int) -> String = { "model.layers.\($0)." }
  /// What stands before the names in GGUF files.
  var ggufPrefix: (Int) -> String = { "blk.\($0)." }

  /// The names of the Qwen and DeepSeek-V3 families.
  static func huggingFace(shared: String) -> ExpertNames {
    ExpertNames(
      expert: { index in
        let name = "mlp.experts.\(index)."
        return (
          name + "gate_proj.weight", name + "up_proj.weight", name + "down_proj.weight"
        )
      },
      shared: (
        "mlp.\(shared).gate_proj.weight", "mlp.\(shared).up_proj.weight",
        "mlp.\(shared).down_proj.weight"
      ),
      router: "mlp.gate.weight")
  }

  /// Returns a name inside a layer in both formats.
  func name(_ layer: Int, gguf: String, safetensors: String) -> TensorName {
    TensorName(gguf: ggufPrefix(layer) + gguf, safetensors: prefix(layer) + safetensors)
  }
}

extension WeightBinding {
  /// Binds the experts of one layer.
  ///
  /// - Parameters:
  ///   - bias: What the router adds for the choice.
  ///   - table: The experts of each token id, if the token itself decides.
  func experts(
    _ configuration: ExpertConfiguration, layer: Int, hiddenSize: Int, names: ExpertNames,
    bias: [Float]? = nil, table: TokenTable? = nil, sharedOutputGate: TensorName? = nil
  ) throws(ModelError) -> MixtureOfExperts {
    let count = configuration.routing.expertCount
    let inner = configuration.innerSize
    let router = try matrix(
      names.name(layer, gguf: "ffn_gate_inp.weight", safetensors: names.router), rows: count,
      columns: hiddenSize)
    let gates = try stack(
      names.name(layer, gguf: "ffn_gate_exps.weight", safetensors: ""), count: count, rows: inner,
      columns: hiddenSize
    ) { names.prefix(layer) + names.expert($0).gate }
    let ups = try stack(
      names.name(layer, gguf: "ffn_up_exps.weight", safetensors: ""), count: count, rows: inner,
      columns: hiddenSize
    ) { names.prefix(layer) + names.expert($0).up }
    let downs = try stack(
      names.name(layer, gguf: "ffn_down_exps.weight", safetensors: ""), count: count,
      rows: hiddenSize, columns: inner
    ) { names.prefix(layer) + names.expert($0).down }
    var shared: SharedExpert?
    if configuration.sharedInnerSize > 0 {
      let size = configuration.sharedInnerSize
      shared = SharedExpert(
        expert: Expert(
          gate: try matrix(
            names.name(layer, gguf: "ffn_gate_shexp.weight", safetensors: names.shared.gate),
            rows: size, columns: hiddenSize),
          up: try matrix(
            names.name(layer, gguf: "ffn_up_shexp.weight", safetensors: names.shared.up),
            rows: size, columns: hiddenSize),
          down: try matrix(
            names.name(layer, gguf: "ffn_down_shexp.weight", safetensors: names.shared.down),
            rows: hiddenSize, columns: size)),
        outputGate: try sharedOutputGate.map { name throws(ModelError) in
          try row(name, count: hiddenSize)
        })
    }
    return MixtureOfExperts(
      configuration: configuration, router: router, bias: bias, table: table,
      experts: (0..<count).map { Expert(gate: gates[$0], up: ups[$0], down: downs[$0]) },
      shared: shared)
  }

  /// Returns a prepared matrix of one row, which some files store as a vector.
  private func row(_ name: TensorName, count: Int) throws(ModelError) -> Weight {
    var view = try view(name)
    if view.shape == Shape([count]) { view = view.reshaped(Shape([1, count])) }
    guard view.shape == Shape([1, count]) else {
      throw .shapeMismatch(tensor: view.name, found: view.shape, expected: Shape([1, count]))
    }
    return try compute { () throws(ComputeError) in try backend.prepare(view, for: .product) }
  }

  /// Returns matrices that GGUF keeps in one tensor and safetensors one by one.
  func stack(
    _ name: TensorName, count: Int, rows: Int, columns: Int,
    each safetensors: (Int) -> String
  ) throws(ModelError) -> [Weight] {
    let use: WeightUse = expertPlace == .file ? [.product, .stored] : .product
    var weights: [Weight] = []
    weights.reserveCapacity(count)
    if checkpoint.format == .gguf {
      let all = try view(name, shape: Shape([count, rows, columns]))
      for index in 0..<count {
        let one = all.rows(index * rows..<(index + 1) * rows)
        weights.append(
          try compute { () throws(ComputeError) in try backend.prepare(one, for: use) })
      }
      return weights
    }
    for index in 0..<count {
      let each = safetensors(index)
      weights.append(
        try matrix(
          TensorName(gguf: each, safetensors: each), rows: rows, columns: columns, for: use))
    }
    return weights
  }

  /// Returns the experts of each token id, every one checked.
  func tokenTable(
    _ name: TensorName, vocabularyCount: Int, _ routing: ExpertRouting
  ) throws(ModelError) -> TokenTable {
    let view = try view(name, shape: Shape([vocabularyCount, routing.chosenCount]))
    guard let ids = view.integers() else {
      throw .unsupportedType(tensor: view.name, type: view.type.rawValue)
    }
    guard let bad = ids.first(where: { !(0..<Int64(routing.expertCount)).contains($0) }) else {
      return TokenTable(countPerToken: routing.chosenCount, ids: ids.map { Int32($0) })
    }
    throw .badSetting(
      key: view.name, value: "expert \(bad) among others",
      expected: "experts from 0 to \(routing.expertCount - 1)")
  }

  /// Returns a stored vector's elements.
  func floats(_ name: TensorName, count: Int) throws(ModelError) -> [Float] {
    let view = try view(name, shape: Shape([count]))
    guard let values = view.decoded() else {
      throw .unsupportedType(tensor: view.name, type: view.type.rawValue)
    }
    guard values.allSatisfy(\.isFinite) else {
      throw .badSetting(key: view.name, value: "not all finite", expected: "finite numbers")
    }
    return values
  }
}

/// A mixture of experts as the feed-forward block of a layer.
extension MixtureOfExperts: FeedForwardBlock {
  func run(_ pass: ForwardPass, tokens: [Int], _ space: WorkSpace, on backend: any Backend) {
    guard let experts = space.experts else { return }
    run(space.normalized, tokens: tokens, experts, on: backend, into: space.output)
  }
}
