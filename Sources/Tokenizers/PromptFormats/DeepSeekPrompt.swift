// The prompt format of DeepSeek-V4: plain concatenation, nothing between the parts.
//
//   <｜begin▁of▁sentence｜> [effort] SYSTEM <｜User｜> TEXT <｜Assistant｜> </think> TEXT <｜end▁of▁sentence｜> …
//   <｜User｜> TEXT <｜Assistant｜> </think>                the answer is open; with thinking <think>
//
// A system text is followed by the tools that it offers and the schema that it demands. A call of a
// tool stands behind the assistant's text; results come as one user turn, in the order of the calls.
// Thoughts are kept since the last question, and everywhere if tools are offered or it is asked for.
// Older models of the family, whose vocabulary has no <think>, see the same without these two marks.

import JSON
import Tokens

/// The prompt format of DeepSeek-V3 and V4.
package struct DeepSeekPrompt: PromptFormat {
  package static let name = "deepseek"

  private let tokenizer: any Tokenizer
  private let begin: TokenID
  private let end: TokenID
  private let user: TokenID
  private let assistant: TokenID
  /// The marks of thoughts; both or none.
  private let thinkMarks: (start: TokenID, end: TokenID)?

  package init?(_ tokenizer: any Tokenizer) {
    guard let begin = tokenizer.controlToken("<｜begin▁of▁sentence｜>"),
      let end = tokenizer.controlToken("<｜end▁of▁sentence｜>"),
      let user = tokenizer.controlToken("<｜User｜>"),
      let assistant = tokenizer.controlToken("<｜Assistant｜>")
    else { return nil }
    self.tokenizer = tokenizer
    self.begin = begin
    self.end = end
    self.user = user
    self.assistant = assistant
    if let start = tokenizer.controlToken("<think>"),
      let end = tokenizer.controlToken("</think>")
    {
      thinkMarks = (start, end)
    } else {
      thinkMarks = nil
    }
  }

  package func encode(_ turns: [PromptTurn]) -> EncodedPrompt {
    let messages = turns.map { turn in
      let role: DeepSeekMessage.Role =
        switch turn.role {
        case .system: .system
        case .user: .user
        case .assistant: .assistant
        }
      return DeepSeekMessage(role: role, text: turn.text)
    }
    return encode(DeepSeekConversation(messages: messages))
  }

  /// Encodes a conversation; the answer is opened unless the assistant spoke last.
  package func encode(_ conversation: DeepSeekConversation) -> EncodedPrompt {
    let messages = conversation.messages
    let isThinking = conversation.thinking != .off && thinkMarks != nil
    let keepsAll =
      !conversation.dropsThinking || messages.contains { !$0.tools.isEmpty }
    let lastQuestion = messages.lastIndex { $0.role == .user || $0.role == .tool } ?? -1
    var prompt = PromptAssembler(tokenizer)
    var turnEnds: [Int] = []
    prompt.add(begin)
    if conversation.thinking == .maximal && isThinking {
      prompt.add(template: DeepSeekTexts.maximalEffort)
    }
    var index = 0
    while index < messages.count {
      let message = messages[index]
      switch message.role {
      case .system: add(system: message, to: &prompt)
      case .latestReminder:
        prompt.add(template: "<｜latest_reminder｜>")
        prompt.add(text: message.text)
      case .user, .tool:
        let last = messages[index...].firstIndex { $0.role != .user && $0.role != .tool }
        let run = messages[index..<(last ?? messages.count)]
        prompt.add(user)
        add(question: Array(run), after: messages[..<index], to: &prompt)
        // The messages of one turn end together.
        turnEnds += repeatElement(prompt.flush(), count: run.count - 1)
        index = run.endIndex - 1
      case .assistant:
        add(
          answer: message, withThoughts: isThinking && (keepsAll || index > lastQuestion),
          to: &prompt)
      }
      turnEnds.append(prompt.flush())
      index += 1
    }
    if messages.last?.role != .assistant {
      prompt.add(assistant)
      if let thinkMarks { prompt.add(isThinking ? thinkMarks.start : thinkMarks.end) }
    }
    return EncodedPrompt(tokens: prompt.tokens, turnEnds: turnEnds)
  }

  // MARK: - Messages

  private func add(system message: DeepSeekMessage, to prompt: inout PromptAssembler) {
    prompt.add(text: message.text)
    if !message.tools.isEmpty {
      prompt.add(template: DeepSeekTexts.toolsHead)
      for tool in message.tools {
        prompt.add(text: DeepSeekTexts.spaced(tool["function"] ?? tool) + "\n")
      }
      prompt.add(template: DeepSeekTexts.toolsTail)
    }
    if let schema = message.responseSchema {
      prompt.add(template: DeepSeekTexts.responseFormat)
      prompt.add(text: DeepSeekTexts.spaced(schema))
    }
  }

  /// Adds user texts and results of tools as one turn, with a blank line between them.
  private func add(
    question messages: [DeepSeekMessage], after earlier: ArraySlice<DeepSeekMessage>,
    to prompt: inout PromptAssembler
  ) {
    let calls = earlier.last { $0.role == .assistant }?.toolCalls ?? []
    func order(_ message: DeepSeekMessage) -> Int {
      calls.firstIndex { $0.id == message.toolCallID } ?? calls.count
    }
    // Results change places among themselves only; sorting keeps equals as they are.
    let results = messages.filter { $0.role == .tool }.enumerated()
      .sorted { (order($0.element), $0.offset) < (order($1.element), $1.offset) }
      .map(\.element)
    var resultsUsed = 0
    for (index, message) in messages.enumerated() {
      if index > 0 { prompt.add(text: "\n\n") }
      if message.role == .tool {
        prompt.add(text: "<tool_result>\(results[resultsUsed].text)</tool_result>")
        resultsUsed += 1
      } else {
        prompt.add(text: message.text)
      }
    }
  }

  private func add(
    answer message: DeepSeekMessage, withThoughts: Bool, to prompt: inout PromptAssembler
  ) {
    prompt.add(assistant)
    if let thinkMarks {
      if withThoughts {
        prompt.add(thinkMarks.start)
        prompt.add(text: message.reasoning)
      }
      prompt.add(thinkMarks.end)
    }
    prompt.add(text: message.text)
    if !message.toolCalls.isEmpty {
      prompt.add(template: "\n\n<｜DSML｜tool_calls>\n")
      for call in message.toolCalls {
        prompt.add(template: "<｜DSML｜invoke name=\"")
        prompt.add(text: call.name)
        prompt.add(text: "\">\n")
        for argument in call.arguments.members { add(argument, to: &prompt) }
        prompt.add(template: "</｜DSML｜invoke>\n")
      }
      prompt.add(template: "</｜DSML｜tool_calls>")
    }
    prompt.add(end)
  }

  private func add(_ argument: JSONObject.Member, to prompt: inout PromptAssembler) {
    prompt.add(template: "<｜DSML｜parameter name=\"")
    prompt.add(text: argument.key)
    let isText = argument.value.string != nil
    prompt.add(text: "\" string=\"\(isText)\">")
    prompt.add(text: argument.value.string ?? DeepSeekTexts.spaced(argument.value))
    prompt.add(template: "</｜DSML｜parameter>\n")
  }
}
