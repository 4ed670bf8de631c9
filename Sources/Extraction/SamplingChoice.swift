// What a queue says about the making of answers: how long they may be, how tokens are chosen.

/// How many tokens an answer may have.
package enum OutputBudget: Sendable, Hashable {
  /// What the context leaves, at most max(`need` of the start, 1024) plus twice the document's tokens.
  case auto
  /// A number, at most what the context leaves.
  case tokens(Int)
}

/// How tokens are chosen.
package struct SamplingChoice: Sendable, Hashable {
  /// The temperature; 0 takes the most probable token.
  package var temperature: Double
  /// The seed of the random numbers.
  package var seed: UInt64

  /// Creates a choice.
  package init(temperature: Double = 0, seed: UInt64 = 0) {
    self.temperature = temperature
    self.seed = seed
  }
}
