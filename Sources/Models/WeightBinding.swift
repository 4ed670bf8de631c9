// From a checkpoint's tensors to a backend's weights, every name, shape and type checked.

package import Checkpoints
package import Compute
package import Tensors

/// A tensor's name in both formats.
package struct TensorName: Sendable {
  /// The name in GGUF files.
  package let gguf: String
  /// The name in safetensors files.
  package let safetensors: String

  /// Creates a name outside the layers.
  package init(gguf: String, safetensors: String) {
    self.gguf = gguf
    self.safetensors = safetensors
  }

  /// Creates a name inside a layer.
  package static func layer(_ layer: Int, gguf: String, safetensors: String) -> TensorName {
    TensorName(gguf: "blk.\(layer).\(gguf)", safetensors: "model.layers.\(layer).\(safetensors)")
  }
}

/// Finds tensors by name, checks them and hands them to a backend.
package struct WeightBinding {
  /// The checkpoint.
  package let checkpoint: any Checkpoint
  /// The backend that prepares the weights.
  package let backend: any Backend

  /// Where the weights of experts are kept.
  package let expertPlace: ExpertPlace

  /// Where the weights of experts are kept.
  package enum ExpertPlace: Sendable {
    /// In memory, made ready for the kernels.
    case memory
    /// In the mapped file, from which the system pages in what a token's experts need.
    case file
  }

  /// Binds a checkpoint to a backend.
  package init(
    _ checkpoint: any Checkpoint, backend: any Backend, expertPlace: ExpertPlace = .memory
  ) {
    self.checkpoint = checkpoint
    self.backend = backend
    self.expertPlace = expertPlace
  }

  /// Returns how the checkpoint's format spells a name.
  package func spelling(_ name: TensorName) -> String {
    checkpoint.format == .gguf ? name.gguf : name.safetensors
  }

  /// Whether the checkpoint has a tensor.
  package func has(_ name: TensorName) -> Bool {
    checkpoint.tensor(named: spelling(name)) != nil
  }

  /// Returns a stored tensor of any shape.
  package func view(_ name: TensorName) throws(ModelError) -> TensorView {
    guard let view = checkpoint.tensor(named: spelling(name)) else {
      throw .missingTensor(name: spelling(name))
    }
    return view
  }

  /// Returns a stored tensor of the shape that the configuration asks for.
  package func view(_ name: TensorName, shape: Shape) throws(ModelError) -> TensorView {
    let view = try view(name)
    guard view.shape == shape else {
      throw .shapeMismatch(tensor: view.name, found: view.shape, expected: shape)
    }
    return view
  }

  /// Returns a prepared matrix.
  package func matrix(
    _ name: TensorName, rows: Int, columns: Int, for use: WeightUse = .product
  ) throws(ModelError) -> Weight {
    let view = try view(name, shape: Shape([rows, columns]))
    return try compute { () throws(ComputeError) in try backend.prepare(view, for: use) }
  }

  /// Returns a vector in 32 bits.
  package func vector(_ name: TensorName, count: Int) throws(ModelError) -> DeviceTensor {
    let view = try view(name, shape: Shape([count]))
    return try compute { () throws(ComputeError) in try backend.makeVector(view) }
  }

  /// Returns a vector in 32 bits, nil if the checkpoint has none of this name.
  package func vectorIfPresent(
    _ name: TensorName, count: Int
  ) throws(ModelError) -> DeviceTensor? {
    has(name) ? try vector(name, count: count) : nil
  }
}

/// Runs a backend's call and gives its errors the names of this module.
func compute<R>(_ body: () throws(ComputeError) -> R) throws(ModelError) -> R {
  do throws(ComputeError) {
    return try body()
  } catch {
    throw ModelError(error)
  }
}
