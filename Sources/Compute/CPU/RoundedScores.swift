// Scores of keys in fast precision: queries and keys are rounded to 8 bits, their products are exact.
//
// SAFETY: see CPUBackend.swift; shapes were checked by the caller.

import CKernels

extension CPUBackend {
  /// Rows of scores that see the same keys.
  private struct Company {
    let keys: RowStore
    var lines: [Int64] = []
    var counts: [Int64] = []
  }

  /// Scores keys of 16 bits; the shapes are those of `score`.
  func scoreRounded(
    _ queries: DeviceTensor, weights: DeviceTensor, scale: Float, _ rows: [ScoredRow],
    into scores: DeviceTensor
  ) {
    let heads = weights.columns
    let size = queries.columns / heads
    let lanes = (heads + 15) / 16 * 16
    let codeBytes = rows.count * lanes * ((size + 3) / 4) * 4
    guard let memory = grown(gathered, to: codeBytes + rows.count * lanes * 4) else {
      preconditionFailure("memory for rounded queries is not to be had")
    }
    gathered = memory
    let codes = unsafe memory.address.assumingMemoryBound(to: UInt8.self)
    let factors = unsafe (memory.address + codeBytes).assumingMemoryBound(to: Float.self)
    let places = rows.map { Int64($0.query) }
    unsafe places.withUnsafeBufferPointer { list in
      guard let list = list.baseAddress else { return }
      let job = unsafe ck_round_queries_job(
        columns: Int64(size), heads: Int64(heads), scale: scale, queries: floats(queries),
        weights: floats(weights), rows: list, codes: codes, factors: factors)
      unsafe withUnsafePointer(to: job) { job in
        pool.run(items: rows.count) { unsafe kernels.roundQueries(job, Int64($0), Int64($1)) }
      }
    }
    for company in Self.companies(rows) {
      let keyCount = company.counts.max() ?? 0
      let items = (Int(keyCount) + Int(CK_ROUNDED_KEYS) - 1) / Int(CK_ROUNDED_KEYS)
      unsafe company.lines.withUnsafeBufferPointer { lines in
        unsafe company.counts.withUnsafeBufferPointer { counts in
          guard let first = lines.baseAddress, let counts = counts.baseAddress else { return }
          let job = unsafe ck_rounded_scores_job(
            columns: Int64(size), heads: Int64(heads), line_count: Int64(lines.count),
            stride: Int64(scores.columns), key_count: keyCount, keys: company.keys.address,
            lines: first, counts: counts, codes: codes, factors: factors, scores: floats(scores))
          unsafe withUnsafePointer(to: job) { job in
            pool.run(items: items) { unsafe kernels.roundedScores(job, Int64($0), Int64($1)) }
          }
        }
      }
    }
  }

  /// Groups rows by the store of their keys.
  private static func companies(_ rows: [ScoredRow]) -> [Company] {
    var companies: [Company] = []
    for (line, row) in rows.enumerated() where row.count > 0 {
      if companies.last?.keys !== row.keys { companies.append(Company(keys: row.keys)) }
      companies[companies.count - 1].lines.append(Int64(line))
      companies[companies.count - 1].counts.append(Int64(row.count))
    }
    return companies
  }
}
