// How the turns of a conversation become one prompt.
// Knows the special tokens of model families; runs no template.

package import Tokens

/// One turn of the conversation that a prompt consists of.
package struct PromptTurn: Equatable, Sendable {
  /// Who speaks.
  package enum Role: String, Sendable {
    case system
    case user
    case assistant
  }

  /// Who speaks.
  package var role: Role
  /// What is said, as plain text.
  package var text: String

  /// Creates a turn.
  package init(role: Role, text: String) {
    self.role = role
    self.text = text
  }
}

/// A prompt as tokens, with the place where each turn ends.
package struct EncodedPrompt: Equatable, Sendable {
  /// The tokens, up to where the answer begins.
  package var tokens: [TokenID]
  /// For each turn, how many tokens stand before its successor.
  ///
  /// Prompts that begin with the same turns begin with the same tokens up to here.
  package var turnEnds: [Int]

  /// Creates an encoded prompt.
  package init(tokens: [TokenID], turnEnds: [Int]) {
    self.tokens = tokens
    self.turnEnds = turnEnds
  }
}

/// The way in which a family of models was taught to see turns.
package protocol PromptFormat: Sendable {
  /// The name by which a user may ask for the format.
  static var name: String { get }

  /// Creates the format if a tokenizer has the special tokens it needs.
  init?(_ tokenizer: any Tokenizer)

  /// Encodes turns one by one between special tokens and opens the assistant's answer.
  func encode(_ turns: [PromptTurn]) -> EncodedPrompt
}
