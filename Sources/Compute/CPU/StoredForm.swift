// Weights that stay in the form in which they are stored, usually in a mapped file.
//
// SAFETY: a form holds addresses inside memory that the weight's view keeps alive and that nobody
// changes; the ranges were checked when the view was made.

import CKernels
import Tensors

/// What a kernel needs to know of a stored matrix, at a fixed address.
@safe
final class StoredForm {
  let address: UnsafeMutablePointer<ck_stored>

  /// Describes a view whose owner outlives the form.
  init(_ view: TensorView, format: Int32) {
    unsafe address = .allocate(capacity: 1)
    let scales = view.scales
    unsafe address.initialize(
      to: ck_stored(
        format: format, rows: Int64(view.shape.rows), row_bytes: Int64(view.rowBytes),
        stored: Self.start(view.owner, view.range.lowerBound),
        scales: Self.scales(of: view, from: 0),
        scale_columns: Int64(scales?.columnCount ?? 0), tile_rows: Int64(scales?.tileRows ?? 1),
        tile_columns: Int64(scales?.tileColumns ?? 1), first_row: Int64(scales?.firstRow ?? 0),
        scales_are_floats: scales?.type == .f32))
  }

  deinit { unsafe address.deallocate() }

  /// Returns the address of the factors that belong to a row of tiles.
  ///
  /// - Parameter row: Counted in the matrix of factors, not from the view's first row.
  static func scales(of view: TensorView, from row: Int) -> UnsafePointer<UInt8>? {
    guard let scales = view.scales else { return nil }
    let skipped = row * scales.columnCount * scales.type.blockBytes
    return unsafe start(scales.owner, scales.range.lowerBound + skipped)
  }

  private static func start(_ owner: any ByteOwner, _ offset: Int) -> UnsafePointer<UInt8> {
    unsafe owner.withBytes { bytes in
      guard let first = bytes.baseAddress else {
        preconditionFailure("a stored weight has bytes")
      }
      return unsafe (first + offset).assumingMemoryBound(to: UInt8.self)
    }
  }
}
