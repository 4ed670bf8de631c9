// A constraint that knows where "not found" may stand in place of a value.
//
//   "total": 12.5   or   "total": {"not_found": true}      the first byte decides
//   "total": {"quote": …   or   {"not_found": true}        the first byte of the key decides
//
// It allows what its base allows. It tells the labels of an enumeration that may be missing, the word among them,
// and which tokens decide that another value is missing.

import JSON
package import Tokens

/// The tokens of a vocabulary that can be parts of the word, or begin with its rest.
package struct AbsenceTable: Sendable {
  fileprivate let tokens: [(token: TokenID, bytes: [UInt8])]
  /// The tokens that begin null.
  fileprivate let nulls: TokenMask

  /// Looks through a vocabulary.
  package init(_ vocabulary: Vocabulary) {
    let word = Wrapper.notFound
    let null = JSONValue.null.bytes[...]
    var nulls = TokenMask(count: vocabulary.count)
    tokens = (0..<vocabulary.count).compactMap { number in
      let token = TokenID(number)
      guard vocabulary.kind(of: token) == .text else { return nil }
      let spelling = Array(vocabulary.bytes(of: token))
      let bytes = AbsenceTable.withoutGap(spelling)
      // A single letter may begin other words.
      if bytes.count > 1, AbsenceTable.agree(bytes, null) { nulls.insert(token) }
      let fits =
        !spelling.isEmpty && word.indices.contains { AbsenceTable.agree(bytes, word[$0...]) }
      return fits ? (token, spelling) : nil
    }
    self.nulls = nulls
  }

  /// Whether a byte may stand before a value.
  fileprivate static func isGap(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n")
  }

  fileprivate static func withoutGap(_ bytes: [UInt8]) -> [UInt8] {
    Array(bytes.drop(while: isGap))
  }

  /// Whether one of two texts begins with the other.
  fileprivate static func agree(_ a: [UInt8], _ b: ArraySlice<UInt8>) -> Bool {
    a.count < b.count ? b.starts(with: a) : a.starts(with: b)
  }
}

/// Another constraint, with the places where values may be missing.
package struct AbstainingConstraint: WrappingConstraint {
  /// The beginning of a value that may still be the word.
  private struct Opening {
    var path: [String]
    var bytes: [UInt8]
    /// The number of bytes that the word and the value may share.
    var shared: Int
  }

  package var base: any TokenConstraint
  private let schema: GenerationSchema
  private let table: AbsenceTable
  private var text = JSONPathTracker()
  private var opening: Opening?
  /// The last byte that was said.
  private var last: UInt8 = 0

  /// Adds the places to a constraint at the start of its answer.
  package init(_ base: any TokenConstraint, schema: GenerationSchema, table: AbsenceTable) {
    self.base = base
    self.schema = schema
    self.table = table
  }

  package mutating func accept(_ token: TokenID) -> Bool {
    guard base.accept(token) else { return false }
    guard vocabulary.kind(of: token) == .text else { return true }
    for byte in vocabulary.bytes(of: token) { take(byte) }
    return true
  }

  private mutating func take(_ byte: UInt8) {
    if opening == nil, !AbsenceTable.isGap(byte) { opening = valueOpening() }
    text.take(CollectionOfOne(byte))
    last = byte
    guard opening != nil else { return }
    opening?.bytes.append(byte)
    if let opened = opening,
      opened.bytes.count > opened.shared || !Wrapper.notFound.starts(with: opened.bytes)
    {
      opening = nil
    }
  }

  /// Whether a value and nothing else may start here.
  ///
  /// An element that may be missing stands on a line of its own: before that line a list may still end.
  private var startsValue: Bool {
    text.awaitsValue && last != UInt8(ascii: "[") && last != UInt8(ascii: ",")
  }

  /// The opening before the first byte of a value that starts here and may be missing.
  private func valueOpening() -> Opening? {
    guard startsValue else { return nil }
    let path = text.pointer.steps
    guard let place = schema.place(at: path), place.abstains, place.quotes || !place.mayBeObject
    else { return nil }
    // The bytes before the key of the word are those of any object.
    return Opening(path: path, bytes: [], shared: place.quotes ? 2 : 0)
  }

  package func labels() -> [[UInt8]]? {
    if let labels = base.labels() { return labels }
    guard startsValue, opening == nil, let place = schema.place(at: text.pointer.steps),
      !place.labels.isEmpty
    else { return nil }
    return place.labels + [Wrapper.notFound]
  }

  package func absence(in mask: TokenMask) -> AbsenceChoice? {
    guard let opening = opening ?? valueOpening() else { return nil }
    let rest = Wrapper.notFound[opening.bytes.count...]
    var choice = AbsenceChoice(
      path: opening.path, tokens: TokenMask(count: mask.count),
      undecided: TokenMask(count: mask.count), synonyms: TokenMask(count: mask.count))
    if opening.bytes.isEmpty {
      for i in mask.words.indices {
        choice.synonyms.words[i] = table.nulls.words[i] & ~mask.words[i]
      }
    }
    for (token, spelling) in table.tokens where mask.contains(token) {
      let bytes =
        opening.bytes.isEmpty ? AbsenceTable.withoutGap(spelling) : spelling
      guard AbsenceTable.agree(bytes, rest) else { continue }
      if opening.bytes.count + bytes.count > opening.shared {
        choice.tokens.insert(token)
      } else {
        choice.undecided.insert(token)
      }
    }
    // Where every token leaves both possible, or none, nothing is decided.
    let isWhole = choice.tokens == mask || choice.undecided == mask
    return isWhole || choice.tokens.isEmpty && choice.undecided.isEmpty ? nil : choice
  }
}
