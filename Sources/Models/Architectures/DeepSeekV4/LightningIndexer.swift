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
  /// - Returns: Ascending entries for each row.
  func picks(
    _ part: RoundPart, _ store: CompressorStore, _ space: CompressedSpace,
    _ model: DeepSeekV4Configuration, on backend: any Backend
  ) -> [[Int32]] {
    let counts = part.positions.map { ($0 + 1) / compressor.ratio }
    let scored = counts.indices.filter { counts[$0] > model.indexPickCount }
    var picks = counts.map { count in
      count > model.indexPickCount ? [] : (0..<Int32(count)).map { $0 }
    }
    guard !scored.isEmpty else { return picks }
    backend.score(
      space.indexQueries, weights: space.indexWeights, scale: Self.scale(model),
      scored.map { ScoredRow(query: part.rows[$0], keys: store.entries, count: counts[$0]) },
      into: space.scores)
    var values: [Float] = []
    for (line, index) in scored.enumerated() {
      backend.read(space.scores, rows: line..<line + 1, into: &values)
      picks[index] = Self.greatest(values, of: counts[index], count: model.indexPickCount)
    }
    return picks
  }

  /// The factor of every head's weight.
  static func scale(_ model: DeepSeekV4Configuration) -> Float {
    1 / (Float(model.indexHeadSize).squareRoot() * Float(model.indexHeadCount).squareRoot())
  }

  /// Returns the places of the greatest of the first values in ascending order, equal ones by the
  /// lower place.
  ///
  /// - Parameters:
  ///   - limit: How many values there are, more than `count`.
  ///   - count: How many places are wanted.
  static func greatest(_ values: [Float], of limit: Int, count: Int) -> [Int32] {
    var best = BestPlaces(values[..<count])
    var least = best.least
    // Of equal values the lower place stays, and places ascend.
    for place in count..<limit where values[place] > least {
      best.replaceLeast(by: values[place], at: Int32(place))
      least = best.least
    }
    return best.places.sorted()
  }
}

/// The greatest values so far, as a heap whose root is the least of them, of equal ones the last.
private struct BestPlaces {
  private var values: [Float]
  private(set) var places: [Int32]

  /// Takes the first values.
  init(_ first: ArraySlice<Float>) {
    values = Array(first)
    places = (0..<Int32(first.count)).map { $0 }
    for parent in (0..<values.count / 2).reversed() {
      sink(values[parent], places[parent], from: parent)
    }
  }

  /// The value that the next greater one replaces.
  var least: Float { values[0] }

  mutating func replaceLeast(by value: Float, at place: Int32) { sink(value, place, from: 0) }

  private mutating func sink(_ value: Float, _ place: Int32, from start: Int) {
    var parent = start
    while 2 * parent + 1 < values.count {
      var child = 2 * parent + 1
      if child + 1 < values.count,
        Self.isWorse(values[child + 1], places[child + 1], values[child], places[child])
      {
        child += 1
      }
      guard Self.isWorse(values[child], places[child], value, place) else { break }
      values[parent] = values[child]
      places[parent] = places[child]
      parent = child
    }
    values[parent] = value
    places[parent] = place
  }

  private static func isWorse(_ a: Float, _ aPlace: Int32, _ b: Float, _ bPlace: Int32) -> Bool {
    a < b || (a == b && aPlace > bPlace)
  }
}
