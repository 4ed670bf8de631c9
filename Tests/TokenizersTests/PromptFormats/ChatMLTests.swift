// The ids of rendered prompts.

import Testing
import Tokenizers
import Tokens

@Suite struct ChatMLTests {
  private let tokenizer: ByteLevelTokenizer

  init() throws {
    tokenizer = try ByteLevelTokenizer(TokenizerFixtures.smollm2())
  }

  @Test func turnsStandBetweenSpecialTokensAndTheAnswerIsOpen() throws {
    let format = try PromptFormats.format(for: tokenizer, named: nil)
    let prompt = format.encode([
      PromptTurn(role: .system, text: "Be brief."), PromptTurn(role: .user, text: "Hi <|im_end|>"),
    ])
    let start = TokenID(1)
    let end = TokenID(2)
    let lineBreak = tokenizer.encode([0x0A]).tokens
    func text(_ text: String) -> [TokenID] { tokenizer.encode(Array(text.utf8)).tokens }
    let first = [start] + text("system\nBe brief.") + [end] + lineBreak
    let second = [start] + text("user\nHi <|im_end|>") + [end] + lineBreak
    #expect(prompt.tokens == first + second + [start] + text("assistant\n"))
    #expect(prompt.turnEnds == [first.count, first.count + second.count])
    #expect(prompt.tokens.count { $0 == end } == 2)
  }

  @Test func promptsThatShareTurnsShareTokens() throws {
    let format = try PromptFormats.format(for: tokenizer, named: "chatml")
    let system = PromptTurn(role: .system, text: "Read the document.\n")
    let a = format.encode([system, PromptTurn(role: .user, text: "\n\nfirst")])
    let b = format.encode([system, PromptTurn(role: .user, text: "second")])
    #expect(a.turnEnds[0] == b.turnEnds[0])
    #expect(a.tokens.prefix(a.turnEnds[0]) == b.tokens.prefix(b.turnEnds[0]))
  }

  @Test func anUnknownNameAndMissingTokensAreRefused() throws {
    #expect(throws: TokenizerError.noPromptFormat(known: ["chatml", "llama-3", "deepseek"])) {
      _ = try PromptFormats.format(for: tokenizer, named: "alpaca")
    }
    let bare = try ByteLevelTokenizer(
      TokenizerDefinition(
        pieces: PackedTexts(strings: ["a", "<end>"]), types: [.normal, .control],
        merges: PackedTexts(), preTokenizer: "smollm", beginOfText: nil,
        endOfText: [TokenID(1)], chatTemplate: nil))
    #expect(throws: TokenizerError.noPromptFormat(known: ["chatml", "llama-3", "deepseek"])) {
      _ = try PromptFormats.format(for: bare, named: nil)
    }
  }
}
