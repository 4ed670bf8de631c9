// The gated feed-forward block: down(silu(gate(x)) * up(x)). Shazeer 2020, "GLU variants".

import Compute

/// The feed-forward block of one layer.
struct FeedForward: FeedForwardBlock {
  private let gate: Weight
  private let up: Weight
  private let down: Weight

  /// Binds the weights of a layer.
  init(
    _ model: ModelConfiguration, layer: Int, binding: WeightBinding
  ) throws(ModelError) {
    func matrix(
      _ gguf: String, _ safetensors: String, rows: Int, columns: Int
    ) throws(ModelError) -> Weight {
      let name = TensorName.layer(
        layer, gguf: "\(gguf).weight", safetensors: "mlp.\(safetensors).weight")
      return try binding.matrix(name, rows: rows, columns: columns)
    }
    let (hidden, inner) = (model.hiddenSize, model.feedForwardSize)
    gate = try matrix("ffn_gate", "gate_proj", rows: inner, columns: hidden)
    up = try matrix("ffn_up", "up_proj", rows: inner, columns: hidden)
    down = try matrix("ffn_down", "down_proj", rows: hidden, columns: inner)
  }

  /// Runs the block over the rows of a pass, from `normalized` to `output`.
  func run(
    _ pass: ForwardPass, tokens: [Int], _ space: WorkSpace, on backend: any Backend
  ) {
    backend.multiply(
      space.normalized, rows: pass.rows,
      by: [
        Projection(weight: gate, output: space.gate), Projection(weight: up, output: space.up),
      ])
    backend.multiply(
      gate: space.gate, up: space.up, rows: pass.rows,
      by: Projection(weight: down, output: space.output))
  }
}
