import Grammars
import JSON
import JSONSchema
import TestSupport
import Testing
import Tokens

@Suite struct QuotingConstraintTests {
  // MARK: - The automaton

  @Test(arguments: 0..<40)
  func theAutomatonHoldsTheSubstringsAndNothingElse(seed: Int) {
    var random = SeededRandom(seed: UInt64(seed))
    let letters = seed % 2 == 0 ? 2 : 20
    let text = (0..<random.int(0...60)).map { _ in UInt32(random.int(1...letters)) }
    let automaton = SuffixAutomaton(text)
    #expect(automaton.stateCount <= max(2, 2 * text.count))
    var substrings: Set<[UInt32]> = [[]]
    for start in text.indices {
      for end in start..<text.count { substrings.insert(Array(text[start...end])) }
    }
    for string in substrings {
      var state: Int? = SuffixAutomaton.root
      for symbol in string { state = state.flatMap { automaton.target(of: $0, symbol) } }
      guard let state else {
        Issue.record("a substring is missing")
        return
      }
      for symbol in UInt32(1)...UInt32(letters) {
        #expect(
          (automaton.target(of: state, symbol) != nil) == substrings.contains(string + [symbol]))
      }
    }
  }

  // MARK: - Masks

  /// All bytes, parts of words, escapes and scalars, and tokens that open and close strings.
  private static let vocabulary: Vocabulary = {
    var tokens = (0..<256).map { [UInt8($0)] }
    let texts = [
      "the", " the", "in", " in", "\"}", "\",", "\", ", "\": \"", " \"", "\"a", "\"the", "{\"",
      "\\n", "\\\"", "n\\",
      "東京", "e\u{301}", "\"quote\": \"", "\": ", "value", "quote", "\", \"value\": \"", "12", "2.5",
      "ab", "abab",
    ]
    tokens += texts.map { Array($0.utf8) }
    tokens += [[0xE6, 0x9D], [0xB1, 0xE4, 0xBA], [0xF0, 0x9F], Array("<end>".utf8)]
    var kinds = [Vocabulary.Kind](repeating: .text, count: tokens.count)
    kinds[tokens.count - 1] = .control
    return Vocabulary(tokens: tokens, kinds: kinds, endOfText: [TokenID(tokens.count - 1)])
  }()
  private static let table = QuoteTable(vocabulary)

  private static let texts = [
    "the inn in the 東京 street\n\"quoted\" e\u{301}té 12.5 \\ back\tslash", "abababababab", "😀😁😀 ok",
    "x",
    "line one\r\nline two\r\n", "\u{1}a\u{2}b",
  ]

  private static func constraint(_ text: String) throws -> QuotingConstraint {
    let schema = try Schema(
      JSONValue.parse(
        #"{"type":"object","properties":{"quote":{"type":"string"},"value":{"type":"string","maxLength":4}},"#
          + #""required":["quote","value"],"additionalProperties":false}"#))
    let grammar = try Grammar(schema, options: GrammarOptions(whiteSpace: .separators))
    let matcher = try BoundGrammar(grammar, trie: TokenTrie(vocabulary)).makeMatcher()
    return QuotingConstraint(matcher, text: QuotableText(text, table: table), table: table) {
      $0 == ["quote"]
    }
  }

  @Test(arguments: texts, 0..<12)
  func everyRandomAnswerQuotesTheText(text: String, seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    var constraint = try Self.constraint(text)
    var mask = TokenMask(count: Self.vocabulary.count)
    var tokens: [TokenID] = []
    for remaining in stride(from: 80, to: 0, by: -1) {
      constraint.fillMask(&mask, remaining: remaining)
      let allowed = mask.allowed
      let token = try #require(allowed.randomElement(using: &random), "a mask is empty")
      let isAccepted = constraint.accept(token)
      #expect(isAccepted)
      if constraint.hasEnded { break }
      tokens.append(token)
    }
    #expect(constraint.hasEnded)
    let answer = try JSONValue.parse(Self.vocabulary.text(of: tokens))
    let quote = Array((try #require(answer["quote"]?.string)).unicodeScalars)
    let scalars = Array(text.unicodeScalars)
    #expect((0...scalars.count).contains { scalars[$0...].starts(with: quote) })
  }

  @Test(arguments: texts)
  func aMaskHoldsATokenExactlyIfItIsAccepted(text: String) throws {
    var random = SeededRandom(seed: 7)
    var constraint = try Self.constraint(text)
    var mask = TokenMask(count: Self.vocabulary.count)
    for _ in 0..<60 where !constraint.hasEnded {
      constraint.fillMask(&mask, remaining: 10_000)
      for index in 0..<Self.vocabulary.count {
        var branch = constraint
        let isAccepted = branch.accept(TokenID(index))
        #expect(isAccepted == mask.contains(TokenID(index)), "token \(index)")
      }
      guard let token = mask.allowed.randomElement(using: &random) else { break }
      _ = constraint.accept(token)
    }
  }

  @Test func thePartsOfAScalarAndOfAnEscapeFollowEachOther() throws {
    var constraint = try Self.constraint("東\n")
    func take(_ bytes: some Sequence<UInt8>, _ constraint: inout QuotingConstraint) -> Bool {
      bytes.allSatisfy { constraint.accept(TokenID(Int($0))) }
    }
    let opens = take(Array("{\"quote\": \"".utf8), &constraint)
    var branch = constraint
    let scalar = take(Array("東".utf8), &branch)
    let letter = take(Array("n".utf8), &branch)
    let escape = take(Array("\\n".utf8), &branch)
    let bareLetter = take(Array("n".utf8), &constraint)
    let lead = take([0xE6], &constraint)
    let early = take([0x22], &constraint)
    #expect(opens && scalar && !letter && escape && !bareLetter && lead && !early)
  }
}
