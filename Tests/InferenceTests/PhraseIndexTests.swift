// What an index finds is what a search through the whole text finds.

import Inference
import TestSupport
import Testing

@Suite struct PhraseIndexTests {
  private static func following(_ phrase: String, in text: String, limit: Int = 48) -> String {
    let index = PhraseIndex(Array(text.utf8))
    return String(decoding: index.continuation(of: Array(phrase.utf8), limit: limit), as: UTF8.self)
  }

  private static let letter = """
    Invoice 2025-117 of Anna Berg
    Sold to Anna Bergstrom, 4 Mill Lane
    Said "yes" to it
    """

  @Test(arguments: [
    ("{\"seller\": \"Ann", "a Berg"), ("\"buyer\": \"Anna Bergs", "trom, 4 Mill Lane"),
    ("\"2025", "-117 of Anna Berg"), ("nothing like it", ""), ("An", ""), ("", ""),
    ("Berg", ""), ("Said", " "), ("Lane", ""),
  ])
  func whatFollowsIsTheRestOfTheLine(phrase: String, expected: String) {
    #expect(Self.following(phrase, in: Self.letter) == expected)
  }

  @Test func textsTooShortHoldNothing() {
    for text in ["", "a", "ab", "abc"] { #expect(Self.following("xabc", in: text) == "") }
    #expect(Self.following("abc", in: "abcdef", limit: 2) == "de")
  }

  @Test func theMatchIsTheLongestOfTheLastPlaces() {
    var random = SeededRandom(seed: 11)
    for _ in 0..<200 {
      let text = (0..<60).map { _ in UInt8(97 + Int.random(in: 0..<3, using: &random)) }
      let phrase = (0..<8).map { _ in UInt8(97 + Int.random(in: 0..<3, using: &random)) }
      let found = Array(PhraseIndex(text).continuation(of: phrase, limit: 100))
      // The length of the match that ends at each place, as a plain search finds it.
      let lengths = text.indices.map { end in
        zip(text[...end].reversed(), phrase.reversed()).prefix { $0 == $1 }.count
      }
      let places = lengths.indices.filter { lengths[$0] >= 3 }.suffix(16)
      guard let longest = places.map({ lengths[$0] }).max(),
        let first = places.first(where: { lengths[$0] == longest })
      else {
        #expect(found.isEmpty)
        continue
      }
      #expect(found == Array(text[(first + 1)...]))
    }
  }
}
