// What a schema says about strings, as regular expressions over their canonical spelling.

import JSON
import JSONSchema
import Patterns

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
      do throws(GrammarError) {
        result.append(try patternTerm(pattern, keyword: "pattern", node))
      } catch {
        result.append(try loosened(error, isNegated: isNegated) { Self.canJudge(pattern) })
      }
    }
    if let format = keywords.format, options.formats == .assert || keywords.assertsFormat {
      do throws(GrammarError) {
        result.append(try formatTerm(format, isNegated: isNegated, node))
      } catch {
        result.append(try loosened(error, isNegated: isNegated) { true })
      }
    }
    return result
  }

  /// Returns a language that neither a keyword nor its negation goes beyond, and notes that the finished
  /// value must be checked.
  private mutating func loosened(
    _ error: GrammarError, isNegated: Bool, ifJudged: () -> Bool
  ) throws(GrammarError) -> Term {
    guard case .refused(let pointer, let keyword, let detail) = error, ifJudged() else {
      throw error
    }
    checkAfter(keyword, at: pointer, detail)
    return isNegated ? RegexSet.nothing : terms.strings
  }

  /// Whether the judge of finished values decides a pattern.
  private static func canJudge(_ source: String) -> Bool {
    guard let pattern = try? Pattern(source) else { return false }
    return (try? PatternMatcher(pattern)) != nil
  }
}
