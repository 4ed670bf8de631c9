// Which of the ideas that make decoding cheap are in use. None of them changes a record.

/// What may be saved while answers are made.
package struct DecodingOptions: Equatable, Sendable {
  /// Whether the head computes only the rows that a mask allows, where these are few.
  package var masksBeforeHead = true
  /// Whether dictated tokens join the next forward pass; else each has one of its own.
  package var joinsDictatedText = true
  /// The rows up to which a forward pass is filled with guesses; 0 for none.
  ///
  /// A pass of few rows takes as long as reading the weights does, so that guesses cost little.
  package var draftRows = 6
  /// Whether the time of masks is counted.
  package var timesMasks = false

  /// Creates the options in which everything is in use.
  package init() {}
}

/// What a scheduler did so far.
package struct DecodingCounts: Equatable, Sendable {
  /// Forward passes.
  package var passes = 0
  /// Forward passes in which a sequence decoded.
  package var decodingPasses = 0
  /// Rows of prompts.
  package var promptRows = 0
  /// Rows of answers, those of guesses included.
  package var answerRows = 0
  /// Rows for which the whole head was computed.
  package var wholeHeadRows = 0
  /// Rows for which some rows of the head were computed.
  package var partialHeadRows = 0
  /// Tokens of answers.
  package var answerTokens = 0
  /// Those of them that were dictated, or the only ones allowed.
  package var forcedTokens = 0
  /// Guesses that were verified.
  package var guesses = 0
  /// Those of them that were right.
  package var rightGuesses = 0
  /// Nanoseconds in forward passes.
  package var forwardNanoseconds: Int64 = 0
  /// Nanoseconds in output heads.
  package var headNanoseconds: Int64 = 0
  /// Nanoseconds in choices, with the masks and the dictated text behind them.
  package var choiceNanoseconds: Int64 = 0
  /// Nanoseconds of all three in passes that read no prompt.
  package var pureDecodeNanoseconds: Int64 = 0
  /// Nanoseconds of constraints in these passes, summed over threads, where masks are timed.
  package var maskNanoseconds: Int64 = 0

  /// Creates counts of nothing.
  package init() {}
}
