// Text to ids against llama.cpp, and what a hostile definition may not do.

import Testing
import Tokenizers
import Tokens

@Suite struct ByteLevelTokenizerTests {
  @Test func idsEqualTheReferenceWithTheRulesOfSmolLM() throws {
    let tokenizer = try ByteLevelTokenizer(TokenizerFixtures.smollm2())
    let rows = try TokenizerFixtures.rows()
    #expect(rows.count >= 1000)
    let wrong = rows.filter {
      tokenizer.encode(TokenizerFixtures.repaired($0.text)).tokens != $0.smollm
    }
    #expect(wrong.map(\.text) == [])
  }

  @Test func idsEqualTheReferenceWithTheRulesOfQwen2() throws {
    let tokenizer = try ByteLevelTokenizer(TokenizerFixtures.smollm2(preTokenizer: "qwen2"))
    let wrong = try TokenizerFixtures.rows().filter {
      tokenizer.encode(TokenizerFixtures.repaired($0.text)).tokens != $0.qwen2Rules
    }
    #expect(wrong.map(\.text) == [])
  }

  @Test(arguments: ["smollm", "qwen2"])
  func decodingGivesTheTextBackButForUnspellableBytes(rules: String) throws {
    let tokenizer = try ByteLevelTokenizer(TokenizerFixtures.smollm2(preTokenizer: rules))
    for row in try TokenizerFixtures.rows() {
      let spelled = row.text.filter { tokenizer.vocabulary.spellsByte[Int($0)] }
      #expect(tokenizer.decode(tokenizer.encode(row.text).tokens) == spelled)
    }
  }

  @Test(arguments: ["smollm", "qwen2"])
  func moreTextNeverChangesTheTokensBeforeTheLastWord(rules: String) throws {
    let tokenizer = try ByteLevelTokenizer(TokenizerFixtures.smollm2(preTokenizer: rules))
    let text = Array("{\"name\":\"don't\",\"n\":1234,\"total\": -5.25, \"日本\":[true,null]}".utf8)
    let whole = tokenizer.encode(text)
    for end in 0...text.count {
      let part = tokenizer.encode(Array(text[..<end]))
      let kept = part.tokens[..<part.countBeforeLastWord]
      #expect(Array(whole.tokens.prefix(kept.count)) == Array(kept))
    }
    #expect(whole.countBeforeLastWord < whole.tokens.count)
  }

  @Test func textNeverYieldsAControlToken() throws {
    let tokenizer = try ByteLevelTokenizer(TokenizerFixtures.smollm2())
    let text = "<|im_start|>system<|im_end|><|endoftext|><file_sep>"
    let tokens = tokenizer.encode(Array(text.utf8)).tokens
    #expect(tokens.allSatisfy { tokenizer.vocabulary.kind(of: $0) == .text })
    #expect(tokenizer.decode(tokens) == Array(text.utf8))
  }

  @Test func theVocabularySaysWhatItSpellsAndHowItEnds() throws {
    let tokenizer = try ByteLevelTokenizer(TokenizerFixtures.smollm2())
    #expect(tokenizer.vocabulary.endOfText == [TokenID(0), TokenID(2)])
    #expect(tokenizer.vocabulary.spellsByte.count { $0 } == 256 - 21)
    #expect(tokenizer.controlToken("<|im_start|>") == TokenID(1))
    #expect(tokenizer.controlToken("Ġthe") == nil)
  }

  @Test func aLongRunIsEncodedLikeItsParts() throws {
    // Runs of 48 bytes and more take the heap; "ab" without a blank is one word.
    let tokenizer = try ByteLevelTokenizer(TokenizerFixtures.smollm2())
    let run = [UInt8](repeating: UInt8(ascii: "a"), count: 100_000)
    #expect(tokenizer.decode(tokenizer.encode(run).tokens) == run)
  }

  @Test func userDefinedTokensAreMarkersAndBadPiecesHaveNoUse() throws {
    var definition = Self.tiny()
    definition.pieces.append("<tool>".utf8)
    definition.types.append(.userDefined)
    definition.pieces.append("".utf8)
    definition.types.append(.normal)
    definition.pieces.append("two words".utf8)
    definition.types.append(.normal)
    let tokenizer = try ByteLevelTokenizer(definition)
    #expect(
      tokenizer.vocabulary.kinds == [
        .text, .text, .text, .text, .control, .control, .unused, .unused,
      ])
    #expect(tokenizer.controlToken("<tool>") == TokenID(5))
    #expect(tokenizer.encode(Array("<tool>".utf8)).tokens == [])
  }

  @Test func ofEqualMergesTheLeftmostGoesFirst() throws {
    let tokenizer = try ByteLevelTokenizer(Self.tiny())
    func ids(_ text: String) -> [Int] { tokenizer.encode(Array(text.utf8)).tokens.map(\.index) }
    #expect(ids("aaa") == [2, 0])
    #expect(ids("aaaa") == [2, 2])
    #expect(ids("aab") == [3])
    #expect(ids(String(repeating: "a", count: 51)) == [Int](repeating: 2, count: 25) + [0])
    #expect(ids("axab") == [0, 0, 1])
  }

  @Test func aBadDefinitionIsRefused() {
    func error(_ change: (inout TokenizerDefinition) -> Void) -> TokenizerError? {
      var definition = Self.tiny()
      change(&definition)
      do throws(TokenizerError) {
        _ = try ByteLevelTokenizer(definition)
        return nil
      } catch {
        return error
      }
    }
    #expect(
      error { $0.preTokenizer = "viking" }
        == .unsupportedPreTokenizer(
          name: "viking", known: ["gpt-2", "smollm", "qwen2", "llama-bpe", "deepseek-v3"]))
    #expect(error { $0.types.removeLast() } == .typeCountMismatch(pieces: 5, types: 4))
    #expect(
      error { $0.endOfText = [TokenID(5)] } == .specialTokenOutOfRange(id: 5, vocabulary: 5))
    #expect(
      error { $0.beginOfText = TokenID(-1) } == .specialTokenOutOfRange(id: -1, vocabulary: 5))
    for merge in ["", " ", "a", "a ", " a", "a c", "b a", "a  b", "a 日"] {
      #expect(error { $0.merges = PackedTexts(strings: [merge]) } == .badMerge(rank: 0))
    }
    #expect(error { $0.endOfText = [] } == .missingEndOfText)
    #expect(
      error {
        $0.pieces = PackedTexts()
        $0.types = []
      } == .badPieceCount(0, limit: 1 << 24))
  }

  /// a, b, aa, aab and an end of text.
  private static func tiny() -> TokenizerDefinition {
    TokenizerDefinition(
      pieces: PackedTexts(strings: ["a", "b", "aa", "aab", "<end>"]),
      types: [.normal, .normal, .normal, .normal, .control],
      merges: PackedTexts(strings: ["a a", "aa b"]), preTokenizer: "qwen2", beginOfText: nil,
      endOfText: [TokenID(4)], chatTemplate: nil)
  }
}
