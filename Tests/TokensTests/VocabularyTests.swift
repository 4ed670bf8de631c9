import Testing
import Tokens

@Suite struct VocabularyTests {
  private static let vocabulary = Vocabulary(
    tokens: [Array("a".utf8), Array("é".utf8), [0xC3], Array("<end>".utf8), []],
    kinds: [.text, .text, .text, .control, .unused], endOfText: [TokenID(3)])

  @Test func onlyTextTokensMakeText() {
    let text = Self.vocabulary.text(of: (0..<5).map { TokenID($0) })
    #expect(text == Array("aé".utf8) + [0xC3])
  }

  @Test func theBytesThatCanBeSpelledAreThoseOfSingleByteTextTokens() {
    #expect((0..<256).filter { Self.vocabulary.spellsByte[$0] } == [0x61, 0xC3])
    #expect(Self.vocabulary.longestTextByteCount == 2)
  }

  @Test func everyTokenHasItsBytesAndKind() {
    #expect(Array(Self.vocabulary.bytes(of: TokenID(3))) == Array("<end>".utf8))
    #expect(Self.vocabulary.bytes(of: TokenID(4)).isEmpty)
    #expect(Self.vocabulary.kind(of: TokenID(2)) == .text)
    #expect(Self.vocabulary.kind(of: TokenID(4)) == .unused)
  }
}
