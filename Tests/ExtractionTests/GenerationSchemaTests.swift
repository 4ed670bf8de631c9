import Extraction
import JSON
import TestSupport
import Testing

@Suite struct GenerationSchemaTests {
  private static func schema(
    _ text: String, _ abstention: Abstention, _ evidence: EvidenceMode = .match
  ) throws -> GenerationSchema {
    try GenerationSchema(
      JSONValue.parse(Array(text.utf8)), abstention: abstention, evidence: evidence)
  }

  private static let person = #"""
    {"type":"object","properties":{
      "name":{"type":"string","description":"Full name"},
      "born":{"anyOf":[{"$ref":"#/$defs/date"},{"type":"null"}]},
      "nick":{"type":"string"},
      "kin":{"type":"array","minItems":1,"items":{"$ref":"#/$defs/kin"}}},
     "required":["name","born","kin"],"additionalProperties":false,
     "$defs":{"date":{"type":"string","format":"date"},
      "kin":{"type":"object","properties":{"age":{"type":["integer","null"]}},"required":["age"]}}}
    """#

  @Test func withoutAPolicyAndMarksNothingChanges() throws {
    let schema = try Self.schema(Self.person, .never)
    #expect(!schema.isRewritten)
    #expect(schema.document.text == (try JSONValue.parse(Array(Self.person.utf8))).text)
  }

  @Test func optionalWrapsWhatMayBeNullOrAbsent() throws {
    let document = try Self.schema(Self.person, .optional).document
    let properties = document["properties"]
    #expect(properties?["name"]?.text == #"{"type":"string","description":"Full name"}"#)
    #expect(
      properties?["born"]?.text
        == ##"{"anyOf":[{"$ref":"#/$defs/date"},{"type":"null"},{"$ref":"#/$defs/not_found"}]}"##)
    #expect(
      properties?["nick"]?.text
        == ##"{"anyOf":[{"type":"string"},{"$ref":"#/$defs/not_found"}]}"##)
    #expect(
      document["$defs"]?["kin"]?["properties"]?["age"]?.text
        == ##"{"anyOf":[{"type":["integer","null"]},{"$ref":"#/$defs/not_found"}]}"##)
    #expect(document["$defs"]?["not_found"] != nil)
  }

  @Test func allWrapsRequiredScalarsAndListsThatMayNotBeEmpty() throws {
    let properties = try Self.schema(Self.person, .all).document["properties"]
    #expect(
      properties?["name"]?.text
        == ##"{"anyOf":[{"type":"string"},{"$ref":"#/$defs/not_found"}],"description":"Full name"}"##
    )
    #expect(properties?["kin"]?["anyOf"]?.array?.count == 2)
  }

  @Test func theWordAsATextIsTheWordUnlessTheSchemaNamesIt() throws {
    let answer = try JSONValue.parse(
      Array(#"{"name":"not_found","born":"not_found","kin":[{"age":"not_found"}]}"#.utf8))
    let restored = try Self.schema(Self.person, .all).restore(answer)
    #expect(restored.output.text == #"{"born":null,"kin":[{"age":null}]}"#)
    #expect(restored.missing.map(\.description) == ["/name"])
    #expect(try Self.schema(Self.person, .never).restore(answer).output == answer)
    let label = #"""
      {"type":"object","properties":{"a":{"enum":["not_found","left"]}},"required":["a"]}
      """#
    let labelled = try Self.schema(label, .all)
      .restore(JSONValue.parse(Array(#"{"a":"not_found"}"#.utf8)))
    #expect(labelled.output["a"] == "not_found" && labelled.missing.isEmpty)
  }

  @Test func theWayBackGivesNullLeavesOutOrReports() throws {
    let schema = try Self.schema(Self.person, .all)
    let answer = try schema.restore(
      JSONValue.parse(
        Array(
          #"{"name":{"not_found":true},"born":{"not_found":true},"nick":{"not_found":true},"kin":[{"age":{"not_found":true}},{"age":3}]}"#
            .utf8)))
    #expect(answer.output.text == #"{"born":null,"kin":[{"age":null},{"age":3}]}"#)
    #expect(answer.missing.map(\.description) == ["/name"])
    #expect(answer.fields.map(\.output.description).count == 5)
    #expect(answer.fields.map(\.isFound) == [false, false, false, false, true])
  }

  @Test func anAnswerWithoutWrappersComesBackAsItIs() throws {
    let text = #"{"name":"A","born":null,"kin":[{"age":1}]}"#
    let answer = try Self.schema(Self.person, .all).restore(JSONValue.parse(Array(text.utf8)))
    #expect(answer.output.text == text)
    #expect(answer.missing.isEmpty)
  }

  @Test func evidenceStandsInsideAbstention() throws {
    let schema = try Self.schema(
      #"{"type":"object","properties":{"a":{"type":"number","x-evidence":true,"x-abstain":true}},"required":["a"]}"#,
      .never)
    #expect(
      schema.document["properties"]?["a"]?["anyOf"]?.array?.first?["required"]?.text
        == #"["quote","value"]"#)
    let answer = try schema.restore(
      JSONValue.parse(Array(#"{"a":{"quote":"1 apple","value":1}}"#.utf8)))
    #expect(answer.output.text == #"{"a":1}"#)
    #expect(answer.fields.first?.quote == "1 apple")
    #expect(answer.fields.first?.generated.description == "/a/value")
    #expect(answer.fields.first?.output.description == "/a")
  }

  @Test func aValueThatLooksLikeAWrapperIsNotTakenForOne() throws {
    let schema = try Self.schema(
      #"{"type":"object","properties":{"a":{"type":"object"}},"required":["a"]}"#, .all)
    let text = #"{"a":{"not_found":true}}"#
    let answer = try schema.restore(JSONValue.parse(Array(text.utf8)))
    #expect(answer.output.text == text)
  }

  @Test(arguments: [
    // Two schemas describe one member.
    #"{"properties":{"a":{"x-abstain":true}},"allOf":[{"properties":{"a":{"type":"number"}}}]}"#,
    #"{"allOf":[{"properties":{"a":{"x-evidence":true}}}]}"#,
    #"{"additionalProperties":{"x-abstain":true}}"#,
    ##"{"properties":{"a":{"type":"string","x-abstain":true},"b":{"$ref":"#/properties/a"}}}"##,
    // The value could be the wrapper itself.
    #"{"properties":{"a":{"type":"object","x-abstain":true}}}"#,
  ])
  func aMarkThatCannotBeHonoredIsRefused(_ text: String) {
    #expect(throws: JobFailure.self) { try Self.schema(text, .never) }
  }

  @Test func aDefinitionThatIsAlsoUsedElsewhereStaysAsItIs() throws {
    let text = ##"""
      {"type":"object","properties":{"a":{"$ref":"#/$defs/d"},"b":{"not":{"$ref":"#/$defs/d"}}},
       "$defs":{"d":{"type":"object","properties":{"x":{"type":["null","string"]}},"required":["x"]}}}
      """##
    let document = try Self.schema(text, .optional).document
    #expect(document["$defs"]?["d"]?.text.contains("not_found") == false)
  }

  @Test func recursionEnds() throws {
    let text = ##"""
      {"$ref":"#/$defs/t","$defs":{"t":{"type":"object","properties":{
        "v":{"type":["null","string"]},"next":{"anyOf":[{"$ref":"#/$defs/t"},{"type":"null"}]}},
        "required":["v","next"]}}}
      """##
    let schema = try Self.schema(text, .optional)
    let answer = try schema.restore(
      JSONValue.parse(
        Array(#"{"v":"a","next":{"v":{"not_found":true},"next":null}}"#.utf8)))
    #expect(answer.output.text == #"{"v":"a","next":{"v":null,"next":null}}"#)
  }

  @Test func whatIsWrappedComesBackAsItWas() throws {
    let text = #"{"name":"A","born":null,"kin":[{"age":null},{"age":3}]}"#
    let output = try JSONValue.parse(text)
    for evidence in [EvidenceMode.match, .quote] {
      let schema = try Self.schema(Self.person, .all, evidence)
      let name = JSONPointer(steps: ["name"])
      let wrapped = schema.wrap(output, quotes: [name: "Mr. A"])
      #expect(wrapped["born"]?.text == #"{"not_found":true}"#)
      #expect(wrapped["kin"]?.array?[0].text == #"{"age":{"not_found":true}}"#)
      let isQuoted = evidence == .quote
      #expect(wrapped["name"]?.text == (isQuoted ? #"{"quote":"Mr. A","value":"A"}"# : #""A""#))
      let answer = schema.restore(wrapped)
      #expect(answer.output.text == text)
      #expect(answer.missing.isEmpty)
    }
  }
}
