import Foundation
import Grammars
import JSON
import JSONSchema
import Testing
import Tokens

/// The public test suite through masks: nothing invalid is ever taken.
@Suite struct SuiteMaskTests {
  @Test(arguments: [("draft2020-12", 600), ("draft7", 440)])
  func noInvalidTextIsTaken(draft: String, takenBefore: Int) throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("JSONSchemaTests/Fixtures/\(draft).jsonl")
    var taken = 0
    for line in try Data(contentsOf: file).split(separator: 0x0A) {
      let group = try JSONValue.parse(Array(line))
      guard let document = group["schema"], let instances = group["instances"]?.array else {
        continue
      }
      let bound: BoundGrammar
      do {
        let schema = try Schema(document, options: SchemaOptions(unknownKeywords: .allow))
        let grammar = try Grammar(schema, options: GrammarOptions(limits: .none))
        if grammar.report.checksAfter { continue }
        bound = try BoundGrammar(grammar, trie: SyntheticVocabulary.trie)
      } catch is SchemaError { continue } catch is GrammarError { continue }
      for instance in instances {
        let text = try #require(instance["text"]?.string)
        let isTaken = Walker.takes(text, bound.makeMatcher())
        if isTaken { taken += 1 }
        #expect(!isTaken || instance["valid"]?.bool == true, "\(group["id"]?.string ?? "") \(text)")
      }
    }
    #expect(taken >= takenBefore, "\(taken)")
  }
}
