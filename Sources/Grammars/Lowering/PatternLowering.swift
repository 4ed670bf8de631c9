// Patterns as regular expressions over the bytes of canonical JSON strings.
//
// A tree is lowered from its end to its beginning, with what follows it in hand: so `$` is a question about
// what follows, and look-ahead an intersection with it. Look-behind and word boundaries ask about what came
// before; they are refused.

import JSON
import JSONSchema
import Patterns

extension GrammarCompiler {
  /// Returns the strings that a regular expression matches somewhere.
  mutating func patternTerm(
    _ source: String, keyword: String, _ node: SchemaNode
  ) throws(GrammarError) -> Term {
    let pattern: Pattern
    do throws(PatternError) {
      pattern = try Pattern(source)
    } catch {
      throw .refused(pointer: node.pointer, keyword: keyword, detail: error.description)
    }
    return try term(of: pattern.tree, keyword: keyword, node)
  }

  /// Returns the strings of a format; of a negated one at least these.
  mutating func formatTerm(
    _ format: String, isNegated: Bool, _ node: SchemaNode
  ) throws(GrammarError) -> Term {
    let known = formatMemo[format]
    if let term = isNegated ? known?.outside : known?.inside { return term }
    let result = try newFormatTerm(format, isNegated: isNegated, node)
    if isNegated {
      formatMemo[format, default: (nil, nil)].outside = result
    } else {
      formatMemo[format, default: (nil, nil)].inside = result
    }
    return result
  }

  private mutating func newFormatTerm(
    _ format: String, isNegated: Bool, _ node: SchemaNode
  ) throws(GrammarError) -> Term {
    guard let language = FormatLanguage.named(format) else {
      throw .refused(
        pointer: node.pointer, keyword: "format", detail: "the format \"\(format)\" is not regular")
    }
    var result = terms.strings
    for tree in language.patterns {
      result = and(
        result, try term(of: tree, keyword: "format", node), all: terms.strings)
    }
    guard isNegated, !language.isExact else { return result }
    guard format == "time" || format == "date-time" else {
      throw .refused(
        pointer: node.pointer, keyword: "format",
        detail: "the format \"\(format)\" is not regular, so that its negation is not in the masks")
    }
    // What the language lacks holds a leap second.
    let leap = try patternTerm(":60", keyword: "format", node)
    return or(result, leap, all: terms.strings)
  }

  private mutating func term(
    of tree: PatternTree, keyword: String, _ node: SchemaNode
  ) throws(GrammarError) -> Term {
    if let known = patternMemo[tree] { return known }
    // The terms are lent, not copied: a copy would be of all of them.
    var lowering = PatternLowering(regexes: .none, everything: terms.strings)
    swap(&lowering.regexes, &automaton.regexes)
    let result: Term
    do throws(PatternLowering.Fault) {
      defer { swap(&lowering.regexes, &automaton.regexes) }
      result = try lowering.search(tree)
    } catch {
      throw .refused(pointer: node.pointer, keyword: keyword, detail: error.detail)
    }
    automaton.regexes.markText(result)
    let known =
      automaton.need(result) >= LeafAutomaton.unreachable ? RegexSet.nothing : result
    patternMemo[tree] = known
    return known
  }
}

/// The lowering of one pattern.
struct PatternLowering {
  /// Why a pattern cannot be lowered.
  struct Fault: Error {
    let detail: String
  }

  /// What follows a part: the term with the closing quote, and whether nothing may follow.
  private struct Tail {
    var term: Term
    var mayEnd: Bool
  }

  var regexes: RegexSet
  /// Any text with its closing quote.
  let everything: Term

  private static let greatestNodeCount = 200_000

  /// Returns the texts of which some part matches a tree.
  mutating func search(_ tree: PatternTree) throws(Fault) -> Term {
    let free = Tail(term: everything, mayEnd: true)
    let atStart = try lower(tree, free, isStart: true)
    if Self.startsAtStart(tree) { return atStart.term }
    let later = try lower(tree, free, isStart: false)
    let any = scalars(.all)
    let skipped = regexes.concat(regexes.repetition(any, 0), later.term)
    return regexes.alternatives([atStart.term, skipped])
  }

  /// Whether a tree can match only from the start of a text on.
  private static func startsAtStart(_ tree: PatternTree) -> Bool {
    switch tree {
    case .anchor(.textStart): true
    case .sequence(let parts):
      parts.first.map { first in
        if case .lookAround = first { return startsAtStart(.sequence(Array(parts.dropFirst()))) }
        return startsAtStart(first)
      } ?? false
    case .alternation(let parts): parts.allSatisfy { startsAtStart($0) }
    case .repetition(let part, let least, _): least > 0 && startsAtStart(part)
    default: false
    }
  }

  private mutating func scalars(_ set: ScalarSet) -> Term { regexes.scalars(set.ranges) }

  private static func hasStart(_ tree: PatternTree) -> Bool {
    tree.contains { if case .anchor(.textStart) = $0 { true } else { false } }
  }

  private static func looks(_ tree: PatternTree) -> Bool {
    tree.contains {
      switch $0 {
      case .anchor, .lookAround, .backReference: true
      default: false
      }
    }
  }

  // MARK: - With what follows

  private mutating func lower(
    _ tree: PatternTree, _ tail: Tail, isStart: Bool
  ) throws(Fault) -> Tail {
    guard regexes.count <= Self.greatestNodeCount else {
      throw Fault(detail: "the regular expression is too large")
    }
    switch tree {
    case .scalar(let set):
      return Tail(term: regexes.concat(scalars(set), tail.term), mayEnd: false)
    case .sequence(let parts): return try lower(parts[...], tail, isStart: isStart)
    case .alternation(let parts):
      var branches: [Term] = []
      var mayEnd = false
      for part in parts {
        let branch = try lower(part, tail, isStart: isStart)
        branches.append(branch.term)
        mayEnd = mayEnd || branch.mayEnd
      }
      return Tail(term: regexes.alternatives(branches), mayEnd: mayEnd)
    case .repetition(let part, let least, let greatest):
      if !Self.looks(part) {
        let plain = try lowerPlain(tree)
        return Tail(
          term: regexes.concat(plain, tail.term),
          mayEnd: tail.mayEnd && regexes.isNullable[Int(plain)])
      }
      return try lower(repeated: part, least, greatest, tail, isStart: isStart)
    case .anchor(.textStart):
      return isStart ? tail : Tail(term: RegexSet.nothing, mayEnd: false)
    case .anchor(.textEnd):
      return Tail(
        term: tail.mayEnd ? regexes.byte(0x22) : RegexSet.nothing, mayEnd: tail.mayEnd)
    case .anchor:
      throw Fault(detail: "word boundaries are not in the masks")
    case .lookAround(let part, .ahead, let isPositive):
      let free = Tail(term: everything, mayEnd: true)
      let ahead = try lower(part, free, isStart: isStart)
      if isPositive {
        return Tail(
          term: regexes.intersection([ahead.term, tail.term]), mayEnd: tail.mayEnd && ahead.mayEnd)
      }
      return Tail(
        term: regexes.intersection([regexes.complement(ahead.term), tail.term]),
        mayEnd: tail.mayEnd && !ahead.mayEnd)
    case .lookAround:
      throw Fault(detail: "look-behind is not in the masks")
    case .backReference: throw Fault(detail: "back-references are not regular")
    }
  }

  private mutating func lower(
    _ parts: ArraySlice<PatternTree>, _ tail: Tail, isStart: Bool
  ) throws(Fault) -> Tail {
    if parts.isEmpty { return tail }
    // The last part that asks for the start decides where "at the start" must be followed.
    let asksLater = parts.dropFirst().contains { Self.hasStart($0) }
    if isStart, asksLater, let first = parts.first, !Self.looks(first) {
      let rest = parts.dropFirst()
      let atStart = try lower(rest, tail, isStart: true)
      let later = try lower(rest, tail, isStart: false)
      let plain = try lowerPlain(first)
      let moved = regexes.concat(nonempty(plain), later.term)
      guard regexes.isNullable[Int(plain)] else { return Tail(term: moved, mayEnd: false) }
      return Tail(
        term: regexes.alternatives([atStart.term, moved]), mayEnd: atStart.mayEnd)
    }
    var result = tail
    var end = parts.endIndex
    while end > parts.startIndex {
      let text = Self.characters(parts[..<end])
      if !text.isEmpty {
        result = Tail(
          term: regexes.concat(regexes.literal(text.flatMap(\.bytes)), result.term), mayEnd: false)
        end -= text.count
        continue
      }
      end -= 1
      let part = parts[end]
      let before = parts[..<end]
      let mayBeStart = isStart && before.allSatisfy { Self.isEmptyOnly($0) }
      if isStart, !mayBeStart, Self.hasStart(part), !before.allSatisfy({ !Self.mayBeEmpty($0) }) {
        throw Fault(detail: "\"^\" behind a part that may be empty is not in the masks")
      }
      result = try lower(part, result, isStart: mayBeStart)
    }
    return result
  }

  /// Returns the single characters at the end of some parts, each with its spelling.
  ///
  /// They become one literal, which tells at once that two patterns begin apart.
  private static func characters(_ parts: ArraySlice<PatternTree>) -> [Character] {
    var result: [Character] = []
    for part in parts.reversed() {
      guard case .scalar(let set) = part, let character = Character(set) else { break }
      result.append(character)
    }
    return result.reversed()
  }

  /// A character with its spelling inside of a string.
  private struct Character {
    let bytes: [UInt8]

    /// Creates the only character of a set, nil if there are none or several.
    init?(_ set: ScalarSet) {
      guard set.ranges.count == 1, let range = set.ranges.first,
        range.lowerBound == range.upperBound, let scalar = Unicode.Scalar(range.lowerBound)
      else { return nil }
      let isPlain = scalar.isASCII && scalar.value >= 0x20 && scalar != "\"" && scalar != "\\"
      bytes =
        isPlain
        ? [UInt8(scalar.value)]
        : Array(JSONValue.string(String(scalar)).bytes.dropFirst().dropLast())
    }
  }

  private mutating func lower(
    repeated part: PatternTree, _ least: Int, _ greatest: Int?, _ tail: Tail, isStart: Bool
  ) throws(Fault) -> Tail {
    guard let greatest, greatest <= 16 else {
      // A part that consumes nothing matches as often as it must.
      if Self.isEmptyOnly(part) {
        return least == 0 ? tail : try lower(part, tail, isStart: isStart)
      }
      throw Fault(detail: "look-around and anchors in unbounded repetition are not in the masks")
    }
    if Self.hasStart(part), greatest > 1 {
      throw Fault(detail: "\"^\" in a repetition is not in the masks")
    }
    var result = tail
    for count in 0..<greatest {
      let more = try lower(part, result, isStart: isStart && count == greatest - 1)
      if greatest - count > least {
        result = Tail(
          term: regexes.alternatives([tail.term, more.term]), mayEnd: tail.mayEnd || more.mayEnd)
      } else {
        result = more
      }
    }
    return result
  }

  /// Whether a tree matches nothing but the empty text, if anything.
  private static func isEmptyOnly(_ tree: PatternTree) -> Bool {
    switch tree {
    case .scalar, .backReference: false
    case .anchor, .lookAround: true
    case .sequence(let parts), .alternation(let parts): parts.allSatisfy { isEmptyOnly($0) }
    case .repetition(let part, _, let greatest): greatest == 0 || isEmptyOnly(part)
    }
  }

  private static func mayBeEmpty(_ tree: PatternTree) -> Bool {
    switch tree {
    case .scalar: false
    case .backReference, .anchor, .lookAround: true
    case .sequence(let parts): parts.allSatisfy { mayBeEmpty($0) }
    case .alternation(let parts): parts.contains { mayBeEmpty($0) }
    case .repetition(let part, let least, _): least == 0 || mayBeEmpty(part)
    }
  }

  // MARK: - On its own

  private mutating func lowerPlain(_ tree: PatternTree) throws(Fault) -> Term {
    switch tree {
    case .scalar(let set): return scalars(set)
    case .sequence(let parts):
      var result: [Term] = []
      for part in parts { result.append(try lowerPlain(part)) }
      return regexes.concat(result)
    case .alternation(let parts):
      var result: [Term] = []
      for part in parts { result.append(try lowerPlain(part)) }
      return regexes.alternatives(result)
    case .repetition(let part, let least, let greatest):
      let part = try lowerPlain(part)
      guard least < Int(Int32.max), greatest ?? 0 < Int(Int32.max) else {
        throw Fault(detail: "a repetition counts too far")
      }
      if let greatest, greatest < least { return RegexSet.nothing }
      return regexes.repetition(part, Int32(least), greatest.map { Int32($0) } ?? -1)
    case .anchor, .lookAround, .backReference:
      throw Fault(detail: "look-around at this place is not in the masks")
    }
  }

  private mutating func nonempty(_ term: Term) -> Term {
    guard regexes.isNullable[Int(term)] else { return term }
    return regexes.intersection([term, regexes.complement(RegexSet.epsilon)])
  }
}
