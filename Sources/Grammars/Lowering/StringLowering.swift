// What a schema says about strings, as regular expressions over their canonical spelling.

import JSON
import JSONSchema

/// The lowering of lengths.
struct StringLowering {
  let limits: GenerationLimits

  /// Returns the inside of a string with its closing quote, for lengths in Unicode scalars.
  func text(
    _ least: Int, _ greatest: Int?, place: Int32, into regexes: inout RegexSet
  ) -> Term {
    if let greatest, greatest < least { return RegexSet.nothing }
    let limit = max(limits.string, least)
    let isLimited = limit < greatest ?? GenerationLimits.unbounded
    let most = min(greatest ?? GenerationLimits.unbounded, limit)
    return regexes.text(
      least: Int32(clamping: least),
      greatest: most >= Int(Int32.max) ? RegexSet.unbounded : Int32(most),
      place: isLimited ? place : 0)
  }
}

extension GrammarCompiler {
  /// Returns the languages that the keywords of strings of a node demand, one each.
  mutating func strings(_ node: SchemaNode) throws(GrammarError) -> [Term] {
    let keywords = node.strings
    var result: [Term] = []
    let lowering = StringLowering(limits: .none)
    if let least = keywords.minLength, least > 0 {
      result.append(lowering.text(least, nil, place: 0, into: &automaton.regexes))
    }
    if let greatest = keywords.maxLength {
      result.append(lowering.text(0, greatest, place: 0, into: &automaton.regexes))
    }
    if let pattern = keywords.pattern {
      result.append(try patternTerm(pattern, keyword: "pattern", node))
    }
    if let format = keywords.format, options.formats == .assert {
      result.append(try formatTerm(format, node))
    }
    return result
  }

  /// Returns the strings that a regular expression matches somewhere.
  mutating func patternTerm(
    _ pattern: String, keyword: String, _ node: SchemaNode
  ) throws(GrammarError) -> Term {
    throw .refused(
      pointer: node.pointer, keyword: keyword, detail: "regular expressions are not in the masks yet")
  }

  /// Returns the strings of a format.
  mutating func formatTerm(
    _ format: String, _ node: SchemaNode
  ) throws(GrammarError) -> Term {
    guard format == "date" else {
      throw .refused(
        pointer: node.pointer, keyword: "format",
        detail: "the format \"\(format)\" is not in the masks yet")
    }
    let quote = automaton.regexes.byte(0x22)
    let term = automaton.regexes.concat(DateLowering.date(&automaton.regexes), quote)
    automaton.regexes.markText(term)
    return term
  }
}
