// The table of prompt formats.

/// The formats that are known, in the order in which they are tried.
package enum PromptFormats {
  private static let known: [any PromptFormat.Type] = [
    ChatML.self, Llama3Prompt.self, DeepSeekPrompt.self,
  ]

  /// The names of all formats.
  package static var names: [String] { known.map { $0.name } }

  /// Returns the format that a tokenizer's special tokens ask for, or the one named.
  package static func format(
    for tokenizer: any Tokenizer, named name: String?
  ) throws(TokenizerError) -> any PromptFormat {
    for candidate in known where name == nil || candidate.name == name {
      if let format = candidate.init(tokenizer) { return format }
    }
    throw TokenizerError.noPromptFormat(known: names)
  }
}
