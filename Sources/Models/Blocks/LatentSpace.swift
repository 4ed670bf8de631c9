// The sizes of latent attention and the activations that it needs besides the common ones.

import Compute

/// The sizes of latent attention.
package struct LatentConfiguration: Equatable, Sendable {
  /// The elements between the two products of a query; zero if there is one product.
  package var queryRank: Int
  /// The elements of the latent vector, the value of the absorbed form.
  package var valueSize: Int
  /// The elements of a head's query that do not turn.
  package var plainSize: Int
  /// The elements of a head's query that turn.
  package var turningSize: Int
  /// The elements of a head's output.
  package var outputSize: Int
  /// The factor of every score.
  package var scale: Float
}

/// Activations of latent attention.
final class LatentSpace {
  let queryLatent: DeviceTensor
  /// Queries as the projection gives them: `[rows, heads * (plain + turning)]`.
  let queries: DeviceTensor
  /// Plain parts, one row per row and head.
  let plain: DeviceTensor
  /// Absorbed plain parts, head by head.
  let absorbed: DeviceTensor
  /// Outputs of the value products, head by head, and then in the order of the rows.
  let outputs: DeviceTensor
  let joined: DeviceTensor

  /// Makes room for a number of rows.
  init(
    rows: Int, for latent: LatentConfiguration, headCount: Int, backend: any Backend
  ) throws(ComputeError) {
    let heads = rows * headCount
    queryLatent = try backend.makeTensor(rows: rows, columns: max(1, latent.queryRank))
    queries = try backend.makeTensor(
      rows: rows, columns: headCount * (latent.plainSize + latent.turningSize))
    plain = try backend.makeTensor(rows: heads, columns: latent.plainSize)
    absorbed = try backend.makeTensor(rows: heads, columns: latent.valueSize)
    outputs = try backend.makeTensor(rows: heads, columns: latent.outputSize)
    joined = try backend.makeTensor(rows: rows, columns: headCount * latent.outputSize)
  }
}
