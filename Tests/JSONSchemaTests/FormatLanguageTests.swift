import JSONSchema
import Patterns
import TestSupport
import Testing

/// The checks and the languages of formats, which are written apart, against each other.
@Suite struct FormatLanguageTests {
  /// A language made ready to search.
  private struct Matchers {
    let all: [PatternMatcher]
    init(_ language: FormatLanguage) throws {
      all = try language.patterns.map { try PatternMatcher($0) }
    }
    func matches(_ text: String) -> Bool { all.allSatisfy { $0.matches(text) } }
  }

  /// Returns a text of a tree as far as anchors allow; long repetitions are rare.
  private func sample(_ tree: PatternTree, _ random: inout SeededRandom) -> String {
    switch tree {
    case .scalar(let set):
      guard !set.isEmpty else { return "" }
      // Ranges evenly rather than scalars, so that ASCII is met beside the rest.
      let range = set.ranges[random.int(0...set.ranges.count - 1)]
      let code = UInt32(random.int(Int(range.lowerBound)...Int(range.upperBound)))
      return Unicode.Scalar(code).map { String($0) } ?? ""
    case .sequence(let parts): return parts.map { sample($0, &random) }.joined()
    case .alternation(let parts): return sample(parts[random.int(0...parts.count - 1)], &random)
    case .repetition(let part, let min, let max):
      let spread = random.int(0...9) == 0 ? 70 : 3
      let count = random.int(min...Swift.min(max ?? min + spread, min + spread))
      return (0..<count).map { _ in sample(part, &random) }.joined()
    case .anchor, .lookAround, .backReference: return ""
    }
  }

  private func mutated(_ text: String, _ random: inout SeededRandom) -> String {
    let others = Array("09aZ:-./@%[]{}\"~#?+ \u{E9}\u{5D0}\u{1F600}T".unicodeScalars)
    var scalars = Array(text.unicodeScalars)
    for _ in 0...random.int(0...1) {
      let place = random.int(0...scalars.count)
      let other = others[random.int(0...others.count - 1)]
      switch random.int(0...3) {
      case 0 where place < scalars.count: scalars.remove(at: place)
      case 1 where place < scalars.count: scalars[place] = other
      case 2 where place < scalars.count: scalars.insert(scalars[place], at: place)
      default: scalars.insert(other, at: place)
      }
    }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  @Test(arguments: FormatChecks.names)
  func checkAndLanguageAgree(format: String) throws {
    let language = try #require(FormatLanguage.named(format))
    let matchers = try Matchers(language)
    var random = SeededRandom(seed: 77)
    var texts = try FormatTests.suite().filter { $0.format == format }.map(\.text)
    for text in texts { for _ in 0..<10 { texts.append(mutated(text, &random)) } }
    for _ in 0..<800 {
      let text = sample(language.patterns[0], &random)
      texts.append(text)
      texts.append(mutated(text, &random))
    }
    var members = 0
    for text in texts {
      let isMember = matchers.matches(text)
      let isAccepted = FormatChecks.accepts(text, format: format)
      members += isMember ? 1 : 0
      #expect(
        isMember == isAccepted || (!language.isExact && isAccepted),
        "\(format) \(text.debugDescription): language \(isMember), check \(isAccepted)")
    }
    // The test would show nothing if samples were not of the language.
    #expect(members > 400, "\(members) of \(texts.count)")
  }

  /// What an inexact language may leave out.
  @Test func inexactLanguagesHoldWhatPeopleWrite() throws {
    for (format, text) in [
      ("time", "23:59:60Z"), ("date-time", "2024-02-29T12:00:00.25+05:30"),
      ("hostname", "a--b.Example-1.com"), ("email", "\"john @ doe\"@[10.0.0.1]"),
      ("email", "first.last+tag@mail.example.co.uk"), ("idn-email", "\u{5B9E}@\u{4F8B}.\u{5B50}"),
      ("idn-hostname", "b\u{FC}cher.example"), ("idn-hostname", "\u{5B9E}\u{4F8B}.com"),
      ("regex", "^(?:[a-z\\d_]{2,}|(?:x(y|z)+)?)\\.json$"), ("regex", "\\bfoo\\b|[^,]*?"),
    ] {
      let language = try #require(FormatLanguage.named(format))
      #expect(!language.isExact)
      #expect(try Matchers(language).matches(text), "\(format) \(text)")
    }
  }
}
