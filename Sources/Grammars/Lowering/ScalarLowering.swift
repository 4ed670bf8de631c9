// What a schema says about scalars, as regular languages. Negation is pushed to the keywords.

import JSON
import JSONSchema

extension GrammarCompiler {
  /// Returns the scalars that satisfy all conditions of a goal.
  mutating func scalars(of goal: Goal) throws(GrammarError) -> ScalarLanguage {
    var result = allScalars
    for literal in goal.literals { result = and(result, try scalars(of: literal)) }
    return result
  }

  /// Returns the scalars that satisfy a condition.
  mutating func scalars(of literal: Literal) throws(GrammarError) -> ScalarLanguage {
    if let known = scalarMemo[literal] { return known }
    let result: ScalarLanguage
    switch conditions[literal] {
    case .never: result = literal.isNegated ? allScalars : .nothing
    case .constant(let number):
      result = scalars(
        among: [conditions.constants[Int(number)]], isNegated: literal.isNegated)
    case .node(let id, _):
      // A schema that is reached again without going into a part of the value accepts nothing.
      guard !open.contains(literal) else { return .nothing }
      try checkDepth(open.count, literal)
      open.insert(literal)
      defer { open.remove(literal) }
      let node = schema.nodes[id.index]
      if let flag = node.boolean {
        result = flag != literal.isNegated ? allScalars : .nothing
      } else if literal.isNegated {
        result = try scalars(outside: node, parts(of: literal))
      } else {
        result = try scalars(inside: node, parts(of: literal))
      }
    }
    scalarMemo[literal] = result
    return result
  }

  // MARK: - Combinators

  /// Up to so many parts are joined one by one.
  private static let fewParts = 8

  /// Returns the scalars that satisfy all of many conditions.
  @inline(never)
  private mutating func scalars(
    ofAll parts: [Literal]
  ) throws(GrammarError) -> ScalarLanguage {
    var languages: [ScalarLanguage] = []
    for part in parts { languages.append(try scalars(of: part)) }
    return and(languages)
  }

  private mutating func scalars(
    inside node: SchemaNode, _ parts: ConditionParts
  ) throws(GrammarError) -> ScalarLanguage {
    var result = try ownScalars(node)
    if parts.all.count > Self.fewParts {
      result = and(result, try scalars(ofAll: parts.all))
    } else {
      for part in parts.all { result = and(result, try scalars(of: part)) }
    }
    if !parts.any.isEmpty {
      var some: [ScalarLanguage] = []
      for part in parts.any { some.append(try scalars(of: part)) }
      result = and(result, or(some))
    }
    if !parts.one.isEmpty { result = and(result, try counted(parts.one).one) }
    if let choice = parts.choice {
      let then = and(try scalars(of: choice.condition), try scalars(of: choice.then))
      let otherwise = and(
        try scalars(of: choice.condition.negated), try scalars(of: choice.otherwise))
      result = and(result, or(then, otherwise))
    }
    return result
  }

  private mutating func scalars(
    outside node: SchemaNode, _ parts: ConditionParts
  ) throws(GrammarError) -> ScalarLanguage {
    var result = try ownScalarsNegated(node)
    for part in parts.all { result = or(result, try scalars(of: part.negated)) }
    if !parts.any.isEmpty {
      var shared = allScalars
      for part in parts.any { shared = and(shared, try scalars(of: part.negated)) }
      result = or(result, shared)
    }
    if !parts.one.isEmpty {
      let count = try counted(parts.one)
      result = or(result, or(count.none, count.more))
    }
    if let choice = parts.choice {
      let then = and(try scalars(of: choice.condition), try scalars(of: choice.then.negated))
      let otherwise = and(
        try scalars(of: choice.condition.negated), try scalars(of: choice.otherwise.negated))
      result = or(result, or(then, otherwise))
    }
    return result
  }

  /// Returns the scalars that satisfy none, one, and more of some conditions.
  private mutating func counted(
    _ parts: [Literal]
  ) throws(GrammarError) -> Counted {
    var singles: [Counted] = []
    for part in parts {
      singles.append(
        Counted(
          none: try scalars(of: part.negated), one: try scalars(of: part), more: .nothing))
    }
    var result = counted(singles[...])
    if singles.count > Self.fewParts {
      settle(\.wholes, singles, &result)
      settle(\.others, singles, &result)
    }
    return result
  }

  /// Finds what is known about numbers with an exponent as if the conditions were counted one after another.
  ///
  /// What is unknown is less so in halves, and what a mask allows must not depend on how many conditions there are.
  private func settle(
    _ verdict: WritableKeyPath<ScalarLanguage, ScalarLanguage.Verdict>, _ singles: [Counted],
    _ result: inout Counted
  ) {
    var (none, one, more) = (
      ScalarLanguage.Verdict.yes, ScalarLanguage.Verdict.no, ScalarLanguage.Verdict.no
    )
    for single in singles {
      let (inside, outside) = (single.one[keyPath: verdict], single.none[keyPath: verdict])
      more = more.or(one.and(inside))
      one = one.and(outside).or(none.and(inside))
      none = none.and(outside)
    }
    result.none[keyPath: verdict] = none
    result.one[keyPath: verdict] = one
    result.more[keyPath: verdict] = more
  }

  /// The scalars that satisfy none, one, and more of some conditions.
  private struct Counted {
    var none: ScalarLanguage
    var one: ScalarLanguage
    var more: ScalarLanguage
  }

  /// Counts the conditions of both halves of a list, so that what is found of many is not derived anew for each.
  ///
  /// A few are counted one after another.
  private mutating func counted(_ singles: ArraySlice<Counted>) -> Counted {
    if singles.count > Self.fewParts {
      let middle = singles.startIndex + singles.count / 2
      let first = counted(singles[..<middle])
      return both(first, counted(singles[middle...]))
    }
    var result = Counted(none: allScalars, one: .nothing, more: .nothing)
    for single in singles { result = both(result, single) }
    return result
  }

  private mutating func both(_ a: Counted, _ b: Counted) -> Counted {
    Counted(
      none: and(a.none, b.none), one: or(and(a.one, b.none), and(a.none, b.one)),
      more: or(or(a.more, b.more), and(a.one, b.one)))
  }

  // MARK: - Keywords

  private mutating func ownScalars(_ node: SchemaNode) throws(GrammarError) -> ScalarLanguage {
    let types = node.types ?? .any
    var result = scalars(ofTypes: types)
    if let values = node.enumeration {
      result = and(result, scalars(among: values, isNegated: false))
    }
    if let value = node.constant { result = and(result, scalars(among: [value], isNegated: false)) }
    if result.numbers != RegexSet.nothing || result.wholes != .no || result.others != .no,
      !node.numbers.isIdle
    {
      let isWhole = !types.contains(.fraction)
      let own = try numbers(node.numbers, isWhole: isWhole, node)
      // What is lowered as whole is whole already.
      result.numbers =
        result.numbers == terms.wholes && isWhole
        ? own : and(result.numbers, own, all: terms.numbers)
      result.wholes = result.wholes.and(.unknown)
      result.others = result.others.and(.unknown)
    }
    if result.strings != RegexSet.nothing {
      for term in try strings(node) {
        result.strings = and(result.strings, term, all: terms.strings)
      }
    }
    return result
  }

  private mutating func ownScalarsNegated(
    _ node: SchemaNode
  ) throws(GrammarError) -> ScalarLanguage {
    var result = ScalarLanguage.nothing
    let types = node.types ?? .any
    if node.types != nil {
      result = scalars(ofTypes: SchemaTypes.any.subtracting(types))
      if types.contains(.fraction) {
        result.numbers = RegexSet.nothing
        (result.wholes, result.others) = (.no, .no)
      } else if types.contains(.spelledInteger) {
        result.numbers = otherNumbers(terms.wholeValues)
        (result.wholes, result.others) = (.no, .unknown)
      } else if types.contains(.plainInteger) {
        result.numbers = otherNumbers(terms.plainWholes)
        (result.wholes, result.others) = (.yes, .yes)
      }
    }
    if let values = node.enumeration {
      result = or(result, scalars(among: values, isNegated: true))
    }
    if let value = node.constant { result = or(result, scalars(among: [value], isNegated: true)) }
    if !node.numbers.isIdle {
      let inside = try numbers(node.numbers, isWhole: false, allSpellings: true, node)
      result.numbers = or(result.numbers, otherNumbers(inside), all: terms.numbers)
      result.wholes = result.wholes.or(.unknown)
      result.others = result.others.or(.unknown)
    }
    for term in try strings(node, isNegated: true) {
      result.strings = or(result.strings, otherStrings(term), all: terms.strings)
    }
    return result
  }

  private func scalars(ofTypes types: SchemaTypes) -> ScalarLanguage {
    var result = ScalarLanguage.nothing
    if types.contains(.null) { result.words |= ScalarLanguage.nullBit }
    if types.contains(.boolean) {
      result.words |= ScalarLanguage.falseBit | ScalarLanguage.trueBit
    }
    if types.contains(.fraction) {
      result.numbers = terms.numbers
      (result.wholes, result.others) = (.yes, .yes)
    } else if types.contains(.spelledInteger) {
      result.numbers = terms.wholes
      (result.wholes, result.others) = (.yes, .unknown)
    } else if types.contains(.plainInteger) {
      result.numbers = terms.plainWholes
    }
    if types.contains(.string) { result.strings = terms.strings }
    return result
  }

  /// Returns the scalars among some values, or all others.
  private mutating func scalars(among values: [JSONValue], isNegated: Bool) -> ScalarLanguage {
    var result = ScalarLanguage.nothing
    var texts: [[UInt8]] = []
    var numbers: [Term] = []
    for value in values {
      switch value {
      case .null: result.words |= ScalarLanguage.nullBit
      case .bool(let flag):
        result.words |= flag ? ScalarLanguage.trueBit : ScalarLanguage.falseBit
      case .string: texts.append(Array(value.bytes.dropFirst()))
      case .number(let number):
        let lowering = NumberLowering(limits: .none)
        if isNegated || options.numbers == .any {
          numbers.append(lowering.value(number.decimal, into: &automaton.regexes))
        } else {
          numbers.append(lowering.spelling(number, into: &automaton.regexes))
        }
        (result.wholes, result.others) = (.unknown, .unknown)
      case .array, .object: continue
      }
    }
    result.strings = automaton.regexes.literals(texts)
    automaton.regexes.markText(result.strings)
    result.numbers = automaton.regexes.alternatives(numbers)
    guard isNegated else { return result }
    result.words = ~result.words & 7
    result.strings = otherStrings(result.strings)
    result.numbers = otherNumbers(result.numbers)
    result.wholes = result.wholes == .no ? .yes : .unknown
    result.others = result.others == .no ? .yes : .unknown
    return result
  }

  /// Returns the numbers that satisfy the keywords of numbers of a node.
  private mutating func numbers(
    _ keywords: NumberKeywords, isWhole: Bool, allSpellings: Bool = false, _ node: SchemaNode
  ) throws(GrammarError) -> Term {
    for (keyword, bound) in [
      ("minimum", keywords.minimum), ("maximum", keywords.maximum),
      ("exclusiveMinimum", keywords.exclusiveMinimum),
      ("exclusiveMaximum", keywords.exclusiveMaximum), ("multipleOf", keywords.multipleOf),
    ] {
      guard let bound,
        abs(bound.scale) > NumberLowering.greatestDigitCount
          || bound.digits.count > NumberLowering.greatestDigitCount
      else { continue }
      throw .refused(
        pointer: node.pointer, keyword: keyword,
        detail:
          "numbers with more than \(NumberLowering.greatestDigitCount) digits are not compared")
    }
    let bounds = NumberBounds(keywords)
    let lowering = NumberLowering(limits: .none)
    var result = terms.numbers
    let isSpelledPlain = options.numbers == .plain && !allSpellings
    if isWhole && isSpelledPlain {
      result = terms.wholes
      if bounds.lower != nil || bounds.upper != nil {
        let plain = lowering.integers(bounds.first, bounds.last, place: 0, into: &automaton.regexes)
        result = plain
        if options.limits != .none {
          limited[plain] = NumberLowering(limits: options.limits).integers(
            bounds.first, bounds.last, place: place, into: &automaton.regexes)
        }
      }
    } else if isWhole {
      result = terms.wholes
      if bounds.lower != nil || bounds.upper != nil {
        result = lowering.wholes(bounds.first, bounds.last, into: &automaton.regexes)
      }
    } else if bounds.lower != nil || bounds.upper != nil {
      result = and(
        lowering.decimals(bounds, into: &automaton.regexes), terms.numbers, all: terms.numbers)
    }
    if let step = keywords.multipleOf {
      let isInteger = isWhole && isSpelledPlain
      guard
        let divisor = lowering.divisor(
          step, isWhole: isWhole, allowsFraction: !isInteger, allowsZeros: !isSpelledPlain)
      else {
        throw .refused(
          pointer: node.pointer, keyword: "multipleOf", detail: "the divisor has too many digits")
      }
      let signsZero = !isSpelledPlain
      let multiple = lowering.multiples(
        of: divisor, signsZero: signsZero, into: &automaton.regexes)
      if bounds.lower != nil || bounds.upper != nil {
        result = and(result, multiple, all: terms.numbers)
      } else {
        // Multiples are spelled as numbers are.
        result = multiple
        if options.limits != .none {
          limited[multiple] = NumberLowering(limits: options.limits).multiples(
            of: divisor, signsZero: signsZero, into: &automaton.regexes)
        }
      }
    }
    return result
  }
}
