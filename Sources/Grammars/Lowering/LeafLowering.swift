// From a language of scalars to the one term of a value position, within the limits.

import JSON

extension CommonTerms {
  /// Makes the terms for a way of spelling numbers.
  init(_ spelling: GrammarOptions.Numbers, _ regexes: inout RegexSet) {
    let lowering = NumberLowering(limits: .none)
    let digit = regexes.bytes(.digits)
    let sign = regexes.optional(regexes.byte(0x2D))
    let whole = regexes.alternatives([
      regexes.byte(0x30),
      regexes.concat(regexes.bytes(ByteSet(0x31...0x39)), regexes.repetition(digit, 0)),
    ])
    func fraction(_ digit: Term, _ regexes: inout RegexSet) -> Term {
      regexes.optional(regexes.concat(regexes.byte(0x2E), regexes.repetition(digit, 1)))
    }
    let zeros = fraction(regexes.byte(0x30), &regexes)
    wholeValues = regexes.concat([sign, whole, zeros])
    switch spelling {
    case .plain:
      numbers = lowering.decimals(place: 0, into: &regexes)
      wholes = lowering.integers(nil, nil, place: 0, into: &regexes)
      plainWholes = wholes
    case .any:
      numbers = regexes.concat([sign, whole, fraction(digit, &regexes)])
      wholes = wholeValues
      plainWholes = regexes.concat(sign, whole)
    }
    strings = regexes.text(least: 0, greatest: RegexSet.unbounded, place: 0)
  }
}

extension GrammarCompiler {
  /// Returns a term for scalars with their quotes.
  mutating func leaf(_ scalars: ScalarLanguage) -> Term {
    var parts: [Term] = []
    var words: [[UInt8]] = []
    if scalars.words & ScalarLanguage.nullBit != 0 { words.append(Array("null".utf8)) }
    if scalars.words & ScalarLanguage.falseBit != 0 { words.append(Array("false".utf8)) }
    if scalars.words & ScalarLanguage.trueBit != 0 { words.append(Array("true".utf8)) }
    parts.append(automaton.regexes.literals(words))
    if scalars.numbers != RegexSet.nothing { parts.append(withinLimits(number: scalars.numbers)) }
    if options.numbers == .any, scalars.wholes == .yes || scalars.others == .yes {
      parts.append(exponents(scalars))
    }
    if scalars.strings != RegexSet.nothing {
      parts.append(
        automaton.regexes.concat(
          automaton.regexes.literal([0x22]), withinLimits(text: scalars.strings)))
    }
    return automaton.regexes.alternatives(parts)
  }

  private mutating func withinLimits(text: Term) -> Term {
    guard options.limits.string < GenerationLimits.unbounded else { return text }
    let node = automaton.regexes.nodes[Int(text)]
    let lowering = StringLowering(limits: options.limits)
    if node.kind == .text {
      return lowering.text(
        Int(node.b), node.c < 0 ? nil : Int(node.c), place: place, into: &automaton.regexes)
    }
    if automaton.regexes.nodes[Int(text)].kind == .literals { return text }
    let least = automaton.need(text)
    let bound = automaton.regexes.text(
      least: 0, greatest: Int32(clamping: max(options.limits.string, least)), place: place)
    return automaton.regexes.intersection([text, bound])
  }

  private mutating func withinLimits(number: Term) -> Term {
    let limits = options.limits
    guard
      limits.integerDigits < GenerationLimits.unbounded
        || limits.fractionDigits < GenerationLimits.unbounded
    else { return number }
    if automaton.regexes.nodes[Int(number)].kind == .literals { return number }
    if let known = limited[number] { return known }
    let lowering = NumberLowering(limits: limits)
    if options.numbers == .plain, number == terms.numbers {
      return lowering.decimals(place: place, into: &automaton.regexes)
    }
    if options.numbers == .plain, number == terms.wholes {
      return lowering.integers(nil, nil, place: place, into: &automaton.regexes)
    }
    let least = automaton.need(number)
    let digit = automaton.regexes.bytes(.digits)
    func digits(_ count: Int) -> Term {
      automaton.regexes.repetition(
        digit, 1, count >= Int(Int32.max) ? RegexSet.unbounded : Int32(max(count, least)))
    }
    let whole = digits(limits.integerDigits)
    let fraction = digits(limits.fractionDigits)
    let bound = automaton.regexes.concat([
      automaton.regexes.optional(automaton.regexes.byte(0x2D)), whole,
      automaton.regexes.optional(
        automaton.regexes.concat(automaton.regexes.byte(0x2E), fraction)),
    ])
    return automaton.regexes.intersection([number, bound])
  }

  /// Returns the numbers with an exponent that are known to satisfy everything.
  private mutating func exponents(_ scalars: ScalarLanguage) -> Term {
    let digit = automaton.regexes.bytes(.digits)
    func exponent(_ signs: ByteSet) -> Term {
      automaton.regexes.concat([
        automaton.regexes.bytes(ByteSet([0x45, 0x65])),
        automaton.regexes.optional(automaton.regexes.bytes(signs)),
        automaton.regexes.repetition(digit, 1, 8),
      ])
    }
    let all = automaton.regexes.concat(terms.numbers, exponent(ByteSet([0x2B, 0x2D])))
    let wholes = automaton.regexes.concat(terms.wholeValues, exponent(ByteSet([0x2B])))
    switch (scalars.wholes, scalars.others) {
    case (.yes, .yes): return all
    case (.yes, _): return wholes
    case (_, .yes):
      return automaton.regexes.intersection([all, automaton.regexes.complement(wholes)])
    default: return RegexSet.nothing
    }
  }

  /// Returns the part of a leaf in which every value has one spelling.
  mutating func distinct(_ leaf: Term) -> Term {
    if automaton.regexes.nodes[Int(leaf)].kind == .literals { return leaf }
    if let known = distinctMemo[leaf] { return known }
    let zero = automaton.regexes.byte(0x30)
    let leading = automaton.regexes.bytes(ByteSet(0x31...0x39))
    let digits = automaton.regexes.repetition(automaton.regexes.bytes(.digits), 0)
    let sign = automaton.regexes.optional(automaton.regexes.byte(0x2D))
    let nonzero = automaton.regexes.concat(leading, digits)
    let whole = automaton.regexes.alternatives([zero, nonzero])
    let fraction = automaton.regexes.concat([automaton.regexes.byte(0x2E), digits, leading])
    var starts = ByteSet.all
    starts = starts.subtracting(ByteSet.digits.union(ByteSet([0x2D])))
    let canonical = automaton.regexes.alternatives([
      zero, automaton.regexes.concat(sign, nonzero),
      automaton.regexes.concat([sign, whole, fraction]),
      automaton.regexes.concat(automaton.regexes.bytes(starts), RegexSet.anything),
    ])
    let result = automaton.regexes.intersection([leaf, canonical])
    distinctMemo[leaf] = result
    return result
  }
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

  /// Returns the scalars that any of some languages has.
  mutating func or(_ languages: [ScalarLanguage]) -> ScalarLanguage {
    inPairs(languages) { $0.or($1, $2) } ?? .nothing
  }

  /// Returns the scalars that all of some languages have.
  mutating func and(_ languages: [ScalarLanguage]) -> ScalarLanguage {
    inPairs(languages) { $0.and($1, $2) } ?? allScalars
  }

  /// Joins languages in pairs and what comes of them in pairs again, so that no list grows one by one.
  private mutating func inPairs(
    _ languages: [ScalarLanguage],
    _ join: (inout GrammarCompiler, ScalarLanguage, ScalarLanguage) -> ScalarLanguage
  ) -> ScalarLanguage? {
    var level = languages
    while level.count > 1 {
      var next: [ScalarLanguage] = []
      for place in stride(from: 0, to: level.count - 1, by: 2) {
        next.append(join(&self, level[place], level[place + 1]))
      }
      if level.count % 2 == 1 { next.append(level[level.count - 1]) }
      level = next
    }
    return level.first
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
    if automaton.beginApart(a, b) { return RegexSet.nothing }
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
