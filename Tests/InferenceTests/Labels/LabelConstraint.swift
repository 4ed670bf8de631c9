// A small constraint with one enumeration: a text, one of several labels, a text.

import Tokens

/// Answers that are one of a list of texts, which differ in a label only.
struct LabelConstraint: TokenConstraint {
  let vocabulary: Vocabulary
  private let before: [UInt8]
  private let spellings: [[UInt8]]
  private let texts: [[UInt8]]
  private let absent: Int?
  private let synonyms: [TokenID]
  private var taken: [UInt8] = []
  private(set) var hasEnded = false

  /// - Parameters:
  ///   - absent: The number of the label that says "not found"; then none is scored.
  ///   - synonyms: Tokens that say so too where the label begins, if they are not allowed.
  init(
    _ vocabulary: Vocabulary, before: String, labels: [String], after: String, absent: Int? = nil,
    synonyms: [TokenID] = []
  ) {
    self.absent = absent
    self.synonyms = synonyms
    self.vocabulary = vocabulary
    self.before = Array(before.utf8)
    spellings = labels.map { Array($0.utf8) }
    texts = labels.map { Array((before + $0 + after).utf8) }
  }

  private var open: [[UInt8]] { texts.filter { $0.starts(with: taken) } }
  var need: Int { (open.map { $0.count - taken.count }.min() ?? 0) + 1 }
  var rise: Int { (texts.map(\.count).max() ?? 0) - (texts.map(\.count).min() ?? 0) }
  var isComplete: Bool { texts.contains(taken) }
  var startsCheckedValue: String? { nil }
  var limitsMet: [String] { [] }

  func labels() -> [[UInt8]]? { taken == before && absent == nil ? spellings : nil }

  func absence(in mask: TokenMask) -> AbsenceChoice? {
    guard let absent else { return nil }
    var choice = AbsenceChoice(
      path: ["x"], tokens: TokenMask(count: mask.count), undecided: TokenMask(count: mask.count),
      synonyms: TokenMask(count: mask.count))
    if taken == before {
      for token in synonyms where !mask.contains(token) { choice.synonyms.insert(token) }
    }
    for token in mask.allowed where vocabulary.kind(of: token) == .text {
      let next = taken + vocabulary.bytes(of: token)
      let open = texts.indices.filter { texts[$0].starts(with: next) }
      if open == [absent] { choice.tokens.insert(token) }
      if open.count > 1, open.contains(absent) { choice.undecided.insert(token) }
    }
    return choice.tokens == mask || choice.undecided == mask
      || choice.tokens.isEmpty && choice.undecided.isEmpty ? nil : choice
  }

  private func allows(_ token: TokenID, remaining: Int) -> Bool {
    if vocabulary.endOfText.contains(token) { return isComplete }
    guard vocabulary.kind(of: token) == .text, !hasEnded else { return false }
    let next = taken + vocabulary.bytes(of: token)
    return texts.contains { $0.starts(with: next) && $0.count - next.count + 2 <= remaining }
  }

  mutating func fillMask(_ mask: inout TokenMask, remaining: Int) {
    mask.removeAll()
    for id in 0..<vocabulary.count where allows(TokenID(id), remaining: remaining) {
      mask.insert(TokenID(id))
    }
  }

  mutating func accept(_ token: TokenID) -> Bool {
    guard allows(token, remaining: Int.max) else { return false }
    if vocabulary.endOfText.contains(token) {
      hasEnded = true
    } else {
      taken += vocabulary.bytes(of: token)
    }
    return true
  }

  mutating func dictatedText(limit: Int) -> DictatedText {
    var bytes: [UInt8] = []
    while true {
      let at = taken + bytes
      let next = Set(
        texts.filter { $0.starts(with: at) }.map { $0.count > at.count ? Int($0[at.count]) : -1 })
      if next == [-1] { return DictatedText(bytes: bytes, endsAnswer: true) }
      guard at != before, next.count == 1, let byte = next.first, byte >= 0 else {
        return DictatedText(bytes: bytes, endsAnswer: false)
      }
      bytes.append(UInt8(byte))
    }
  }
}
