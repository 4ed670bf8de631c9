// Why a tokenizer cannot be built from what a checkpoint says.

/// Why a tokenizer cannot be built.
package enum TokenizerError: Error, Equatable {
  /// The checkpoint names a tokenizer model other than byte-level BPE.
  case unsupportedModel(name: String)
  /// The checkpoint names rules for cutting words that are not known here.
  case unsupportedPreTokenizer(name: String, known: [String])
  /// A step of a tokenizer.json that is not known here, such as a normalizer.
  case unsupportedStep(kind: String, name: String)
  /// There are not as many types as pieces.
  case typeCountMismatch(pieces: Int, types: Int)
  /// There are no pieces, or more than `limit`.
  case badPieceCount(Int, limit: Int)
  /// A merge is not two pieces whose joined text is a piece.
  case badMerge(rank: Int)
  /// A special token's id lies outside the vocabulary.
  case specialTokenOutOfRange(id: Int, vocabulary: Int)
  /// A file of the tokenizer lacks something or holds it in a wrong form.
  case malformedFile(name: String, expected: String)
  /// No token ends an answer.
  case missingEndOfText
  /// The special tokens that a prompt format needs are missing.
  case noPromptFormat(known: [String])
}

extension TokenizerError: CustomStringConvertible {
  /// Whether trying again can help: never, the checkpoint stays as it is.
  package var isTransient: Bool { false }

  package var description: String {
    switch self {
    case .unsupportedModel(let name):
      "The checkpoint's tokenizer model is \"\(name)\"; only byte-level BPE (\"gpt2\") is read."
    case .unsupportedPreTokenizer(let name, let known):
      "The checkpoint's pre-tokenizer is \"\(name)\"; known are \(known.joined(separator: ", "))."
    case .unsupportedStep(let kind, let name):
      "The tokenizer's \(kind) \(name) is not supported."
    case .typeCountMismatch(let pieces, let types):
      "The checkpoint's tokenizer has \(pieces) pieces but \(types) token types."
    case .badPieceCount(let count, let limit):
      "The checkpoint's tokenizer has \(count) pieces; 1 to \(limit) are read."
    case .badMerge(let rank):
      "Merge \(rank) of the checkpoint's tokenizer does not join two pieces into a third."
    case .specialTokenOutOfRange(let id, let vocabulary):
      "Special token \(id) lies outside the checkpoint's vocabulary of \(vocabulary)."
    case .malformedFile(let name, let expected):
      "The file \(name) of the tokenizer must hold \(expected)."
    case .missingEndOfText:
      "The checkpoint's tokenizer names no token that ends an answer."
    case .noPromptFormat(let known):
      "The checkpoint's special tokens fit no prompt format; known are "
        + known.joined(separator: ", ") + "."
    }
  }
}
