// The vocabulary of a tokenizer without its model.

import JSON
import Posix
import Tokenizers
import Tokens

/// A folder with tokenizer.json and tokenizer_config.json.
enum VocabularyFolder {
  /// Reads the tokens and the end of text.
  static func vocabulary(_ folder: FilePath) throws(CommandFailure) -> Vocabulary {
    let tokenizer = try document(folder / "tokenizer.json")
    let configuration = try document(folder / "tokenizer_config.json")
    do throws(TokenizerError) {
      return try Vocabulary(tokenizer: tokenizer, configuration: configuration)
    } catch { throw CommandFailure(.badInput, "the tokenizer \(folder): \(error)") }
  }

  private static func document(_ path: FilePath) throws(CommandFailure) -> JSONValue {
    try InputFile.document(path, kind: "tokenizer")
  }
}

extension InputFile {
  /// Reads a JSON file that was named by a person.
  ///
  /// - Parameter kind: What the file is meant to be, such as `schema`.
  static func document(_ path: FilePath, kind: String) throws(CommandFailure) -> JSONValue {
    let bytes = try contents(of: path, kind: kind)
    do throws(JSONError) {
      return try JSONValue.parse(bytes)
    } catch { throw CommandFailure(.badInput, "the \(kind) \(path) is not JSON: \(error)") }
  }
}
