// The prompt: what jobs of one queue share comes first, the document last, inside a fence that its
// own text cannot close.

import Digests
import JSON
package import Tokenizers

/// One worked example of a queue.
package struct PromptExample: Sendable, Hashable {
  /// The example's document.
  package var document: String
  /// The output that it must yield, in the spelling that the grammar gives the model (`spacedText`).
  package var output: String

  /// Creates an example.
  package init(document: String, output: String) {
    self.document = document
    self.output = output
  }
}

/// A builder of the prompts of one queue.
package struct PromptBuilder: Sendable {
  private let shared: [PromptTurn]

  /// What every prompt says before the queue's own instructions.
  package static let task =
    "Read the document in the user's message and reply with one JSON value that records what it "
    + "says. Take every value from the document and do not invent any."

  /// The same where the schema asks for one of several values and nothing else.
  package static let labelTask =
    "Read the document in the user's message and reply with one JSON value: the one that fits the "
    + "document best among the values that the schema lists."

  /// Whether a schema asks for one of several values and nothing else.
  private static func asksForLabel(_ schemaText: String) -> Bool {
    guard let schema = try? JSONValue.parse(Array(schemaText.utf8)),
      case .object(let object) = schema,
      case .array(let values)? = object["enum"]
    else { return false }
    return values.count > 1
  }

  /// Creates a builder.
  ///
  /// - Parameters:
  ///   - instructions: What the queue says about the task, possibly empty.
  ///   - schemaText: The generation schema as compact JSON.
  ///   - examples: Documents with their outputs, shown as earlier turns.
  package init(instructions: String, schemaText: String, examples: [PromptExample]) {
    // The heading and its sentence are the wording that DeepSeek-V4 was trained on.
    let format =
      "## Response Format:\n\nYou MUST strictly adhere to the following schema to reply:\n"
      + schemaText
    let task = Self.asksForLabel(schemaText) ? Self.labelTask : Self.task
    let parts = [task, instructions, format].filter { !$0.isEmpty }
    var turns = [PromptTurn(role: .system, text: parts.joined(separator: "\n\n"))]
    for example in examples {
      turns.append(PromptTurn(role: .user, text: Self.fenced(example.document)))
      turns.append(PromptTurn(role: .assistant, text: example.output))
    }
    shared = turns
  }

  /// The number of leading turns that all prompts of this builder share.
  package var sharedTurnCount: Int { shared.count }

  /// Returns the turns of the prompt for one document.
  package func turns(for document: String) -> [PromptTurn] {
    shared + [PromptTurn(role: .user, text: Self.fenced(document))]
  }

  /// Returns a text between marks that depend on it, so that no text can contain its own end mark.
  package static func fenced(_ text: String) -> String {
    let mark = SHA256.hash(Array(text.utf8)).hex.prefix(12)
    return "<document \(mark)>\n\(text)\n</document \(mark)>"
  }
}
