// The door between the two wings: what may be said next.
// Knows tokens and bytes, no tokenizer, no schema and no model.

/// Text that is the only legal continuation.
package struct DictatedText: Equatable, Sendable {
  /// The bytes that must follow, possibly none.
  package var bytes: [UInt8]
  /// Whether the answer is complete after these bytes and nothing else may follow.
  package var endsAnswer: Bool

  /// Creates dictated text.
  package init(bytes: [UInt8], endsAnswer: Bool) {
    self.bytes = bytes
    self.endsAnswer = endsAnswer
  }
}

/// A choice between a value and the word that it is not found.
package struct AbsenceChoice: Sendable {
  /// The names and numbers that lead to the value.
  package var path: [String]
  /// The tokens that begin the word "not found" and nothing else.
  package var tokens: TokenMask
  /// The tokens after which both are possible still; all others begin the value.
  package var undecided: TokenMask
  /// Tokens that are not allowed and by which a model says the same: what they would get counts for the word.
  package var synonyms: TokenMask

  /// Creates a choice.
  package init(
    path: [String], tokens: TokenMask, undecided: TokenMask, synonyms: TokenMask
  ) {
    self.path = path
    self.tokens = tokens
    self.undecided = undecided
    self.synonyms = synonyms
  }
}

/// A state of one answer under construction that knows which tokens may come next.
///
/// Conformers are values: a copy is an independent branch, and copying is cheap. End of text is a
/// token like any other: it is in the mask exactly where the answer may end.
///
/// Budgets count tokens, and every token spells at least one byte, so `need` in bytes bounds the
/// tokens of the shortest completion from above.
package protocol TokenConstraint: Sendable {
  /// The vocabulary whose tokens are masked.
  var vocabulary: Vocabulary { get }

  /// Fills a mask with the tokens that may come next.
  ///
  /// While `remaining > need + rise` this is the ordinary mask. From there on only tokens stay
  /// whose next state has `need <= remaining - 1`; one always exists if `need <= remaining`.
  ///
  /// - Parameters:
  ///   - mask: Overwritten. Its count is the vocabulary's.
  ///   - remaining: How many tokens may still be generated, the end-of-text token included.
  mutating func fillMask(_ mask: inout TokenMask, remaining: Int)

  /// Moves on by one token.
  ///
  /// - Returns: Whether the ordinary mask allows the token; if not, the state is unchanged.
  mutating func accept(_ token: TokenID) -> Bool

  /// Returns the bytes of the only legal continuation, as far as it is the only one.
  ///
  /// The bytes end where an enumeration of several values starts, so that its labels can be scored.
  ///
  /// - Parameter limit: The greatest number of bytes to return.
  mutating func dictatedText(limit: Int) -> DictatedText

  /// Returns the spellings of the values of an enumeration that starts exactly here, else nil.
  ///
  /// The spellings are canonical JSON bytes, in schema order.
  func labels() -> [[UInt8]]?

  /// Returns how the next token decides whether a value is found, nil where it decides no such thing.
  ///
  /// - Parameter mask: The tokens that may come next.
  func absence(in mask: TokenMask) -> AbsenceChoice?

  /// The JSON pointer of a value that starts exactly here and is checked after generation.
  var startsCheckedValue: String? { get }

  /// The length in bytes of the shortest completion, plus one for end of text.
  var need: Int { get }

  /// The greatest amount by which one token can raise `need`, a constant of the constraint.
  var rise: Int { get }

  /// Whether the answer may end here.
  var isComplete: Bool { get }

  /// Whether the answer has ended by an end-of-text token.
  var hasEnded: Bool { get }

  /// The names of queue limits that restricted the answer so far, as JSON pointers.
  var limitsMet: [String] { get }

  /// Why nothing may follow here, where that is a limit's doing and not the grammar's.
  var fault: String? { get }
}

extension TokenConstraint {
  /// No value may be missing.
  package func absence(in mask: TokenMask) -> AbsenceChoice? { nil }

  /// No limit ends an answer.
  package var fault: String? { nil }
}

/// A constraint that says what another one says, but for the rules that it adds.
package protocol WrappingConstraint: TokenConstraint {
  /// The other constraint.
  var base: any TokenConstraint { get set }
}

extension WrappingConstraint {
  package var vocabulary: Vocabulary { base.vocabulary }
  package var startsCheckedValue: String? { base.startsCheckedValue }
  package var need: Int { base.need }
  package var rise: Int { base.rise }
  package var isComplete: Bool { base.isComplete }
  package var hasEnded: Bool { base.hasEnded }
  package var limitsMet: [String] { base.limitsMet }
  package var fault: String? { base.fault }

  package func labels() -> [[UInt8]]? { base.labels() }

  package func absence(in mask: TokenMask) -> AbsenceChoice? { base.absence(in: mask) }

  package mutating func fillMask(_ mask: inout TokenMask, remaining: Int) {
    base.fillMask(&mask, remaining: remaining)
  }

  package mutating func dictatedText(limit: Int) -> DictatedText { base.dictatedText(limit: limit) }
}
