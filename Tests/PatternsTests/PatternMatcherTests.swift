import Patterns
import Testing

@Suite struct PatternMatcherTests {
  @Test func searchesFindWhatV8Finds() throws {
    let cases = try PatternFixtures.matches()
    #expect(cases.count > 1200)
    for row in cases {
      let matcher = try PatternMatcher(Pattern(row.p, syntax: .strict))
      let found = String(row.t.map { matcher.matches($0) ? "1" : "0" })
      #expect(found == row.m, "\(row.p) in \(row.t)")
    }
  }

  /// Patterns on which a backtracking matcher takes exponential time.
  @Test(arguments: ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(.*)*b$", "^(?=(a+)+$)(?!(a*)*b)a+$"])
  func nestedRepetitionsTakeLinearTime(source: String) throws {
    let matcher = try PatternMatcher(Pattern(source))
    let text = String(repeating: "a", count: 20_000)
    #expect(!matcher.matches(text + "!"))
  }

  @Test func emptyPartsRepeatedWithoutEndCostNothing() throws {
    let inner = "(?:(?:(?:){1000000}){1000000}){1000000}"
    let matcher = try PatternMatcher(Pattern("^\(inner)(?:a|){3}$"))
    #expect(matcher.stateCount < 20)
    #expect(matcher.matches("aa"))
    #expect(!matcher.matches("aaaa"))
  }

  @Test func countsBeyondTheStatesAreRefused() {
    #expect(throws: PatternError.tooManyStates(limit: 200_000)) {
      try PatternMatcher(Pattern("(a{1000}){1000}"))
    }
  }
}
