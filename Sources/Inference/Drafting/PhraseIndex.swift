// Where in a text a phrase stands: what an answer copies from its document goes on as the document does.
//
// Every three bytes of the text lead to the last place where they end, and every place to the one
// before it with the same three bytes (up to collisions of the table, which comparison finds).

/// The places of a text by their last three bytes.
struct PhraseIndex {
  private let text: [UInt8]
  private var heads: [Int32]
  private var earlier: [Int32]

  /// The length of the shortest phrase that is looked for.
  static let shortestPhrase = 3
  /// The number of places that are compared for one phrase.
  private static let placeLimit = 16
  /// The length beyond which a longer match is no better.
  private static let longestMatch = 32

  /// Indexes a text.
  init(_ text: [UInt8]) {
    self.text = text
    var bits = 8
    while bits < 16, 1 << bits < text.count { bits += 1 }
    heads = [Int32](repeating: -1, count: 1 << bits)
    earlier = [Int32](repeating: -1, count: text.count)
    guard text.count >= Self.shortestPhrase, text.count < Int32.max else { return }
    for end in Self.shortestPhrase - 1..<text.count {
      let slot = hash(text, end)
      earlier[end] = heads[slot]
      heads[slot] = Int32(end)
    }
  }

  private func hash(_ bytes: [UInt8], _ end: Int) -> Int {
    let key = UInt32(bytes[end]) | UInt32(bytes[end - 1]) << 8 | UInt32(bytes[end - 2]) << 16
    return Int((key &* 0x9E37_79B1) >> 16) & (heads.count - 1)
  }

  /// Returns what follows the longest end of a phrase in the text, up to the end of its line.
  ///
  /// - Returns: At most `limit` bytes, none if less than three bytes of the phrase are found.
  func continuation(of phrase: [UInt8], limit: Int) -> ArraySlice<UInt8> {
    guard phrase.count >= Self.shortestPhrase else { return [] }
    var place = Int(heads[hash(phrase, phrase.count - 1)])
    var best = -1
    var longest = Self.shortestPhrase - 1
    var left = Self.placeLimit
    while place >= 0, left > 0 {
      var length = 0
      while length < Self.longestMatch, length <= place, length < phrase.count,
        text[place - length] == phrase[phrase.count - 1 - length]
      {
        length += 1
      }
      // Of equals the first in the text: a document says the main thing first.
      if length >= longest, length >= Self.shortestPhrase { (best, longest) = (place, length) }
      place = Int(earlier[place])
      left -= 1
    }
    guard best >= 0 else { return [] }
    let rest = text[(best + 1)...].prefix(limit)
    return rest.prefix { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
  }
}
