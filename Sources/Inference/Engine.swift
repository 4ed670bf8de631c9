// A loaded model with its tokenizer and prompt format.

package import Models
package import Tokenizers
package import Tokens

/// What one worker loads once and shares among its jobs.
///
/// Only the scheduler's thread calls the model; everything else is immutable.
package final class Engine: @unchecked Sendable {
  // SAFETY: `model` is called by one thread at a time, the scheduler's; the rest never changes.

  /// The model.
  package let model: any Model
  /// The tokenizer.
  package let tokenizer: any Tokenizer
  /// The way in which turns become a prompt.
  package let promptFormat: any PromptFormat
  /// The digest of the checkpoint's header and tensor edges, as `sha256:…`.
  package let modelDigest: String
  /// The backend, instruction set and precision.
  package let backendName: String
  /// The bytes that caches may take together.
  package let cacheByteLimit: Int

  /// Creates an engine.
  package init(
    model: any Model, tokenizer: any Tokenizer, promptFormat: any PromptFormat,
    modelDigest: String, backendName: String, cacheByteLimit: Int
  ) {
    self.model = model
    self.tokenizer = tokenizer
    self.promptFormat = promptFormat
    self.modelDigest = modelDigest
    self.backendName = backendName
    self.cacheByteLimit = cacheByteLimit
  }

  /// The greatest number of positions of one sequence.
  package var contextLength: Int { model.contextLength }

  /// The vocabulary that masks are made for.
  package var vocabulary: Vocabulary { tokenizer.vocabulary }
}
