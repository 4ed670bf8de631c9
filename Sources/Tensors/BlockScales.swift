// Factors of a matrix that lie in a tensor of their own, one per tile.

/// The factors of a stored matrix, one for every tile of rows and columns.
package struct BlockScales: Sendable {
  /// The memory that holds the factors.
  package let owner: any ByteOwner
  /// The place of the factors in `owner`, `[tiles of rows, tiles of columns]`.
  package let range: Range<Int>
  /// The type of the factors, `.e8m0` or `.f32`.
  package let type: DataType
  /// The rows and columns that share a factor; edge tiles may be smaller.
  package let tileRows: Int
  package let tileColumns: Int
  /// The tiles side by side.
  package let columnCount: Int
  /// The row of the factors' matrix that is row zero of the view.
  package let firstRow: Int

  /// Describes factors.
  ///
  /// - Precondition: `range` lies inside `owner` and holds whole rows of factors.
  package init(
    owner: any ByteOwner, range: Range<Int>, type: DataType, tileRows: Int, tileColumns: Int,
    columnCount: Int, firstRow: Int
  ) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= owner.byteCount && columnCount > 0
        && range.count % (columnCount * type.blockBytes) == 0, "factors lie inside their memory")
    self.owner = owner
    self.range = range
    self.type = type
    self.tileRows = tileRows
    self.tileColumns = tileColumns
    self.columnCount = columnCount
    self.firstRow = firstRow
  }

  /// Returns the factors of a view that begins at a later row.
  func dropping(rows: Int) -> BlockScales {
    BlockScales(
      owner: owner, range: range, type: type, tileRows: tileRows, tileColumns: tileColumns,
      columnCount: columnCount, firstRow: firstRow + rows)
  }

  /// Multiplies one row's values by their factors.
  func apply(to values: inout MutableSpan<Float>, row: Int) {
    let tile = (firstRow + row) / tileRows * columnCount
    owner.withSpan { bytes in
      for column in values.indices {
        let place = range.lowerBound + (tile + column / tileColumns) * type.blockBytes
        values[column] *=
          type == .e8m0
          ? SmallFloats.e8m0(bytes[place]) : Float(bitPattern: bytes.uint32(at: place))
      }
    }
  }
}
