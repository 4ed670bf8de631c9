// Why the engine cannot be loaded or cannot take a request.

package import Checkpoints
package import Models
package import Posix
package import Tokenizers

/// Why the engine cannot be loaded or cannot answer.
package enum InferenceError: Error {
  /// The checkpoint cannot be opened.
  case file(path: String, PosixError)
  /// The path is no checkpoint.
  case notACheckpoint(path: String, problem: String)
  /// The checkpoint is malformed.
  case checkpoint(CheckpointError)
  /// The model cannot be built or run.
  case model(ModelError)
  /// The tokenizer or the prompt format cannot be built.
  case tokenizer(TokenizerError)
  /// The checkpoint has no tokenizer.
  case noTokenizer(path: String)
  /// Weights and cache do not fit into memory.
  case doesNotFit(path: String, neededBytes: Int, availableBytes: Int)
  /// The cache of one sequence is larger than all caches together may be.
  case cacheTooLarge(positions: Int, neededBytes: Int, limitBytes: Int)
  /// The prompt leaves no room in the context.
  case promptTooLong(tokens: Int, context: Int)
  /// The shortest answer is longer than what is left.
  case budgetTooSmall(needed: Int, left: Int)
  /// The constraint allows nothing, or refuses what it allowed.
  case constraintStuck(position: Int, fault: String?)
  /// The scheduler stopped before the answer was done.
  case stopped
}

extension InferenceError: CustomStringConvertible {
  /// Whether trying again can help.
  package var isTransient: Bool {
    switch self {
    case .stopped: true
    case .model(.outOfMemory): true
    default: false
    }
  }

  package var description: String {
    func gigabytes(_ bytes: Int) -> String {
      if bytes < 1_000_000_000 { return "\(bytes / 1_000_000) MB" }
      let tenths = bytes / 100_000_000
      return "\(tenths / 10).\(tenths % 10) GB"
    }
    switch self {
    case .file(let path, let error): return "The model \(path) cannot be opened: \(error)."
    case .notACheckpoint(let path, let problem): return "\(path) is no model: \(problem)."
    case .checkpoint(let error): return "\(error)"
    case .model(let error): return "\(error)"
    case .tokenizer(let error): return error.description
    case .noTokenizer(let path):
      return
        "\(path) has no tokenizer; it can be checked but cannot read documents. Use a GGUF file that "
        + "holds one, or put tokenizer.json beside it."
    case .doesNotFit(let path, let needed, let available):
      return "The model \(path) needs about \(gigabytes(needed)) of memory, "
        + "\(gigabytes(available)) are available; use a smaller model or free memory."
    case .cacheTooLarge(let positions, let needed, let limit):
      return "Prompt and answer of \(positions) tokens need \(gigabytes(needed)) of cache, "
        + "\(gigabytes(limit)) are free for it; shorten the document or free memory."
    case .promptTooLong(let tokens, let context):
      return "The prompt has \(tokens) tokens, the model holds \(context)."
    case .budgetTooSmall(let needed, let left):
      return "The shortest answer needs up to \(needed) tokens, \(left) are left."
    case .constraintStuck(let position, let fault):
      let known = "The masks allow no token after \(position) tokens of the answer"
      guard let fault else { return known + "." }
      return known + ": \(fault); make that part of the schema simpler."
    case .stopped: return "The engine stopped before the answer was done."
    }
  }
}
