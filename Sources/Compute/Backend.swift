// What a model asks of a device: operations on whole tensors.
//
// Operations take the first `rows` rows of their tensors. Shapes that do not fit are misuse and
// trap; only taking memory and preparing weights can fail. Every output element has one reduction
// tree, fixed by shapes and absolute positions: the same bits for one row or many, for any batch,
// chunking or thread count. One thread drives a backend.

package import Tensors

/// How activations and caches are rounded.
package enum Precision: String, Sendable, CaseIterable {
  /// Activations and caches in 32 bits, weights decoded.
  case exact
  /// Activations rounded to 8 bits per block for quantized weights, caches in 16 bits.
  case fast

  /// The element type of attention caches.
  package var cacheType: DataType { self == .exact ? .f32 : .f16 }
}

/// Which two elements of a head turn together under RoPE.
package enum RotaryPairing: Sendable {
  /// `x[2 i]` with `x[2 i + 1]`.
  case neighbors
  /// `x[i]` with `x[i + size / 2]`.
  case halves
}

/// A weight with what it adds and where its product goes.
package struct Projection {
  /// The matrix, `[outputs, inputs]`.
  package var weight: Weight
  /// A bias of one row of outputs.
  package var bias: DeviceTensor?
  /// The rows of outputs.
  package var output: DeviceTensor

  /// Creates a projection.
  package init(weight: Weight, bias: DeviceTensor? = nil, output: DeviceTensor) {
    self.weight = weight
    self.bias = bias
    self.output = output
  }
}

/// A device with its memory and its kernels.
package protocol Backend: IndexedOperations {
  /// The name of the device and its instruction set.
  var name: String { get }
  /// How activations and caches are rounded.
  var precision: Precision { get }

  // MARK: Memory

  /// Makes zeroed rows of activations.
  func makeTensor(rows: Int, columns: Int) throws(ComputeError) -> DeviceTensor

  /// Makes the keys and values of one sequence, in the element type of the precision.
  func makeStore(shape: KeyValueShape, capacity: Int) throws(ComputeError) -> KeyValueStore

  /// Makes a stored matrix ready for the kernels.
  func prepare(_ view: TensorView, for use: WeightUse) throws(ComputeError) -> Weight

  /// Writes floats to consecutive rows.
  ///
  /// - Precondition: `values` fill whole rows that lie inside the tensor.
  func write(_ values: [Float], to tensor: DeviceTensor, row: Int)

  /// Reads consecutive rows; the array keeps its memory if it has the right count already.
  func read(_ tensor: DeviceTensor, rows: Range<Int>, into values: inout [Float])

  /// Copies rows by index: row `i` of the target is row `indices[i]` of the source.
  ///
  /// Source and target may be one tensor where the indices ascend.
  func copyRows(_ indices: [Int], of source: DeviceTensor, into target: DeviceTensor)

  /// Makes a store that begins with the first positions of another.
  ///
  /// - Parameter borrows: Whether positions may stay in the other store's memory. It must then write to none of
  ///   them while `isLent`.
  func fork(
    _ store: KeyValueStore, positions: Int, capacity: Int, borrows: Bool
  ) throws(ComputeError) -> KeyValueStore

  // MARK: Primitives

  /// Looks up rows of a table prepared for `.lookup`, in 32 bits.
  func embed(_ ids: [Int], from table: Weight, into output: DeviceTensor)

  /// Divides by the root mean square of every `weight.columns` elements and scales them.
  ///
  /// A row may hold several such groups, as heads do. Input and output may be the same.
  func normalize(
    _ input: DeviceTensor, rows: Int, weight: DeviceTensor, epsilon: Float,
    into output: DeviceTensor)

  /// Multiplies rows of inputs by one weight.
  func multiply(_ input: DeviceTensor, rows: Int, by projection: Projection)

  /// Multiplies one row of inputs by some rows of a weight, as for the tokens that a mask allows.
  ///
  /// - Parameter ids: The rows of the weight, ascending.
  /// - Parameter values: Receives one product per id, the same bits that `multiply` gives.
  func multiply(
    row: Int, of input: DeviceTensor, byRows ids: [Int32], of weight: Weight,
    into values: inout [Float])

  /// Writes cosines and sines of the rows' angles: `[cos; n / 2]` then `[sin; n / 2]`.
  ///
  /// The angle of pair `i` at position `p` is the float product `p * frequencies[i]`.
  ///
  /// - Parameter frequencies: One row of `n / 2` floats.
  /// - Parameter magnitude: A factor of both, 1 without YaRN.
  /// - Parameter table: Rows of `n` elements.
  func fillRotation(
    _ table: DeviceTensor, frequencies: DeviceTensor, magnitude: Float, sequences: [SequenceRows])

  /// Rotates pairs of elements of every head in place by the angles of a table.
  ///
  /// - Parameter headSize: The elements of a head.
  /// - Parameter offset: The first element of a head that turns; as many turn as a table row has.
  func rotate(
    _ heads: DeviceTensor, rows: Int, headSize: Int, offset: Int, by table: DeviceTensor,
    pairing: RotaryPairing)

  /// Stores keys and values of new rows at their positions.
  ///
  /// - Parameter keys: Rows of `heads * keySize` elements.
  /// - Parameter values: Rows of `heads * valueSize` elements.
  func store(
    keys: DeviceTensor, values: DeviceTensor, layer: Int, sequences: [SequenceRows])

  /// Attends causally from every row to the positions up to its own.
  ///
  /// Consecutive query heads share a key head. Keys are taken in blocks of 256 positions from
  /// position zero, joined left to right by the online softmax.
  ///
  /// - Parameter queries: Rows of `queryHeads * keySize` elements.
  /// - Parameter scale: The factor of every score, usually one over the root of `keySize`.
  /// - Parameter output: Rows of `queryHeads * valueSize` elements.
  func attend(
    _ queries: DeviceTensor, queryHeads: Int, scale: Float, layer: Int,
    sequences: [SequenceRows], into output: DeviceTensor)

  /// Multiplies `up` by the SiLU of `gate`; the output may be either.
  func swiGLU(gate: DeviceTensor, up: DeviceTensor, rows: Int, into output: DeviceTensor)

  /// Adds rows to a residual stream.
  func add(_ input: DeviceTensor, rows: Int, to residual: DeviceTensor)

  /// The threads of the backend, for work beside its operations; nil where it has none.
  var threadPool: ThreadPool? { get }

  /// Multiplies the first rows of inputs by some rows of a weight.
  ///
  /// - Parameter ids: The rows of the weight, ascending.
  /// - Parameter values: Receives the products row by row, the same bits that `multiply` gives.
  func multiply(
    _ input: DeviceTensor, rows: Int, byRows ids: [Int32], of weight: Weight,
    into values: inout [Float])

  // MARK: Fused operations, written in primitives by default

  /// Multiplies the same rows of inputs by several weights.
  func multiply(_ input: DeviceTensor, rows: Int, by projections: [Projection])

  /// Multiplies `up` by the SiLU of `gate`, and a weight by the products; `gate` may be overwritten.
  func multiply(
    gate: DeviceTensor, up: DeviceTensor, rows: Int, by projection: Projection)

  /// Adds rows to a residual stream and normalizes the sums.
  func addThenNormalize(
    _ input: DeviceTensor, rows: Int, to residual: DeviceTensor, weight: DeviceTensor,
    epsilon: Float, into output: DeviceTensor)
}
