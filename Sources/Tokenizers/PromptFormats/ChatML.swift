// ChatML, the prompt format of Qwen2.5 and SmolLM2:
//
//   <|im_start|>system\nTEXT<|im_end|>\n<|im_start|>user\nTEXT<|im_end|>\n<|im_start|>assistant\n
//
// The published templates put a system turn of their own in front where none is given; here a
// prompt has the turns that it is given and no others.

import Tokens

/// The ChatML prompt format.
package struct ChatML: PromptFormat {
  package static let name = "chatml"

  private let tokenizer: any Tokenizer
  private let start: TokenID
  private let end: TokenID

  package init?(_ tokenizer: any Tokenizer) {
    guard let start = tokenizer.controlToken("<|im_start|>"),
      let end = tokenizer.controlToken("<|im_end|>")
    else { return nil }
    self.tokenizer = tokenizer
    self.start = start
    self.end = end
  }

  package func encode(_ turns: [PromptTurn]) -> EncodedPrompt {
    var tokens: [TokenID] = []
    var turnEnds: [Int] = []
    if let begin = tokenizer.beginOfText { tokens.append(begin) }
    let lineBreak = tokenizer.encode([0x0A]).tokens
    for turn in turns {
      tokens.append(start)
      // Role, line break and text are one stretch of text, as the models saw them in training.
      let text = Array("\(turn.role.rawValue)\n".utf8) + Array(turn.text.utf8)
      tokens.append(contentsOf: tokenizer.encode(text).tokens)
      tokens.append(end)
      tokens.append(contentsOf: lineBreak)
      turnEnds.append(tokens.count)
    }
    tokens.append(start)
    tokens.append(contentsOf: tokenizer.encode(Array("assistant\n".utf8)).tokens)
    return EncodedPrompt(tokens: tokens, turnEnds: turnEnds)
  }
}
