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
  /// What guesses are made from.
  var drafter: SequenceDrafter
  /// How many guesses of the last pass were right, and of all passes.
  var rightGuesses = 0
  var draftedCount = 0
  /// The number of prompt tokens that came from a stored prefix.
  let cachedCount: Int
  let admitted: Int64
  var firstLogits: Int64?

  init(
    ticket: Int, request: GenerationRequest, generation: Generation, cache: any SequenceCache,
    drafter: SequenceDrafter, now: Int64
  ) {
    var generation = generation
    self.ticket = ticket
    self.request = request
    self.cache = cache
    self.drafter = drafter
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

  /// Chooses tokens from the logits of a pass, as far as its guesses are right.
  ///
  /// - Parameter logits: The row behind the pass's own tokens, then one behind each guess that has one.
  func take(_ logits: ArraySlice<Logits>, _ guesses: [Guess]) {
    rightGuesses = 0
    for row in logits {
      let guess = rightGuesses < guesses.count ? guesses[rightGuesses] : nil
      guard generation.take(row, supposed: guess.map { ($0.token, $0.branch) }) else { break }
      rightGuesses += 1
      guard generation.phase == .needsLogits else { break }
    }
    draftedCount += rightGuesses
    waiting = generation.nextInput()
  }
}
