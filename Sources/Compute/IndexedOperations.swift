// Operations on rows that indices name: the tokens of an expert, the streams of hyper-connections,
// the entries of a compressed cache. Indices and small weights come from the host, since routing
// and top-k are decided there.
//
// As elsewhere in a backend, every output element has one reduction tree: terms, slots and rows are
// taken in the order in which they are listed.

import Tensors

/// Some rows of inputs times one weight, as the tokens of one expert.
package struct GatheredProduct {
  /// The matrix, `[outputs, inputs]`.
  package var weight: Weight
  /// The rows of inputs, in the order of their outputs.
  package var rows: [Int]
  /// The rows of outputs.
  package var output: DeviceTensor
  /// The row of outputs for the first of `rows`; the others follow it.
  package var firstOutput: Int

  /// Creates a product.
  package init(weight: Weight, rows: [Int], output: DeviceTensor, firstOutput: Int) {
    self.weight = weight
    self.rows = rows
    self.output = output
    self.firstOutput = firstOutput
  }
}

/// Which rows a weighted sum takes, the same number for every output row.
package struct RowTerms {
  /// The number of terms of one output row.
  package var termsPerRow: Int
  /// The source rows, output row by output row.
  package var rows: [Int32]
  /// The factors, beside `rows`.
  package var weights: [Float]

  /// Creates terms without any row.
  package init(termsPerRow: Int) {
    self.termsPerRow = termsPerRow
    rows = []
    weights = []
  }

  /// The number of output rows.
  package var rowCount: Int { rows.count / termsPerRow }

  /// Appends the next term.
  package mutating func append(row: Int, weight: Float) {
    rows.append(Int32(row))
    weights.append(weight)
  }
}

/// A part of a row that takes part in a pooled window.
package struct PoolSlot: Equatable, Sendable {
  /// The row of values and gates.
  package var row: Int32
  /// The first column.
  package var column: Int32

  /// Creates a slot.
  package init(row: Int, column: Int) {
    self.row = Int32(row)
    self.column = Int32(column)
  }
}

/// What one row of queries attends to: some rows of one store, then some of another.
package struct RowSelection {
  /// The row of queries and of outputs.
  package var query: Int
  /// The store of the first rows.
  package var near: RowStore
  /// The first rows, in the order of their sum.
  package var nearRows: [Int32]
  /// The store of the other rows.
  package var far: RowStore?
  /// The other rows.
  package var farRows: [Int32]

  /// Creates a selection.
  package init(
    query: Int, near: RowStore, nearRows: [Int32], far: RowStore? = nil, farRows: [Int32] = []
  ) {
    self.query = query
    self.near = near
    self.nearRows = nearRows
    self.far = far
    self.farRows = farRows
  }
}

/// A row of queries whose scores against the first keys of a store are wanted.
package struct ScoredRow {
  /// The row of queries and of weights.
  package var query: Int
  /// The keys.
  package var keys: RowStore
  /// The number of keys, counted from the first.
  package var count: Int

  /// Creates a row.
  package init(query: Int, keys: RowStore, count: Int) {
    self.query = query
    self.keys = keys
    self.count = count
  }
}

/// What a backend does with rows that indices name.
package protocol IndexedOperations: AnyObject {
  /// Multiplies gathered rows of inputs by several weights, each of which is read once.
  func multiply(_ input: DeviceTensor, gathered products: [GatheredProduct])

  /// Writes weighted sums of rows to the first rows of a tensor, or adds them to those.
  ///
  /// - Precondition: The output is not the source.
  func mix(_ source: DeviceTensor, _ terms: RowTerms, into output: DeviceTensor, adding: Bool)

  /// Copies columns of rows from some places to others.
  ///
  /// - Parameter column: The first column of the targets.
  func copyColumns(
    _ columns: Range<Int>, ofRows sources: [Int], of source: DeviceTensor, toRows targets: [Int],
    of target: DeviceTensor, at column: Int)

  /// Keeps all elements of the first rows between two bounds.
  func clamp(_ tensor: DeviceTensor, rows: Int, in range: ClosedRange<Float>)

  /// Writes cosines and sines of the angles of some positions, one row each.
  ///
  /// - SeeAlso: `Backend.fillRotation(_:frequencies:magnitude:sequences:)`.
  func fillRotation(
    _ table: DeviceTensor, frequencies: DeviceTensor, magnitude: Float, positions: [Int])

  /// Makes zeroed rows in the element type of the precision.
  func makeRowStore(rows: Int, columns: Int) throws(ComputeError) -> RowStore

  /// Rounds rows to the element type of a store and puts them there.
  func store(_ sources: [Int], of source: DeviceTensor, at targets: [Int], of store: RowStore)

  /// Returns the bytes of consecutive rows of a store, little-endian.
  func bytes(of store: RowStore, rows: Range<Int>) -> [UInt8]

  /// Fills consecutive rows of a store with bytes that `bytes(of:rows:)` gave.
  func setBytes(_ bytes: [UInt8], of store: RowStore, row: Int)

  /// Returns the bytes that positions of one head take in a cache.
  func byteCount(of store: KeyValueStore, positions: Int) -> Int

  /// Returns the keys and values of the first positions of one head, in the backend's own layout.
  ///
  /// - Parameter head: Counted through all layers.
  func bytes(of store: KeyValueStore, head: Int, positions: Int) -> [UInt8]

  /// Fills the first positions of one head with bytes that `bytes(of:head:positions:)` gave.
  func setBytes(_ bytes: [UInt8], of store: KeyValueStore, head: Int, positions: Int)

  /// Writes one row per window: the mean of its slots' values under a softmax of their gates, for
  /// every column by itself.
  ///
  /// - Parameter windows: The slots of each window, at least one.
  func pool(
    _ values: DeviceTensor, gates: DeviceTensor, windows: [[PoolSlot]], into output: DeviceTensor)

  /// Scores keys: the sum over the heads of a weight times the positive part of query times key.
  ///
  /// - Parameter queries: Rows of `heads` vectors of the keys' length.
  /// - Parameter weights: Rows of `heads` factors, which `scale` multiplies.
  /// - Parameter scores: Row `i` receives the scores of `rows[i]`.
  func score(
    _ queries: DeviceTensor, weights: DeviceTensor, scale: Float, _ rows: [ScoredRow],
    into scores: DeviceTensor)

  /// Attends from heads of queries to selected rows, which are keys and values at once.
  ///
  /// - Parameter queries: Rows of `heads` vectors of the stores' length.
  /// - Parameter sinks: One logit per head that joins the softmax without a value.
  func attend(
    _ queries: DeviceTensor, heads: Int, scale: Float, sinks: DeviceTensor,
    to selections: [RowSelection], into output: DeviceTensor)
}

extension IndexedOperations {
  /// Copies rows from some places to others.
  package func copyRows(
    _ sources: [Int], of source: DeviceTensor, to targets: [Int], of target: DeviceTensor
  ) {
    copyColumns(
      0..<source.columns, ofRows: sources, of: source, toRows: targets, of: target, at: 0)
  }
}
