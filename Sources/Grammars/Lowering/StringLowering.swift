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
  mutating func strings(
    _ node: SchemaNode, isNegated: Bool = false
  ) throws(GrammarError) -> [Term] {
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
    if let format = keywords.format, options.formats == .assert || keywords.assertsFormat {
      result.append(try formatTerm(format, isNegated: isNegated, node))
    }
    return result
  }
}
