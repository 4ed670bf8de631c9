// Read-only views of tensors inside memory that someone else owns, usually a mapped file.

/// The dimensions of a tensor, outermost first: a matrix is `[rows, columns]`.
package struct Shape: Hashable, Sendable, CustomStringConvertible {
  /// The extents, outermost first.
  package let dimensions: [Int]

  /// Creates a shape.
  package init(_ dimensions: [Int]) { self.dimensions = dimensions }

  /// The number of elements.
  ///
  /// - Precondition: The product fits; checkpoint readers check it before they make a shape.
  package var elementCount: Int { dimensions.reduce(1, *) }

  /// The innermost extent, 1 for a scalar.
  package var columns: Int { dimensions.last ?? 1 }

  /// The product of all other extents.
  package var rows: Int { dimensions.dropLast().reduce(1, *) }

  package var description: String {
    "[" + dimensions.map(String.init).joined(separator: ", ") + "]"
  }
}

/// Memory that outlives every view of it.
package protocol ByteOwner: AnyObject, Sendable {
  /// The number of bytes owned.
  var byteCount: Int { get }
  /// Lends the bytes for the duration of a call.
  func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R
  /// Hears that a part will not be read for long, so that its memory may serve others.
  func release(_ range: Range<Int>)
}

extension ByteOwner {
  /// Keeps everything: memory that could not be filled again must stay.
  package func release(_ range: Range<Int>) {}

  /// Lends the bytes as a span, for code without unsafe expressions.
  package func withSpan<R>(_ body: (Span<UInt8>) -> R) -> R {
    unsafe withBytes { bytes in
      // SAFETY: the span lives no longer than the call that lends the bytes.
      unsafe body(bytes.bindMemory(to: UInt8.self).span)
    }
  }
}

/// Bytes in an array that views can share.
package final class OwnedBytes: ByteOwner {
  private let bytes: [UInt8]

  /// Takes over bytes.
  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package var byteCount: Int { bytes.count }

  package func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    // SAFETY: the array is immutable and lives as long as its owner.
    unsafe bytes.withUnsafeBytes { unsafe body($0) }
  }
}

/// The factors of a stored matrix, one for every tile of rows and columns.
package struct BlockScales: Sendable {
  /// The memory that holds the factors.
  package let owner: any ByteOwner
  /// The place of the factors in `owner`, `[tiles of rows, tiles of columns]`.
  package let range: Range<Int>
  /// The type of the factors, `.e8m0` or `.f32`.
  package let type: DataType
  /// The rows that share a factor; tiles at the edge may be smaller.
  package let tileRows: Int
  /// The columns that share a factor.
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

/// A named tensor's bytes inside shared memory; copying a view copies no data.
package struct TensorView: Sendable {
  /// The name in its checkpoint.
  package let name: String
  /// The dimensions, outermost first.
  package let shape: Shape
  /// The storage type.
  package let type: DataType
  /// The memory that holds the bytes.
  package let owner: any ByteOwner
  /// The place of the bytes in `owner`.
  package let range: Range<Int>
  /// The factors of the elements, for types that keep them in a tensor of their own.
  package let scales: BlockScales?

  /// Creates a view.
  ///
  /// - Precondition: `range` lies inside `owner` and has the size that shape and type ask for.
  package init(
    name: String, shape: Shape, type: DataType, owner: any ByteOwner, range: Range<Int>,
    scales: BlockScales? = nil
  ) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= owner.byteCount,
      "a tensor lies inside its memory")
    precondition(
      range.count == shape.elementCount / type.blockElements * type.blockBytes,
      "a tensor's bytes match its shape")
    self.name = name
    self.shape = shape
    self.type = type
    self.owner = owner
    self.range = range
    self.scales = scales
  }

  /// The number of bytes of one row of whole blocks.
  package var rowBytes: Int { shape.columns / type.blockElements * type.blockBytes }

  /// Returns some rows of the tensor, all its outer dimensions being taken as one.
  ///
  /// - Precondition: The rows lie in the tensor.
  package func rows(_ rows: Range<Int>) -> TensorView {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= shape.rows, "some rows lie in their tensor")
    let start = range.lowerBound
    return TensorView(
      name: name, shape: Shape([rows.count, shape.columns]), type: type, owner: owner,
      range: start + rows.lowerBound * rowBytes..<start + rows.upperBound * rowBytes,
      scales: scales?.dropping(rows: rows.lowerBound))
  }

  /// Returns the tensor with other dimensions of the same row length or of whole elements.
  ///
  /// - Precondition: The number of elements is the same, and no factors lie elsewhere.
  package func reshaped(_ shape: Shape) -> TensorView {
    precondition(scales == nil, "factors belong to rows")
    return TensorView(name: name, shape: shape, type: type, owner: owner, range: range)
  }

  /// Lends the tensor's bytes for the duration of a call.
  package func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    unsafe owner.withBytes { all in
      // SAFETY: the initializer checked that the range lies inside the owner.
      unsafe body(UnsafeRawBufferPointer(rebasing: all[range]))
    }
  }
  /// Lends the tensor's bytes as a span, for code without unsafe expressions.
  package func withSpan<R>(_ body: (Span<UInt8>) -> R) -> R {
    owner.withSpan { body($0.extracting(range)) }
  }

  /// Returns the tensor's elements as integers, nil if its type holds something else.
  package func integers() -> [Int64]? {
    let size: Int
    switch type {
    case .i8, .i16, .i32, .i64: size = type.blockBytes
    default: return nil
    }
    return withSpan { bytes in
      (0..<shape.elementCount).map { index in
        var bits: UInt64 = 0
        for byte in 0..<size { bits |= UInt64(bytes[index * size + byte]) << UInt64(8 * byte) }
        let unused = UInt64(64 - 8 * size)
        return Int64(bitPattern: bits << unused) >> unused
      }
    }
  }

  /// Converts one row to floats.
  ///
  /// - Precondition: The type holds weights, and `values` has the length of a row.
  package func decodeRow(_ row: Int, into values: inout MutableSpan<Float>) {
    guard let format = type.decoder else { preconditionFailure("a decoded row holds weights") }
    let bytes = rowBytes
    let start = range.lowerBound + row * bytes
    precondition(row >= 0 && row < shape.rows, "a row lies in its tensor")
    owner.withSpan { format.decode($0.extracting(start..<start + bytes), into: &values) }
    scales?.apply(to: &values, row: row)
  }

  /// Returns the tensor's elements as floats, nil if its type holds no weights.
  package func decoded() -> [Float]? {
    guard let format = type.decoder else { return nil }
    guard scales != nil else {
      return withSpan { bytes in
        var values = [Float](repeating: 0, count: shape.elementCount)
        var span = values.mutableSpan
        format.decode(bytes, into: &span)
        return values
      }
    }
    var values: [Float] = []
    values.reserveCapacity(shape.elementCount)
    var line = [Float](repeating: 0, count: shape.columns)
    for row in 0..<shape.rows {
      var span = line.mutableSpan
      decodeRow(row, into: &span)
      values += line
    }
    return values
  }
}
