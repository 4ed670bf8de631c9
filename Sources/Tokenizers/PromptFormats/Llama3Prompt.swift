// The prompt format of Llama 3, 3.1 and 3.3:
//
//   <|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nTEXT<|eot_id|>…
//   <|start_header_id|>assistant<|end_header_id|>\n\n
//
// The published template puts dates into a system turn of its own and trims texts; here a prompt has
// the turns and the texts that it is given.

import Tokens

/// The Llama 3 prompt format.
package struct Llama3Prompt: PromptFormat {
  package static let name = "llama-3"

  private let tokenizer: any Tokenizer
  private let begin: TokenID
  private let headerStart: TokenID
  private let headerEnd: TokenID
  private let end: TokenID

  package init?(_ tokenizer: any Tokenizer) {
    guard let begin = tokenizer.controlToken("<|begin_of_text|>"),
      let headerStart = tokenizer.controlToken("<|start_header_id|>"),
      let headerEnd = tokenizer.controlToken("<|end_header_id|>"),
      let end = tokenizer.controlToken("<|eot_id|>")
    else { return nil }
    self.tokenizer = tokenizer
    self.begin = begin
    self.headerStart = headerStart
    self.headerEnd = headerEnd
    self.end = end
  }

  package func encode(_ turns: [PromptTurn]) -> EncodedPrompt {
    var prompt = PromptAssembler(tokenizer)
    var turnEnds: [Int] = []
    prompt.add(begin)
    for turn in turns {
      addHeader(turn.role, to: &prompt)
      prompt.add(text: turn.text)
      prompt.add(end)
      turnEnds.append(prompt.flush())
    }
    addHeader(.assistant, to: &prompt)
    prompt.flush()
    return EncodedPrompt(tokens: prompt.tokens, turnEnds: turnEnds)
  }

  private func addHeader(_ role: PromptTurn.Role, to prompt: inout PromptAssembler) {
    prompt.add(headerStart)
    prompt.add(text: role.rawValue)
    prompt.add(headerEnd)
    prompt.add(text: "\n\n")
  }
}
