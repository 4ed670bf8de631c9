// What a conversation with DeepSeek-V4 may consist of.

package import JSON

/// One message to or from a DeepSeek-V4 model.
package struct DeepSeekMessage: Sendable {
  /// Who speaks.
  package enum Role: String, Sendable {
    case system
    case user
    case assistant
    /// The result of a tool's call.
    case tool
    /// What the model is to keep in mind for the next answer, such as the date.
    case latestReminder = "latest_reminder"
  }

  /// A call of a tool by the assistant.
  package struct ToolCall: Sendable {
    /// The name by which the result refers to the call.
    package var id: String
    /// The tool's name.
    package var name: String
    /// The arguments by name.
    package var arguments: JSONObject

    /// Creates a call.
    package init(id: String, name: String, arguments: JSONObject) {
      self.id = id
      self.name = name
      self.arguments = arguments
    }
  }

  /// Who speaks.
  package var role: Role
  /// What is said, as plain text.
  package var text: String
  /// What the assistant thought before it spoke.
  package var reasoning = ""
  /// The tools that the assistant called.
  package var toolCalls: [ToolCall] = []
  /// The call that a tool's message answers.
  package var toolCallID: String?
  /// The tools that a system message offers, each with name, description and parameters.
  package var tools: [JSONValue] = []
  /// The schema that a system message demands of answers.
  package var responseSchema: JSONValue?

  /// Creates a message of text alone.
  package init(role: Role, text: String) {
    self.role = role
    self.text = text
  }
}

/// How a DeepSeek-V4 model is to think.
package enum DeepSeekThinking: Sendable {
  /// Not at all.
  case off
  /// Before it answers.
  case on
  /// As long as it can, which asks for a context of several hundred thousand tokens.
  case maximal
}

/// A conversation with a DeepSeek-V4 model.
package struct DeepSeekConversation: Sendable {
  /// The messages, oldest first.
  package var messages: [DeepSeekMessage]
  /// How the model is to think.
  package var thinking: DeepSeekThinking
  /// Whether thoughts before the last question are left out where no tools are offered.
  package var dropsThinking: Bool

  /// Creates a conversation.
  package init(
    messages: [DeepSeekMessage], thinking: DeepSeekThinking = .off, dropsThinking: Bool = true
  ) {
    self.messages = messages
    self.thinking = thinking
    self.dropsThinking = dropsThinking
  }
}
