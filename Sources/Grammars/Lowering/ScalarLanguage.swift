// The scalars of a condition: regular languages, so that every keyword that applies to scalars can be
// negated and combined without splitting anything.

/// A set of scalars, apart by type.
struct ScalarLanguage: Sendable {
  /// What is known about numbers that are spelled with an exponent, which are not compared.
  enum Verdict: Sendable {
    case no, unknown, yes

    func and(_ other: Verdict) -> Verdict {
      if self == .no || other == .no { return .no }
      return self == .yes && other == .yes ? .yes : .unknown
    }

    func or(_ other: Verdict) -> Verdict {
      if self == .yes || other == .yes { return .yes }
      return self == .no && other == .no ? .no : .unknown
    }
  }

  /// Bits for null, false and true.
  var words: UInt8
  /// Numbers without exponent.
  var numbers: Term
  /// Whole numbers with an exponent of at least zero.
  var wholes: Verdict
  /// All other numbers with an exponent.
  var others: Verdict
  /// Strings from after the opening quote to after the closing one.
  var strings: Term

  static let nullBit: UInt8 = 1
  static let falseBit: UInt8 = 2
  static let trueBit: UInt8 = 4

  static let nothing = ScalarLanguage(
    words: 0, numbers: RegexSet.nothing, wholes: .no, others: .no, strings: RegexSet.nothing)
}

/// The terms that every schema needs.
struct CommonTerms: Sendable {
  /// All numbers without exponent.
  var numbers: Term
  /// Whole numbers as they may be spelled.
  var wholes: Term
  /// Whole numbers without fraction and exponent.
  var plainWholes: Term
  /// Every spelling of a whole number within `numbers`.
  var wholeValues: Term
  /// All strings from after the opening quote.
  var strings: Term
}
