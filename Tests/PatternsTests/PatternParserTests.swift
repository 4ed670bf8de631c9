import Patterns
import TestSupport
import Testing

@Suite struct PatternParserTests {
  @Test func strictSyntaxIsThatOfTheFlagU() throws {
    let cases = try PatternFixtures.syntax()
    #expect(cases.count > 150)
    for row in cases {
      var isPattern = true
      do throws(PatternError) {
        _ = try Pattern(row.p, syntax: .strict)
      } catch {
        // A pattern beyond a limit is one all the same.
        if case .syntax = error { isPattern = false }
      }
      #expect(isPattern == row.ok, "\(row.p)")
    }
  }

  @Test func whateverIsStrictIsLenientAndMeansTheSame() throws {
    for row in try PatternFixtures.syntax() {
      guard let strict = try? Pattern(row.p, syntax: .strict) else { continue }
      #expect(try Pattern(row.p, syntax: .lenient).tree == strict.tree, "\(row.p)")
    }
  }

  @Test(arguments: [
    ("^.+\\<.+@.+\\>$", "Ann <a@b>"), ("^[\\w-.]+$", "a-.b"), ("^\\-\\_\\ \\#\\\"$", "-_ #\""),
    ("^{a}]$", "{a}]"), ("^a{x}$", "a{x}"), ("^(?=a)?b$", "b"), ("^[\\_\\-]$", "_"),
  ])
  func lenientSyntaxTakesWhatHasOneMeaning(source: String, text: String) throws {
    #expect(throws: PatternError.self) { try Pattern(source, syntax: .strict) }
    #expect(try PatternMatcher(Pattern(source)).matches(text))
  }

  @Test(arguments: [
    "\\Aabc\\Z", "\\z", "\\h", "\\a", "\\012", "\\1", "(?P<n>a)", "(?i)a", "a++", "(?>a)", "\\pL",
    "\\p{IsLatin}", "a{,3}", "[b-a]", "\\c1", "\\x4", "\\u12", "(?#a)", "[a", "(a", "a)", "\\",
  ])
  func otherDialectsAreErrorsInLenientSyntaxToo(source: String) {
    #expect {
      try Pattern(source)
    } throws: {
      guard let error = $0 as? PatternError, case .syntax = error else { return false }
      return true
    }
  }

  @Test func unsupportedThingsAreNamed() throws {
    #expect(throws: PatternError.unsupported(feature: "a group with flags, (?i:…),")) {
      try Pattern("(?i:a)")
    }
    let pattern = try Pattern("(?<q>[\"'])x\\k<q>")
    #expect(pattern.tree.hasBackReference)
    #expect(throws: PatternError.unsupported(feature: "a back-reference")) {
      try PatternMatcher(pattern)
    }
  }

  @Test func treesAreAsDocumented() throws {
    func tree(_ source: String) throws -> PatternTree { try Pattern(source).tree }
    let a = PatternTree.scalar(ScalarSet("a"))
    let b = PatternTree.scalar(ScalarSet("b"))
    #expect(try tree("") == .empty)
    #expect(try tree("(?:(a))") == a)
    #expect(try tree("a{1}") == a)
    #expect(try tree("()(?:)*a{0}") == .empty)
    #expect(try tree("ab|") == .alternation([.sequence([a, b]), .empty]))
    #expect(try tree("a{2,3}?") == .repetition(a, min: 2, max: 3))
    #expect(try tree("a+") == .repetition(a, min: 1, max: nil))
    #expect(try tree("^a\\b") == .sequence([.anchor(.textStart), a, .anchor(.wordBoundary)]))
    #expect(try tree("(?<!b)") == .lookAround(b, direction: .behind, isPositive: false))
    #expect(try tree("[]") == .never)
    #expect(try tree("(a)\\1") == .sequence([a, .backReference(group: 1)]))
  }

  @Test func limitsAreCountedAndNamed() {
    let limits = PatternLimits(
      length: 100, nesting: 5, repetitions: 50, classRanges: 10, lookArounds: 2, states: 60)
    func error(_ source: String) -> PatternError? {
      do throws(PatternError) {
        _ = try PatternMatcher(Pattern(source, limits: limits), limits: limits)
        return nil
      } catch { return error }
    }
    #expect(error(String(repeating: "a", count: 101)) == .tooLong(count: 101, limit: 100))
    #expect(error("((((((a))))))") == .tooDeep(offset: 6, limit: 5))
    #expect(error("a{51}") == .tooManyRepetitions(offset: 1, limit: 50))
    #expect(error("[acegikmoqsuw]") == .classesTooLarge(offset: 0, limit: 10))
    #expect(error("(?=a)(?=b)(?=c)") == .tooManyLookArounds(limit: 2))
    #expect(error("(a{10}){10}") == .tooManyStates(limit: 60))
    #expect(error("((a{5}){5}){2}") == nil)
  }

  @Test func theGreatestNestingIsParsedAndSearched() throws {
    let depth = PatternLimits().nesting
    for (open, close) in [("(", ")+"), ("(?:a|", ")?"), ("(?=a", ")a")] {
      let source =
        String(repeating: open, count: depth) + "a" + String(repeating: close, count: depth)
      let matcher = try PatternMatcher(Pattern(source))
      #expect(matcher.matches(String(repeating: "a", count: 2 * depth)))
      #expect(!matcher.matches("b") || open == "(?:a|")
      #expect {
        try Pattern("(" + source + ")")
      } throws: {
        guard case .tooDeep(_, depth) = $0 as? PatternError else { return false }
        return true
      }
    }
  }

  @Test func everyPrefixAndMutationGivesAPatternOrAnError() throws {
    var random = SeededRandom(seed: 4)
    let alphabet = Array("ab\\()[]{}?*+|^$.-=!<>:,09upkxcé😀".unicodeScalars)
    for row in try PatternFixtures.matches() {
      let scalars = Array(row.p.unicodeScalars)
      var texts = (0...scalars.count).map { Array(scalars[..<$0]) }
      for _ in 0..<20 {
        var changed = scalars
        let place = random.int(0...changed.count)
        let scalar = alphabet[random.int(0...alphabet.count - 1)]
        if place < changed.count, random.int(0...1) == 0 {
          changed[place] = scalar
        } else {
          changed.insert(scalar, at: place)
        }
        texts.append(changed)
      }
      for text in texts {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text)
        let source = String(view)
        guard let strict = try? Pattern(source, syntax: .strict) else { continue }
        #expect(try Pattern(source).tree == strict.tree, "\(source)")
      }
    }
  }
}
