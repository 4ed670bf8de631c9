// The word that a person most likely meant.

/// A search for the known word nearest to a mistyped one.
package enum NearestWord {
  /// Returns the known word nearest to `word`, or nil where none is near.
  ///
  /// Near is: one edit for every three letters, at least one; or a beginning of at least three letters.
  package static func find(_ word: String, in known: [String]) -> String? {
    let typed = word.lowercased()
    var best: (word: String, distance: Int)?
    for candidate in known {
      let distance = distance(Array(typed.utf8), Array(candidate.lowercased().utf8))
      if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    if let best, best.distance <= max(1, best.word.utf8.count / 3) { return best.word }
    guard typed.utf8.count >= 3 else { return nil }
    let beginnings = known.filter { $0.lowercased().hasPrefix(typed) }
    return beginnings.count == 1 ? beginnings.first : nil
  }

  /// Returns `; did you mean WORD?` for a near word, else the given end of the sentence.
  package static func hint(_ word: String, in known: [String], otherwise: String) -> String {
    find(word, in: known).map { "; did you mean \($0)?" } ?? otherwise
  }

  /// Returns the number of edits and swaps of neighbors between two words.
  ///
  /// - SeeAlso: Damerau 1964; the restricted form, in which no part is edited twice.
  package static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    // A word of the command line may have any length: beyond this nothing is near.
    let longest = 64
    guard a.count <= longest && b.count <= longest else { return .max }
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
          cost = min(cost, beforeLast[j - 1] + 1)
        }
        row.append(cost)
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }
}
