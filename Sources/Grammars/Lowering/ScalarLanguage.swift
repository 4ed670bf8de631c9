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

extension GrammarCompiler {
  /// All scalars.
  var allScalars: ScalarLanguage {
    ScalarLanguage(
      words: 7, numbers: terms.numbers, wholes: .yes, others: .yes, strings: terms.strings)
  }

  mutating func and(_ a: ScalarLanguage, _ b: ScalarLanguage) -> ScalarLanguage {
    ScalarLanguage(
      words: a.words & b.words, numbers: and(a.numbers, b.numbers, all: terms.numbers),
      wholes: a.wholes.and(b.wholes), others: a.others.and(b.others),
      strings: and(a.strings, b.strings, all: terms.strings))
  }

  mutating func or(_ a: ScalarLanguage, _ b: ScalarLanguage) -> ScalarLanguage {
    ScalarLanguage(
      words: a.words | b.words, numbers: or(a.numbers, b.numbers, all: terms.numbers),
      wholes: a.wholes.or(b.wholes), others: a.others.or(b.others),
      strings: or(a.strings, b.strings, all: terms.strings))
  }

  /// Returns what two languages share; both are within `all`.
  mutating func and(_ a: Term, _ b: Term, all: Term) -> Term {
    if a == b || b == all { return a }
    if a == all { return b }
    if a == RegexSet.nothing || b == RegexSet.nothing { return RegexSet.nothing }
    for (list, other) in [(a, b), (b, a)] {
      guard let texts = automaton.regexes.literalTexts(list) else { continue }
      let kept = texts.filter { automaton.accepts(other, $0) }
      return kept.count == texts.count ? list : automaton.regexes.literals(kept)
    }
    let result = automaton.regexes.intersection([a, b])
    if automaton.regexes.isText(a) || automaton.regexes.isText(b) {
      automaton.regexes.markText(result)
    }
    return automaton.need(result) >= LeafAutomaton.unreachable ? RegexSet.nothing : result
  }

  /// Returns what either of two languages has; both are within `all`.
  mutating func or(_ a: Term, _ b: Term, all: Term) -> Term {
    if a == b || b == RegexSet.nothing || a == all { return a }
    if a == RegexSet.nothing || b == all { return b }
    if let x = automaton.regexes.literalTexts(a), let y = automaton.regexes.literalTexts(b) {
      return automaton.regexes.literals(x + y.filter { !automaton.accepts(a, $0) })
    }
    let result = automaton.regexes.alternatives([a, b])
    if automaton.regexes.isText(a), automaton.regexes.isText(b) {
      automaton.regexes.markText(result)
    }
    return result
  }

  /// Returns the strings that a language of strings lacks.
  mutating func otherStrings(_ term: Term) -> Term {
    if term == terms.strings { return RegexSet.nothing }
    if term == RegexSet.nothing { return terms.strings }
    let result = automaton.regexes.intersection([
      terms.strings, automaton.regexes.complement(term),
    ])
    automaton.regexes.markText(result)
    return automaton.need(result) >= LeafAutomaton.unreachable ? RegexSet.nothing : result
  }

  /// Returns the numbers that a language of numbers lacks.
  mutating func otherNumbers(_ term: Term) -> Term {
    if term == terms.numbers { return RegexSet.nothing }
    if term == RegexSet.nothing { return terms.numbers }
    let result = automaton.regexes.intersection([
      terms.numbers, automaton.regexes.complement(term),
    ])
    return automaton.need(result) >= LeafAutomaton.unreachable ? RegexSet.nothing : result
  }
}
