// Weighted sums, pooling, scores and attention over rows that indices name.
//
// SAFETY: see CPUBackend.swift; indices are checked here, the kernels trust them.

import CKernels
import Tensors

extension CPUBackend {
  package func mix(
    _ source: DeviceTensor, _ terms: RowTerms, into output: DeviceTensor, adding: Bool
  ) {
    precondition(
      source !== output && source.columns == output.columns && terms.rowCount <= output.rows
        && terms.weights.count == terms.rows.count, "sums have one shape")
    for row in terms.rows {
      precondition(row >= 0 && Int(row) < source.rows, "a term's row lies in its tensor")
    }
    unsafe terms.rows.withUnsafeBufferPointer { rows in
      unsafe terms.weights.withUnsafeBufferPointer { weights in
        guard let rows = rows.baseAddress, let weights = weights.baseAddress else { return }
        let job = unsafe ck_mix_job(
          columns: Int64(source.columns), terms: Int64(terms.termsPerRow),
          source: floats(source), rows: rows, weights: weights, output: floats(output),
          adding: adding)
        unsafe withUnsafePointer(to: job) { job in
          pool.run(items: terms.rowCount) { unsafe kernels.mix(job, Int64($0), Int64($1)) }
        }
      }
    }
  }

  package func copyColumns(
    _ columns: Range<Int>, ofRows sources: [Int], of source: DeviceTensor, toRows targets: [Int],
    of target: DeviceTensor, at column: Int
  ) {
    precondition(
      columns.lowerBound >= 0 && columns.upperBound <= source.columns && column >= 0
        && column + columns.count <= target.columns && sources.count == targets.count,
      "copied columns lie in their rows")
    for (from, to) in zip(sources, targets) {
      precondition(
        from >= 0 && from < source.rows && to >= 0 && to < target.rows,
        "a copied row lies in its tensor")
      unsafe (floats(target) + to * target.columns + column).update(
        from: floats(source) + from * source.columns + columns.lowerBound, count: columns.count)
    }
  }

  package func clamp(_ tensor: DeviceTensor, rows: Int, in range: ClosedRange<Float>) {
    precondition(rows <= tensor.rows, "clamped rows lie in the tensor")
    let job = unsafe ck_clamp_job(
      columns: Int64(tensor.columns), values: floats(tensor), low: range.lowerBound,
      high: range.upperBound)
    unsafe withUnsafePointer(to: job) { job in
      pool.run(items: rows) { unsafe kernels.clamp(job, Int64($0), Int64($1)) }
    }
  }

  package func fillRotation(
    _ table: DeviceTensor, frequencies: DeviceTensor, magnitude: Float, positions: [Int]
  ) {
    let pairs = frequencies.columns
    precondition(
      table.columns == 2 * pairs && positions.count <= table.rows, "angles lie in their table")
    for (row, position) in positions.enumerated() {
      unsafe ck_angles(
        floats(frequencies), Int64(pairs), Int64(position), magnitude,
        floats(table) + row * table.columns)
    }
  }

  // MARK: Stores

  package func makeRowStore(rows: Int, columns: Int) throws(ComputeError) -> RowStore {
    precondition(columns <= Int(CK_MAX_ROW), "a stored row fits the kernels")
    let memory = try HostMemory(byteCount: rows * columns * elementBytes, isFilledWhole: false)
    return unsafe RowStore(
      rows: rows, columns: columns, type: precision.cacheType, device: 0,
      address: memory.address, owner: memory)
  }

  package func store(
    _ sources: [Int], of source: DeviceTensor, at targets: [Int], of store: RowStore
  ) {
    precondition(
      source.columns == store.columns && sources.count == targets.count,
      "stored rows have one length")
    for (from, to) in zip(sources, targets) {
      precondition(
        from >= 0 && from < source.rows && to >= 0 && to < store.rows,
        "a stored row lies in its store")
    }
    let from = sources.map { Int64($0) }
    let to = targets.map { Int64($0) }
    unsafe from.withUnsafeBufferPointer { from in
      unsafe to.withUnsafeBufferPointer { to in
        guard let from = from.baseAddress, let to = to.baseAddress else { return }
        let job = unsafe ck_store_rows_job(
          columns: Int64(store.columns), half: store.type == .f16, source: floats(source),
          sources: from, targets: to, store: store.address)
        unsafe withUnsafePointer(to: job) { job in
          pool.run(items: sources.count) { unsafe kernels.storeRows(job, Int64($0), Int64($1)) }
        }
      }
    }
  }

  package func bytes(of store: RowStore, rows: Range<Int>) -> [UInt8] {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= store.rows, "rows lie in their store")
    return unsafe [UInt8](
      UnsafeRawBufferPointer(
        start: store.address + rows.lowerBound * store.rowBytes,
        count: rows.count * store.rowBytes))
  }

  package func setBytes(_ bytes: [UInt8], of store: RowStore, row: Int) {
    precondition(
      row >= 0 && bytes.count % store.rowBytes == 0
        && row + bytes.count / store.rowBytes <= store.rows, "rows lie in their store")
    unsafe bytes.withUnsafeBytes { source in
      guard let first = source.baseAddress else { return }
      unsafe (store.address + row * store.rowBytes).copyMemory(
        from: first, byteCount: source.count)
    }
  }

  // MARK: Compression

  package func pool(
    _ values: DeviceTensor, gates: DeviceTensor, windows: [[PoolSlot]], into output: DeviceTensor
  ) {
    precondition(
      values.columns == gates.columns && values.rows == gates.rows
        && windows.count <= output.rows, "values and gates have one shape")
    var starts: [Int64] = [0]
    var slots: [Int64] = []
    for window in windows {
      precondition(!window.isEmpty, "a window has a slot")
      for slot in window {
        precondition(
          slot.row >= 0 && Int(slot.row) < values.rows && slot.column >= 0
            && Int(slot.column) + output.columns <= values.columns, "a slot lies in its row")
        slots.append(Int64(slot.row) * Int64(values.columns) + Int64(slot.column))
      }
      starts.append(Int64(slots.count))
    }
    unsafe starts.withUnsafeBufferPointer { starts in
      unsafe slots.withUnsafeBufferPointer { slots in
        guard let starts = starts.baseAddress, let slots = slots.baseAddress else { return }
        let job = unsafe ck_pool_job(
          columns: Int64(output.columns), values: floats(values), gates: floats(gates),
          starts: starts, slots: slots, output: floats(output))
        unsafe withUnsafePointer(to: job) { job in
          pool.run(items: windows.count) { unsafe kernels.pool(job, Int64($0), Int64($1)) }
        }
      }
    }
  }

  package func score(
    _ queries: DeviceTensor, weights: DeviceTensor, scale: Float, _ rows: [ScoredRow],
    into scores: DeviceTensor
  ) {
    let heads = weights.columns
    let size = queries.columns / heads
    precondition(
      queries.columns == heads * size && size <= Int(CK_MAX_ROW) && rows.count <= scores.rows,
      "scores have a row each")
    var places: [ck_scored_row] = unsafe []
    var items = 0
    for row in rows {
      precondition(
        row.query >= 0 && row.query < queries.rows && row.query < weights.rows
          && row.keys.columns == size && row.keys.type == precision.cacheType && row.count >= 0
          && row.count <= row.keys.rows && row.count <= scores.columns, "scored keys lie in a store"
      )
      unsafe places.append(
        ck_scored_row(
          query: Int64(row.query), count: Int64(row.count), first_item: Int64(items),
          keys: row.keys.address))
      items += (row.count + Int(CK_SCORE_BLOCK) - 1) / Int(CK_SCORE_BLOCK)
    }
    if precision == .fast {
      scoreRounded(queries, weights: weights, scale: scale, rows, into: scores)
      return
    }
    unsafe places.withUnsafeBufferPointer { list in
      guard let first = list.baseAddress else { return }
      let job = unsafe ck_score_job(
        columns: Int64(size), heads: Int64(heads), row_count: Int64(list.count),
        stride: Int64(scores.columns), scale: scale, half: precision.cacheType == .f16,
        queries: floats(queries), weights: floats(weights), rows: first, scores: floats(scores))
      unsafe withUnsafePointer(to: job) { job in
        pool.run(items: items) { unsafe kernels.scoreRows(job, Int64($0), Int64($1)) }
      }
    }
  }

  // MARK: Attention

  package func attend(
    _ queries: DeviceTensor, heads: Int, scale: Float, sinks: DeviceTensor,
    to selections: [RowSelection], into output: DeviceTensor
  ) {
    let size = queries.columns / heads
    precondition(
      queries.columns == heads * size && output.columns == queries.columns
        && sinks.columns == heads && size <= Int(CK_MAX_ROW), "heads have the length of rows")
    // All lists lie behind one another, so that one address serves them all.
    var rows: [Int32] = []
    rows.reserveCapacity(selections.reduce(0) { $0 + $1.nearRows.count + $1.farRows.count })
    for selection in selections {
      for (store, list) in [
        (selection.near, selection.nearRows), (selection.far ?? selection.near, selection.farRows),
      ] {
        precondition(
          store.columns == size && store.type == precision.cacheType,
          "attended rows have the length of a head")
        for row in list {
          precondition(row >= 0 && Int(row) < store.rows, "an attended row lies in its store")
        }
        rows += list
      }
      precondition(
        selection.query >= 0 && selection.query < queries.rows && selection.query < output.rows,
        "a query lies in its tensor")
    }
    unsafe rows.withUnsafeBufferPointer { rows in
      var first = 0
      var places: [ck_selection] = unsafe []
      for selection in selections {
        let near = unsafe rows.baseAddress.map { unsafe $0 + first }
        let far = unsafe near.map { unsafe $0 + selection.nearRows.count }
        first += selection.nearRows.count + selection.farRows.count
        unsafe places.append(
          ck_selection(
            query: Int64(selection.query), near_count: Int64(selection.nearRows.count),
            far_count: Int64(selection.farRows.count), near: selection.near.address,
            far: selection.far?.address, near_rows: near, far_rows: far))
      }
      unsafe places.withUnsafeBufferPointer { list in
        guard let first = list.baseAddress else { return }
        let job = unsafe ck_attend_rows_job(
          columns: Int64(size), heads: Int64(heads), scale: scale,
          half: precision.cacheType == .f16, queries: floats(queries), sinks: floats(sinks),
          selections: first, output: floats(output))
        unsafe withUnsafePointer(to: job) { job in
          pool.run(items: list.count * ((heads + 15) / 16)) {
            unsafe kernels.attendRows(job, Int64($0), Int64($1))
          }
        }
      }
    }
  }
}
