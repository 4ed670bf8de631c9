// What job threads ask of the scheduler, and what they get.

package import Tokens

/// One answer that is wanted.
package struct GenerationRequest: Sendable {
  /// The tokens of the prompt, at least one.
  package var prompt: [TokenID]
  /// The number of leading tokens that other prompts share, worth keeping; 0 for none.
  package var sharedCount: Int
  /// What the answer must satisfy, in its first state.
  package var constraint: any TokenConstraint
  /// The greatest number of tokens of the answer, the end-of-text token included.
  package var budget: Int
  /// How tokens are chosen.
  package var sampling: SamplingSettings
  /// Whether enumerations are scored, and what corrects the scores.
  package var labels: LabelPolicy
  /// The text that stands before the answer's first token, where it goes on from an earlier answer.
  package var before: [UInt8] = []

  /// Creates a request.
  package init(
    prompt: [TokenID], sharedCount: Int, constraint: any TokenConstraint, budget: Int,
    sampling: SamplingSettings, labels: LabelPolicy = .ignored
  ) {
    self.labels = labels
    self.prompt = prompt
    self.sharedCount = sharedCount
    self.constraint = constraint
    self.budget = budget
    self.sampling = sampling
  }
}

/// One finished answer.
package struct GenerationResult: Sendable {
  /// The tokens with their probabilities, without the end-of-text token.
  package var tokens: [AnswerToken]
  /// Whether the budget removed a token that the ordinary mask would have taken.
  package var closedEarly: Bool
  /// The JSON pointers of values that a limit of the constraint bounded.
  package var limitsMet: [String]
  /// The number of prompt tokens whose cache was reused.
  package var cachedCount: Int
  /// The number of the answer's tokens that were guessed and verified.
  package var draftedCount: Int
  /// The enumerations that were scored, in order.
  package var labels: [ScoredLabels]
  /// The values that might have been "not found", in order.
  package var absences: [ScoredAbsence]
  /// Milliseconds from admission to the first logits.
  package var prefillMilliseconds: Int
  /// Milliseconds from the first logits to the end.
  package var decodeMilliseconds: Int
}
