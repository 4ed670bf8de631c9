// What the engine asks of a language model: token ids in, logits out.
// Knows no text, no mask and no schema.

package import Tokens

/// The tokens of one sequence in a batch.
package struct SequenceInput {
  /// The tokens to add, at least one; the first stands at `cache.position`.
  package var tokens: [TokenID]
  /// The state of the sequence, advanced by the forward pass.
  package var cache: any SequenceCache
  /// Which rows of final hidden states to keep.
  package var keep: KeptRows

  /// Creates the input of one sequence.
  package init(tokens: [TokenID], cache: any SequenceCache, keep: KeptRows) {
    self.tokens = tokens
    self.cache = cache
    self.keep = keep
  }
}

/// Which final hidden states of a sequence's new tokens are kept for the output head.
package enum KeptRows: Sendable {
  case none
  case last
  case all
  /// The rows of the new tokens with these indices, ascending.
  case some([Int])
}

/// Which logits of one row are computed.
package enum LogitsRequest: Sendable {
  /// Every token's.
  case all
  /// Only those of the given ids, ascending.
  case only([TokenID])
}

/// The logits of one row, in the order that was asked for.
package enum Logits: Sendable {
  /// One value per token id.
  case all([Float])
  /// Values beside the ids they belong to.
  case only(ids: [TokenID], values: [Float])
}

/// A loaded model.
///
/// `forward` and `logits` are separate steps so that masks can be filled between them. One thread
/// calls a model; the model fans out over its backend's threads.
package protocol Model: AnyObject {
  /// The number of rows of the output head.
  var vocabularyCount: Int { get }
  /// The greatest number of positions of one sequence.
  var contextLength: Int { get }
  /// The bytes of cache that one position of one sequence takes.
  var cacheBytesPerPosition: Int { get }

  /// Makes an empty cache for one sequence of at most `capacity` positions.
  func makeCache(capacity: Int) throws(ModelError) -> any SequenceCache

  /// Runs the layers over new tokens of several sequences and advances their caches.
  ///
  /// - Returns: How many hidden rows are kept: sequence by sequence, token by token. They stay
  ///   valid until the next call.
  func forward(_ batch: [SequenceInput]) throws(ModelError) -> Int

  /// Runs the output head over kept rows.
  ///
  /// - Parameters:
  ///   - rows: Indices into the rows that the last `forward` kept.
  ///   - requests: One per row.
  func logits(rows: [Int], requests: [LogitsRequest]) throws(ModelError) -> [Logits]
}

/// A model with a head that guesses one token further.
package protocol DraftingModel: Model {
  /// Whether the checkpoint holds the head.
  var hasDraftHead: Bool { get }

  /// Makes an empty cache that also keeps what drafts need.
  func makeDraftingCache(capacity: Int) throws(ModelError) -> any SequenceCache

  /// Guesses the logits of the token after `token`, which itself is not added to the cache.
  ///
  /// The result is a guess of the model's own logits and not equal to them.
  ///
  /// - Parameter cache: A drafting cache with at least one token.
  func draft(after token: TokenID, in cache: any SequenceCache) throws(ModelError) -> [Float]
}
