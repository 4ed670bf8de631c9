// The scheduler's handle of one sequence.

import Models
import Tokens

/// One sequence on its way through the model.
final class Session {
  /// The number under which the answer is delivered.
  let ticket: Int
  let request: GenerationRequest
  var generation: Generation
  let cache: any SequenceCache
  /// The tokens that the model has not seen yet.
  var waiting: [TokenID]
  /// The number of prompt tokens that came from a stored prefix.
  let cachedCount: Int
  let admitted: Int64
  var firstLogits: Int64?

  init(
    ticket: Int, request: GenerationRequest, generation: Generation, cache: any SequenceCache,
    now: Int64
  ) {
    var generation = generation
    self.ticket = ticket
    self.request = request
    self.cache = cache
    self.cachedCount = cache.position
    self.waiting = Array(generation.nextInput().dropFirst(cache.position))
    self.generation = generation
    self.admitted = now
  }

  /// Whether the prompt is still being read.
  var isPrefilling: Bool { cache.position < request.prompt.count }

  /// Takes the next tokens to run, at most `limit`, ending at the shared prefix's end if it lies ahead.
  func takeInput(limit: Int) -> [TokenID] {
    var count = min(limit, waiting.count)
    let untilShared = request.sharedCount - cache.position
    if untilShared > 0 { count = min(count, untilShared) }
    let input = Array(waiting.prefix(count))
    waiting.removeFirst(count)
    return input
  }
}
