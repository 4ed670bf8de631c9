// A loaded model with its tokenizer and prompt format.

package import Compute
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
  /// Threads that wait while the scheduler's thread works alone, nil where there are none.
  let threadPool: ThreadPool?

  /// Creates an engine.
  package init(
    model: any Model, tokenizer: any Tokenizer, promptFormat: any PromptFormat,
    modelDigest: String, backendName: String, cacheByteLimit: Int, threadPool: ThreadPool? = nil
  ) {
    self.model = model
    self.tokenizer = tokenizer
    self.promptFormat = promptFormat
    self.modelDigest = modelDigest
    self.backendName = backendName
    self.cacheByteLimit = cacheByteLimit
    self.threadPool = threadPool
  }

  /// The greatest number of positions of one sequence.
  package var contextLength: Int { model.contextLength }

  /// The vocabulary that masks are made for.
  package var vocabulary: Vocabulary { tokenizer.vocabulary }

  /// The model where it has a head that drafts.
  var draftingModel: (any DraftingModel)? {
    (model as? any DraftingModel).flatMap { $0.hasDraftHead ? $0 : nil }
  }

  /// Makes an empty cache for one sequence, with what drafts need where the model drafts.
  func makeCache(capacity: Int) throws(ModelError) -> any SequenceCache {
    if let draftingModel { return try draftingModel.makeDraftingCache(capacity: capacity) }
    return try model.makeCache(capacity: capacity)
  }

  /// The positions that a sequence is expected to take, where a number of sequences is chosen.
  private static let expectedPositions = 4096
  /// The greatest number of sequences that is chosen without being asked for: beyond it a pass
  /// takes longer by as much as it does more.
  private static let mostSequences = 16

  /// How many sequences may run at once where nobody says: as many as memory holds, within reason.
  package var suggestedSequences: Int {
    let (bytes, overflows) = min(Self.expectedPositions, max(1, contextLength))
      .multipliedReportingOverflow(by: max(1, model.cacheBytesPerPosition))
    return overflows ? 1 : max(1, min(Self.mostSequences, cacheByteLimit / bytes))
  }
}
