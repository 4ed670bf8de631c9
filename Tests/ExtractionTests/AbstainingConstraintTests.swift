import Extraction
import Grammars
import JSON
import JSONSchema
import TestSupport
import Testing
import Tokens

@Suite struct AbstainingConstraintTests {
  /// All bytes, and tokens that reach over the beginnings of values.
  private static let vocabulary: Vocabulary = {
    var tokens = (0..<256).map { [UInt8($0)] }
    let texts = [
      " {\"", "{\"", " \"", "\": ", "\": {\"", " {", "not", "not_found", "\": true}", "quote",
      "value", " true", "{\"not", " {\"q", "\"a", "\": \"", "[{\"", "null", " null", "12",
    ]
    tokens += texts.map { Array($0.utf8) }
    tokens.append(Array("<end>".utf8))
    var kinds = [Vocabulary.Kind](repeating: .text, count: tokens.count)
    kinds[tokens.count - 1] = .control
    return Vocabulary(tokens: tokens, kinds: kinds, endOfText: [TokenID(tokens.count - 1)])
  }()
  private static let trie = TokenTrie(vocabulary)

  private static func constraint(
    _ text: String, _ abstention: Abstention, _ evidence: EvidenceMode = .match
  ) throws -> AbstainingConstraint {
    let schema = try GenerationSchema(
      JSONValue.parse(text), abstention: abstention, evidence: evidence)
    let grammar = try Grammar(
      Schema(schema.document), options: GrammarOptions(whiteSpace: .separators))
    return AbstainingConstraint(
      try BoundGrammar(grammar, trie: trie).makeMatcher(), schema: schema,
      table: AbsenceTable(vocabulary))
  }

  private static func after(
    _ text: String, _ constraint: AbstainingConstraint
  ) throws -> AbstainingConstraint {
    var state = constraint
    for byte in text.utf8 {
      let isLegal = state.accept(TokenID(Int(byte)))
      try #require(isLegal, "\(text)")
    }
    return state
  }

  private static func object(_ member: String) -> String {
    #"{"type":"object","properties":{"x":\#(member)},"required":["x"],"additionalProperties":false}"#
  }

  @Test func anEnumerationThatMayBeMissingHasTheWordAmongItsLabels() throws {
    let constraint = try Self.constraint(Self.object(#"{"enum":["a",1,null,"b c"]}"#), .never)
    // Without the mark the grammar itself knows the labels.
    #expect(try Self.after(#"{"x": "#, constraint).labels()?.count == 4)
    let marked = try Self.constraint(
      Self.object(#"{"enum":["a",1,"b c"],"x-abstain":true}"#), .never)
    let labels = try Self.after(#"{"x": "#, marked).labels()
    #expect(
      labels?.map { String(decoding: $0, as: UTF8.self) } == [
        #""a""#, "1", #""b c""#, #"{"not_found": true}"#,
      ])
    #expect(try Self.after(#"{"x":"#, marked).labels()?.count == 4)
    #expect(try Self.after(#"{"x": ""#, marked).labels() == nil)
    #expect(try Self.after(#"{"#, marked).labels() == nil)
  }

  @Test func anElementThatMayBeMissingStartsOnItsLine() throws {
    let schema = #"{"type":"array","items":{"enum":["a","b"],"x-abstain":true}}"#
    let constraint = try Self.constraint(schema, .never)
    #expect(try Self.after("[", constraint).labels() == nil, "the list may end here")
    #expect(try Self.after("[\n", constraint).labels()?.count == 3)
    #expect(try Self.after("[\n\"a\",", constraint).labels() == nil)
    #expect(try Self.after("[\n\"a\",\n", constraint).labels()?.count == 3)
    let plain = try Self.constraint(
      #"{"type":"array","items":{"type":"string","x-abstain":true}}"#, .never)
    for (said, decides) in [("[", false), ("[\n", true), ("[\n{\"not_found\": true}", false)] {
      var state = try Self.after(said, plain)
      var mask = TokenMask(count: Self.vocabulary.count)
      state.fillMask(&mask, remaining: 1000)
      let choice = state.absence(in: mask)
      #expect((choice != nil) == decides, "\(said)")
      #expect(choice?.path ?? ["0"] == ["0"])
    }
  }

  @Test func aListBesideOtherKeywordsHasNoLabels() throws {
    let schema = Self.object(
      #"{"enum":["a","bb"],"maxLength":1,"type":"string","x-abstain":true}"#)
    #expect(try Self.after(#"{"x": "#, Self.constraint(schema, .never)).labels() == nil)
  }

  struct Case: Sendable {
    var member: String
    var evidence = EvidenceMode.match
    /// What has been said, and whether the next token decides.
    var said: String
    var decides: Bool
  }

  static let cases = [
    Case(member: #"{"type":"string"}"#, said: #"{"x": "#, decides: true),
    Case(member: #"{"type":"string"}"#, said: #"{"x":"#, decides: true),
    Case(member: #"{"type":"string"}"#, said: #"{"x": ""#, decides: false),
    Case(member: #"{"type":"string"}"#, said: #"{"x": "{"#, decides: false),
    Case(member: #"{"type":"string"}"#, said: #"{"x": {"#, decides: false),
    Case(member: #"{"type":["integer","null"]}"#, said: #"{"x": "#, decides: true),
    Case(
      member: #"{"type":"array","items":{"type":"string"},"minItems":1}"#, said: #"{"x": "#,
      decides: true),
    Case(member: #"{"type":"string"}"#, evidence: .quote, said: #"{"x": "#, decides: true),
    Case(member: #"{"type":"string"}"#, evidence: .quote, said: #"{"x": {"#, decides: false),
    Case(member: #"{"type":"string"}"#, evidence: .quote, said: #"{"x": {""#, decides: true),
    Case(member: #"{"type":"string"}"#, evidence: .quote, said: #"{"x": {"q"#, decides: false),
    Case(
      member: #"{"type":"string"}"#, evidence: .quote, said: #"{"x": {"quote": "a", "value": "#,
      decides: false),
  ]

  /// The tokens that decide are those after which the word is the only value, and there is another.
  @Test(arguments: cases)
  func aChoiceHoldsTheTokensThatBeginTheWordAlone(_ each: Case) throws {
    var state = try Self.after(
      each.said, Self.constraint(Self.object(each.member), .all, each.evidence))
    var mask = TokenMask(count: Self.vocabulary.count)
    state.fillMask(&mask, remaining: 10_000)
    let choice = state.absence(in: mask)
    #expect((choice != nil) == each.decides)
    guard let choice else { return }
    #expect(choice.path == ["x"])
    for token in mask.allowed {
      let said = Array(each.said.utf8) + Self.vocabulary.bytes(of: token)
      let value = String(decoding: said.drop { $0 != 0x3A }.dropFirst(), as: UTF8.self)
        .drop { $0 == " " }
      let deciding = each.evidence == .quote ? #"{"n"# : "{"
      #expect(choice.tokens.contains(token) == value.hasPrefix(deciding), "\(value)")
      let isOpen = deciding.hasPrefix(value) && value != deciding
      #expect(choice.undecided.contains(token) == isOpen, "\(value)")
    }
    // At the start of the value null says the same, in any token that begins it and is not allowed.
    let isStart = each.said.hasSuffix(":") || each.said.hasSuffix(": ")
    for id in 0..<Self.vocabulary.count where !mask.contains(TokenID(id)) {
      let text = String(decoding: Self.vocabulary.bytes(of: TokenID(id)), as: UTF8.self)
        .drop { $0 == " " || $0 == "\n" }
      let isText = Self.vocabulary.kind(of: TokenID(id)) == .text
      let saysNull = text.count > 1 && ("null".hasPrefix(text) || text.hasPrefix("null"))
      #expect(choice.synonyms.contains(TokenID(id)) == (isStart && isText && saysNull), "\(text)")
    }
    #expect(mask.allowed.allSatisfy { !choice.synonyms.contains($0) })
  }

  @Test func randomAnswersDecideOnceAndAsTheyGoOn() throws {
    let schema = #"""
      {"type":"object","properties":{"a":{"type":"string","maxLength":2},"b":{"enum":["x","y"]},
       "c":{"type":"array","maxItems":2,"items":{"type":"object","properties":{
        "d":{"type":"integer","maximum":9,"minimum":0}},"required":["d"],"additionalProperties":false}}},
       "required":["a","b","c"],"additionalProperties":false}
      """#
    for evidence in [EvidenceMode.match, .quote] {
      var count = 0
      let start = try Self.constraint(schema, .all, evidence)
      for seed in 0..<200 {
        var random = SeededRandom(seed: UInt64(seed))
        var state = start
        var mask = TokenMask(count: Self.vocabulary.count)
        var decided: [[String]: Bool] = [:]
        var tokens: [TokenID] = []
        while !state.hasEnded {
          state.fillMask(&mask, remaining: 400 - tokens.count)
          let token = try #require(mask.allowed.randomElement(using: &random))
          if let choice = state.absence(in: mask) {
            decided[choice.path] = choice.tokens.contains(token)
          }
          let isLegal = state.accept(token)
          try #require(isLegal)
          if !state.hasEnded { tokens.append(token) }
        }
        let answer = try JSONValue.parse(Self.vocabulary.text(of: tokens))
        for (path, isAbsent) in decided {
          let value = JSONPointer(steps: path).find(in: answer)
          #expect((value?["not_found"] != nil) == isAbsent, "\(path) of \(answer.text)")
        }
        count += decided.count
      }
      // A token that reaches from a key into its value decides unseen; dictated text leaves none such.
      #expect(count > 200)
    }
  }
}
