// How a schema becomes a grammar: what may be spelled, what is asserted, what is refused.

/// How a grammar is made.
package struct GrammarOptions: Sendable, Hashable {
  /// Where white space may stand in the output.
  package enum WhiteSpace: Sendable {
    /// Nowhere: the canonical form.
    case none
    /// One space after each comma and colon between values, and a line for each element of an array whose
    /// elements may be arrays or objects: still one spelling of a value. Models have read most JSON so, and
    /// on one line they end lists too late.
    case separators
    /// Wherever JSON allows it.
    case any
  }

  /// How numbers may be spelled.
  package enum Numbers: Sendable {
    /// Without exponent, and whole numbers without a fraction.
    case plain
    /// As JSON allows: `1.0` is a whole number, exponents stand where a number is not compared.
    case any
  }

  /// In which order the members of an object may stand.
  package enum MemberOrder: Sendable {
    /// As the schema declares them, then all others in any order.
    case schema
    /// In any order, where no member depends on the absence of another one.
    case any
  }

  /// Whether formats restrict strings.
  package enum Formats: Sendable {
    case assert
    case annotate
  }

  /// What becomes of a schema that no value satisfies.
  package enum Contradictions: Sendable {
    /// It is refused.
    case refuse
    /// It becomes a grammar whose first mask is empty.
    case accept
  }

  /// In which order the members of an object may stand.
  package var memberOrder: MemberOrder
  /// The bounds of what is generated.
  package var limits: GenerationLimits
  /// Where white space may stand.
  package var whiteSpace: WhiteSpace
  /// How numbers may be spelled.
  package var numbers: Numbers
  /// Whether formats restrict strings.
  package var formats: Formats
  /// What becomes of a schema that no value satisfies.
  package var contradictions: Contradictions

  /// Creates options; the defaults are those of a queue.
  package init(
    limits: GenerationLimits = GenerationLimits(), whiteSpace: WhiteSpace = .none,
    numbers: Numbers = .plain, formats: Formats = .assert, contradictions: Contradictions = .refuse,
    memberOrder: MemberOrder = .schema
  ) {
    self.memberOrder = memberOrder
    self.limits = limits
    self.whiteSpace = whiteSpace
    self.numbers = numbers
    self.formats = formats
    self.contradictions = contradictions
  }
}
