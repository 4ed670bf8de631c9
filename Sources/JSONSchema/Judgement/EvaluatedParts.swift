// Which elements or members of a value the keywords so far have looked at; `unevaluatedItems` and
// `unevaluatedProperties` are about the others.

/// A set of places in one array or object.
struct EvaluatedParts {
  /// Whether all places are in the set.
  private(set) var isAll = false
  private var words: [UInt64] = []

  /// What it costs to join another set to this one.
  var cost: Int { words.count }

  func contains(_ place: Int) -> Bool {
    if isAll { return true }
    let word = place >> 6
    return word < words.count && words[word] & (1 << UInt64(place & 63)) != 0
  }

  mutating func insert(_ place: Int) {
    guard !isAll else { return }
    let word = place >> 6
    while words.count <= word { words.append(0) }
    words[word] |= 1 << UInt64(place & 63)
  }

  mutating func insertAll() {
    isAll = true
    words = []
  }

  mutating func formUnion(_ other: EvaluatedParts) {
    if isAll { return }
    if other.isAll { return insertAll() }
    while words.count < other.words.count { words.append(0) }
    for i in other.words.indices { words[i] |= other.words[i] }
  }
}
