// How long and how deep a judgement may go; counted, so that its end is the same everywhere.

/// Bounds of one judgement of one value.
package struct JudgementLimits: Sendable {
  /// The greatest number of times that a schema meets a part of the value: about 2 seconds' worth.
  package var steps: Int
  /// The greatest number of pairs of a byte of text and a state of a pattern.
  package var patternSteps: Int
  /// How many schemas may be applied inside one another; each takes about 1 KiB of stack.
  package var depth: Int

  /// Creates limits.
  package init(
    steps: Int = 20_000_000, patternSteps: Int = 160_000_000, depth: Int = 2000
  ) {
    self.steps = steps
    self.patternSteps = patternSteps
    self.depth = depth
  }
}
