// Which entries of a sparse layer a token attends to: those whose keys many small heads like best.
//
//   I[e] = sum over heads of v[h] * max(0, q[h] . K[e])      v may be negative
//
// The entries with the greatest scores are picked, equal ones by the lower index. While no more are
// visible than may be picked, all are, and nothing is scored.

import Compute

/// The weights of one layer's indexer.
struct LightningIndexer {
  let compressor: Compressor
  let queries: Weight
  let headWeights: Weight

  /// Picks entries for the rows of a round's part.
  ///
  /// - Returns: Ascending entries for each row; `scored` receives scores, for tests only.
  func picks(
    _ part: RoundPart, _ store: CompressorStore, _ space: CompressedSpace,
    _ model: DeepSeekV4Configuration, on backend: any Backend
  ) -> [[Int32]] {
    let counts = part.positions.map { ($0 + 1) / compressor.ratio }
    var picks = counts.map { count in (0..<Int32(count)).map { $0 } }
    let scored = counts.indices.filter { counts[$0] > model.indexPickCount }
    guard !scored.isEmpty else { return picks }
    backend.score(
      space.indexQueries, weights: space.indexWeights, scale: Self.scale(model),
      scored.map { ScoredRow(query: part.rows[$0], keys: store.entries, count: counts[$0]) },
      into: space.scores)
    var values: [Float] = []
    for (line, index) in scored.enumerated() {
      backend.read(space.scores, rows: line..<line + 1, into: &values)
      picks[index] = Self.greatest(values[..<counts[index]], count: model.indexPickCount)
    }
    return picks
  }

  /// The factor of every head's weight.
  static func scale(_ model: DeepSeekV4Configuration) -> Float {
    1 / (Float(model.indexHeadSize).squareRoot() * Float(model.indexHeadCount).squareRoot())
  }

  /// Returns the places of the greatest values in ascending order, equal ones by the lower place.
  static func greatest(_ values: ArraySlice<Float>, count: Int) -> [Int32] {
    // A heap whose root is the least of the best.
    var heap: [(value: Float, place: Int32)] = []
    heap.reserveCapacity(count)
    func isWorse(_ a: (value: Float, place: Int32), _ b: (value: Float, place: Int32)) -> Bool {
      a.value < b.value || (a.value == b.value && a.place > b.place)
    }
    func sink(from start: Int) {
      var parent = start
      while true {
        var worst = parent
        for child in [2 * parent + 1, 2 * parent + 2]
        where child < heap.count && isWorse(heap[child], heap[worst]) {
          worst = child
        }
        if worst == parent { return }
        heap.swapAt(parent, worst)
        parent = worst
      }
    }
    for (place, value) in values.enumerated() {
      let item = (value: value, place: Int32(place))
      if heap.count < count {
        heap.append(item)
        if heap.count == count { for parent in (0..<count / 2).reversed() { sink(from: parent) } }
      } else if isWorse(heap[0], item) {
        heap[0] = item
        sink(from: 0)
      }
    }
    return heap.map(\.place).sorted()
  }
}
