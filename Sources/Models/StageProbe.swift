// A way for tests to see inside a forward pass, so that a wrong block can be named.

import Compute
import Tensors

/// Reports intermediate values by layer and stage.
package struct StageProbe {
  private let report: (Int, String, [Float]) -> Void
  /// The layer whose stages are reported; the number of layers stands for what follows them.
  var layer = 0

  /// Creates a probe.
  ///
  /// - Parameter report: Takes a layer, the name of a stage, and its values row by row.
  package init(report: @escaping (Int, String, [Float]) -> Void) {
    self.report = report
  }

  /// Reports the first rows of a tensor.
  func note(_ stage: String, _ tensor: DeviceTensor, rows: Int, on backend: any Backend) {
    var values: [Float] = []
    backend.read(tensor, rows: 0..<rows, into: &values)
    report(layer, stage, values)
  }

  /// Reports the first rows of a store.
  func note(_ stage: String, _ store: RowStore, rows: Int, on backend: any Backend) {
    guard let format = store.type.format else { return }
    report(layer, stage, format.decoded(backend.bytes(of: store, rows: 0..<rows)))
  }

  /// Reports values of the host.
  func note(_ stage: String, _ values: [Float]) { report(layer, stage, values) }
}
