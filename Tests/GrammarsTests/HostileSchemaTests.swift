import Grammars
import JSON
import JSONSchema
import TestSupport
import Testing
import Tokens

/// Schemas made to be dear: each is answered, by masks or by a named limit, and never by waiting.
@Suite struct HostileSchemaTests {
  private static let trie = TokenTrie(
    Vocabulary(
      tokens: (0..<256).map { [UInt8($0)] } + [[]],
      kinds: [Vocabulary.Kind](repeating: .text, count: 256) + [.control],
      endOfText: [TokenID(256)]))

  private enum Answer: Equatable {
    case compiled
    case noJSON
    case schema(SchemaError)
    case grammar(GrammarError)
  }

  private func answer(
    _ text: [UInt8], _ use: (BoundGrammar, Schema) throws -> Void = { _, _ in }
  ) throws -> Answer {
    guard let document = try? JSONValue.parse(text) else { return .noJSON }
    do {
      let schema = try Schema(document, options: SchemaOptions(unknownKeywords: .allow))
      let grammar = try Grammar(schema, options: GrammarOptions(limits: .none))
      try use(BoundGrammar(grammar, trie: Self.trie), schema)
      return .compiled
    } catch let error as SchemaError {
      return .schema(error)
    } catch let error as GrammarError {
      return .grammar(error)
    }
  }

  private func takes(_ text: [UInt8], _ bound: BoundGrammar) -> Bool {
    var matcher = bound.makeMatcher()
    for byte in text where !matcher.accept(TokenID(Int(byte))) { return false }
    return matcher.isComplete
  }

  @Test(arguments: HostileSchema.all)
  func aHostileSchemaIsAnsweredAlikeEachTimeAndAsTheJudgeSays(family: HostileSchema) throws {
    for size in family.sizes.prefix(2) {
      let text = family.schema(size)
      let instance = family.instance(size)
      let first = try answer(text) { bound, schema in
        guard let value = try? JSONValue.parse(instance),
          let isValid = try? SchemaValidator(schema).verdict(on: value)
        else { return }
        let isTaken = takes(instance, bound)
        // Where a keyword is checked after, the masks may take more, and never less.
        let mayDiffer = bound.grammar.report.checksAfter && isTaken
        #expect(isTaken == isValid || mayDiffer, "\(family) \(size): \(isTaken), \(isValid)")
      }
      #expect(try answer(text) == first)
    }
  }

  /// What stops each of these families, at a size at which nothing else would.
  @Test(arguments: [
    ("nested objects", 1000), ("nested arrays", 1000), ("nested not", 1000), ("deep const", 1000),
    ("deep document", 1000), ("lone surrogates", 10), ("bytes that are no text", 10),
    ("duplicate names", 10),
  ])
  func aDocumentThatIsTooDeepOrNoJSONIsNotRead(name: String, size: Int) throws {
    #expect(try answer(family(name).schema(size)) == .noJSON)
  }

  @Test(arguments: [
    ("contradictory ranges", 10), ("circle of references", 100), ("false schemas", 100),
    ("contradictory ranges", 10_000),
  ])
  func aSchemaThatNothingSatisfiesIsRefused(name: String, size: Int) throws {
    guard case .grammar(.unsatisfiable) = try answer(family(name).schema(size)) else {
      Issue.record("\(name) is not refused as unsatisfiable")
      return
    }
  }

  @Test(arguments: [("references to elsewhere", 10), ("references to files", 10)])
  func aReferenceThatLeadsOutIsRefusedByName(name: String, size: Int) throws {
    guard case .schema(.unresolvedReference) = try answer(family(name).schema(size)) else {
      Issue.record("\(name) is not refused as unresolved")
      return
    }
  }

  @Test(arguments: [
    ("back-references", 10), ("dependentRequired", 1000), ("contains, several", 8),
    ("allOf of alternatives", 100), ("oneOf, overlapping objects", 1000),
    ("references beside keywords", 1000),
  ])
  func aCountedLimitNamesItsPlace(name: String, size: Int) throws {
    switch try answer(family(name).schema(size)) {
    case .grammar(.tooManyAlternatives), .grammar(.tooLarge), .grammar(.exhausted),
      .grammar(.refused):
      break
    case let other: Issue.record("\(name): \(other)")
    }
  }

  /// Each of these took a search whose length grew with the pattern; that of the first ended at a limit.
  @Test(arguments: ["a letter far from the end", "equal branches"])
  func aLongPatternIsNoLongSearch(name: String) throws {
    let text = try family(name).schema(10_000)
    let bound = try BoundGrammar(Grammar(Schema(JSONValue.parse(text))), trie: Self.trie)
    var matcher = bound.makeMatcher()
    var mask = TokenMask(count: Self.trie.vocabulary.count)
    for byte in "\"aaaaaaaa".utf8 {
      matcher.fillMask(&mask, remaining: 1 << 40)
      #expect(matcher.exhaustion == nil)
      let isTaken = matcher.accept(TokenID(Int(byte)))
      #expect(isTaken)
    }
  }

  /// As many objects of as many members would be too large.
  @Test func referencesThatStandAloneShareTheirTarget() throws {
    #expect(try answer(family("dynamic references").schema(1000)) == .compiled)
  }

  @Test(arguments: ["allOf diamonds", "anyOf diamonds", "circle of references"])
  func schemasThatAreTooDeepAreRefusedByName(name: String) throws {
    guard case .grammar(.tooDeep) = try answer(family(name).schema(10_000)) else {
      Issue.record("\(name) is not refused as too deep")
      return
    }
  }

  private func family(_ name: String) throws -> HostileSchema {
    try #require(HostileSchema.all.first { $0.name == name })
  }

  @Test func thereAreAtLeastTwoHundred() {
    #expect(HostileSchema.all.map(\.sizes.count).reduce(0, +) >= 200)
    #expect(Set(HostileSchema.all.map(\.name)).count == HostileSchema.all.count)
  }
}
