// Positions as rotations: Su et al. 2021, "RoFormer".

import Checkpoints
import Compute
import Tensors

/// The rotation of queries and keys by their positions.
struct RotaryEmbedding {
  private let frequencies: DeviceTensor
  private let pairing: RotaryPairing
  private let headSize: Int
  private let offset: Int

  /// Prepares the frequencies of a model.
  ///
  /// GGUF files may store divisors of the frequencies; they count for all layers.
  init(
    _ model: ModelConfiguration, pairing: RotaryPairing, binding: WeightBinding
  ) throws(ModelError) {
    let name = TensorName(gguf: "rope_freqs.weight", safetensors: "rope_freqs.weight")
    var divisors: [Float]?
    if binding.checkpoint.format == .gguf, binding.has(name) {
      let view = try binding.view(name, shape: Shape([model.rotary.dimensions / 2]))
      divisors = view.decoded()
      guard let divisors, divisors.allSatisfy({ $0.isFinite && $0 > 0 }) else {
        throw .badSetting(key: view.name, value: "not all positive", expected: "positive divisors")
      }
    }
    let frequencies = model.rotary.frequencies(divisors: divisors)
    self.frequencies = try compute { () throws(ComputeError) in
      try binding.backend.makeVector(frequencies)
    }
    self.pairing = pairing
    headSize = model.keySize
    offset = model.latent?.valueSize ?? 0
  }

  /// Computes cosines and sines of all rows of a pass, for all layers.
  func prepare(_ pass: ForwardPass, _ space: WorkSpace, on backend: any Backend) {
    backend.fillRotation(
      space.rotation, frequencies: frequencies, magnitude: 1, positions: pass.positions)
  }

  /// Rotates every head of queries or keys.
  func apply(
    to heads: DeviceTensor, _ pass: ForwardPass, _ space: WorkSpace, on backend: any Backend
  ) {
    backend.rotate(
      heads, rows: pass.rows, headSize: headSize, offset: offset, by: space.rotation,
      pairing: pairing)
  }
}
