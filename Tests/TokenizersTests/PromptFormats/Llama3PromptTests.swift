// The ids of rendered prompts of Llama 3.

import Testing
import Tokenizers
import Tokens

@Suite struct Llama3PromptTests {
  /// SmolLM2's vocabulary with the markers of Llama 3 in the place of its own.
  private static func tokenizer() throws -> ByteLevelTokenizer {
    var definition = try TokenizerFixtures.smollm2(preTokenizer: "llama-bpe")
    let markers = [
      "<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>",
      "<|eot_id|>",
    ]
    var pieces = PackedTexts()
    for index in 0..<definition.pieces.count {
      if index < markers.count {
        pieces.append(markers[index].utf8)
      } else {
        pieces.append(definition.pieces[index])
      }
    }
    definition.pieces = pieces
    definition.types = definition.types.enumerated().map { index, type in
      index < 17 && index >= markers.count ? .unused : type
    }
    return try ByteLevelTokenizer(definition)
  }

  @Test func turnsStandBetweenHeadersAndTheAnswerIsOpen() throws {
    let tokenizer = try Self.tokenizer()
    let format = try PromptFormats.format(for: tokenizer, named: nil)
    let prompt = format.encode([
      PromptTurn(role: .system, text: "Be brief."),
      PromptTurn(role: .user, text: "\nHi <|eot_id|>"),
    ])
    let text = """
      <|begin_of_text|><|start_header_id|>system<|end_header_id|>

      Be brief.<|eot_id|>
      """
    let first = tokenizer.encodeWithMarkers(Array(text.utf8))
    #expect(Array(prompt.tokens[..<first.count]) == first)
    #expect(prompt.turnEnds[0] == first.count)
    // The blank line and the text behind it are cut as one.
    let user = tokenizer.encode(Array("\n\n\nHi <|eot_id|>".utf8)).tokens
    #expect(Array(prompt.tokens[first.count...].dropFirst(3).prefix(user.count)) == user)
    #expect(prompt.tokens.count { $0 == TokenID(4) } == 2)
    let opening = tokenizer.encodeWithMarkers(
      Array("<|start_header_id|>assistant<|end_header_id|>\n\n".utf8))
    #expect(Array(prompt.tokens[prompt.turnEnds[1]...]) == opening)
    #expect(tokenizer.vocabulary.endOfText.contains(TokenID(4)))
  }
}
