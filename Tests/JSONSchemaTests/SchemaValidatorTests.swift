import JSON
import JSONSchema
import TestSupport
import Testing

@Suite struct SchemaValidatorTests {
  private func validator(
    _ text: String, formats: SchemaValidator.Formats = .assert,
    documents: [String: JSONValue] = [:], limits: JudgementLimits = JudgementLimits()
  ) throws -> SchemaValidator {
    try SchemaValidator(
      Schema(
        JSONValue.parse(text),
        options: SchemaOptions(unknownKeywords: .allow, documents: documents)),
      formats: formats, limits: limits)
  }

  @Test func aViolationNamesBothPlaces() throws {
    let judge = try validator(
      """
      {"properties":{"a/b":{"items":{"$ref":"#/$defs/n"}}},"required":["c"],
       "$defs":{"n":{"type":"integer","minimum":3}}}
      """)
    let found = try judge.violations(of: JSONValue.parse(#"{"a/b":[3,2,"x"]}"#))
    #expect(
      found.map { [$0.instance, $0.schema, $0.keyword] } == [
        ["", "", "required"], ["/a~1b/1", "/$defs/n", "minimum"], ["/a~1b/2", "/$defs/n", "type"],
      ])
    #expect(try judge.violations(of: JSONValue.parse(#"{"a/b":[1,2,"x"]}"#), limit: 2).count == 2)
  }

  /// Each level asks the one below twice: without kept verdicts 2⁶⁰ questions.
  @Test func referencesThatMeetAgainAreJudgedOnce() throws {
    var definitions = "\"d0\":{\"type\":\"integer\"}"
    for level in 1...60 {
      let below = "{\"$ref\":\"#/$defs/d\(level - 1)\"}"
      definitions += ",\"d\(level)\":{\"allOf\":[\(below),{\"anyOf\":[\(below),\(below)]}]}"
    }
    let judge = try validator("{\"$ref\":\"#/$defs/d60\",\"$defs\":{\(definitions)}}")
    #expect(try judge.verdict(on: 1))
    #expect(try judge.violations(of: "x", limit: 1).count == 1)
  }

  @Test func aReferenceBackToItselfIsShownByFinitelyManyStepsOrNotAtAll() throws {
    let endless = try validator(##"{"$ref":"#"}"##)
    #expect(try !endless.verdict(on: 1))
    #expect(try endless.violations(of: 1).map(\.keyword) == ["$ref"])
    let choice = try validator(##"{"anyOf":[{"$ref":"#"},{"type":"integer"}]}"##)
    #expect(try choice.verdict(on: 1))
    #expect(try !choice.verdict(on: "x"))
    // A verdict found while another was open is not kept: b holds once a does.
    let mutual = try validator(
      """
      {"allOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/b"}],
       "$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"},{"type":"integer"}]},"b":{"$ref":"#/$defs/a"}}}
      """)
    #expect(try mutual.verdict(on: 1))
    #expect(try !mutual.verdict(on: "x"))
  }

  @Test func aReferenceBackToItselfBelowANegationIsAnError() throws {
    let judge = try validator(##"{"not":{"$ref":"#"}}"##)
    #expect(throws: SchemaError.endlessReference(pointer: "")) { try judge.verdict(on: 1) }
    #expect(!judge.isValid(1))
  }

  @Test func depthIsLimitedByName() throws {
    let nested = String(repeating: "[", count: 400) + String(repeating: "]", count: 400)
    let value = try JSONValue.parse(nested)
    #expect(try validator(##"{"items":{"$ref":"#"}}"##).verdict(on: value))
    // Ten schemas a level exceed the limit.
    var wrapped = ##"{"$ref":"#"}"##
    for _ in 0..<10 { wrapped = "{\"allOf\":[\(wrapped)]}" }
    let deep = try validator("{\"items\":\(wrapped)}")
    #expect(throws: SchemaError.self) { try deep.verdict(on: value) }
  }

  @Test func longJudgementsAreLimitedByName() throws {
    let limits = JudgementLimits(steps: 10_000, patternSteps: 10_000)
    let value = JSONValue.array([JSONValue](repeating: 1, count: 1000))
    let schemas = [String](repeating: "{\"items\":{\"type\":\"integer\"}}", count: 11)
    let judge = try validator(
      "{\"allOf\":[\(schemas.joined(separator: ","))]}", limits: limits)
    #expect(throws: SchemaError.judgementTooLong(limit: 10_000)) { try judge.verdict(on: value) }
    #expect(!judge.isValid(value))
    let pattern = try validator(#"{"pattern":"(a{1,10}b){1,20}$"}"#, limits: limits)
    let text = JSONValue.string(String(repeating: "a", count: 1000))
    #expect(throws: SchemaError.judgementTooLong(limit: 10_000)) { try pattern.verdict(on: text) }
  }

  @Test(arguments: [
    (#"[{"a":1,"b":[2]},{"b":[2.0],"a":1e0}]"#, false), (#"[1,true]"#, true),
    (#"[0,-0,1]"#, false), (#"[[],{}]"#, true), (#"["a",["a"]]"#, true),
    ("[\"\u{E9}\",\"e\u{301}\"]", true), (#"["A","\u0041"]"#, false),
  ])
  func uniqueElementsDifferInValueNotInSpelling(_ text: String, _ isUnique: Bool) throws {
    #expect(try validator(#"{"uniqueItems":true}"#).verdict(on: .parse(text)) == isUnique)
  }

  @Test(arguments: [
    ("1e1000000", "2", true), ("1e1000000", "3", false), ("1e999999999", "1e-999999999", true),
    ("12345678901234567890123456789012345678901", "0.01", true), ("0.03", "0.02", false),
    ("1e-1000000", "1", false), ("9007199254740993", "9007199254740992", false),
  ])
  func multiplesAreExactAtAnySize(_ value: String, _ divisor: String, _ holds: Bool) throws {
    let judge = try validator("{\"multipleOf\":\(divisor)}")
    #expect(try judge.verdict(on: .parse(value)) == holds)
  }

  @Test func eachDraftReadsItsOwnKeywords() throws {
    let schemas: [(String, String, Bool)] = [
      ("http://json-schema.org/draft-04/schema#", #""const":1"#, true),
      ("http://json-schema.org/draft-06/schema#", #""const":1"#, false),
      ("http://json-schema.org/draft-07/schema#", #""dependentRequired":{"a":["b"]}"#, true),
      (
        "https://json-schema.org/draft/2019-09/schema", #""dependentRequired":{"a":["b"]}"#, false
      ),
      ("https://json-schema.org/draft/2019-09/schema", #""prefixItems":[false]"#, true),
      ("https://json-schema.org/draft/2020-12/schema", #""dependencies":{"a":["b"]}"#, true),
      ("http://json-schema.org/draft-07/schema#", #""dependencies":{"a":["b"]}"#, false),
    ]
    for (dialect, keyword, holds) in schemas {
      let judge = try validator("{\"$schema\":\"\(dialect)\",\(keyword)}")
      #expect(try judge.verdict(on: ["a": 2]) == holds, "\(dialect) \(keyword)")
    }
    // Without a dialect older spellings keep their meaning.
    let implied = try validator(
      #"{"dependencies":{"a":["b"]},"properties":{"c":{"minimum":3,"exclusiveMinimum":true}}}"#)
    #expect(try !implied.verdict(on: ["a": 2]))
    #expect(try !implied.verdict(on: ["c": 3]))
  }

  /// Draft 4: "a JSON number without a fraction or exponent part"; since draft 6 the value counts.
  @Test(arguments: [
    ("5", true, true), ("-0", true, true), ("5.0", false, true), ("5e0", false, true),
    ("50E-1", false, true), ("5.5", false, false), ("5e-1", false, false),
  ])
  func anIntegerOfDraft4HasNeitherFractionNorExponent(
    text: String, inDraft4: Bool, later: Bool
  ) throws {
    for (draft, holds) in [("draft-04", inDraft4), ("draft-06", later)] {
      let dialect = "\"$schema\":\"http://json-schema.org/\(draft)/schema#\""
      let value = try JSONValue.parse(text)
      #expect(try validator("{\(dialect),\"type\":\"integer\"}").verdict(on: value) == holds)
      #expect(
        try validator("{\(dialect),\"not\":{\"type\":\"integer\"}}").verdict(on: value) != holds)
      #expect(try validator("{\(dialect),\"type\":\"number\"}").verdict(on: value))
      // Values are equal whatever their spelling.
      #expect(
        try validator("{\(dialect),\"type\":\"integer\",\"enum\":[5.0,0]}").verdict(on: value)
          == holds)
    }
  }

  @Test func aMetaschemaMayLeaveKeywordsOut() throws {
    let documents: [String: JSONValue] = [
      "https://example.com/lean#": try .parse(
        """
        {"$schema":"https://json-schema.org/draft/2020-12/schema",
         "$vocabulary":{"https://json-schema.org/draft/2020-12/vocab/core":true,
          "https://json-schema.org/draft/2020-12/vocab/applicator":true,
          "https://example.com/vocab/colors":false}}
        """),
      "https://example.com/strange": try .parse(
        """
        {"$schema":"https://json-schema.org/draft/2020-12/schema",
         "$vocabulary":{"https://example.com/vocab/colors":true}}
        """),
    ]
    let lean = try validator(
      #"{"$schema":"https://example.com/lean","properties":{"a":false,"b":{"type":"null"}}}"#,
      documents: documents)
    #expect(try lean.verdict(on: ["b": 1]))
    #expect(try !lean.verdict(on: ["a": 1]))
    #expect(throws: SchemaError.self) {
      _ = try validator(#"{"$schema":"https://example.com/strange"}"#, documents: documents)
    }
  }

  @Test(arguments: [
    "http://json-schema.org/draft-04/schema", "http://json-schema.org/draft-06/schema",
    "http://json-schema.org/draft-07/schema", "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2020-12/schema",
  ])
  func theDraftsDescribeThemselvesWithoutFiles(_ uri: String) throws {
    let judge = try validator("{\"$ref\":\"\(uri)\"}", formats: .annotate)
    #expect(try judge.verdict(on: ["type": "object", "properties": ["a": ["minLength": 2]]]))
    for wrong in [
      #"{"type":"objekt"}"#, #"{"properties":{"a":{"minLength":-1}}}"#, #"{"required":"a"}"#,
      #"{"allOf":[]}"#, #"{"not":{"multipleOf":0}}"#, "3",
    ] {
      #expect(try !judge.verdict(on: .parse(wrong)), "\(wrong)")
    }
  }

  @Test(arguments: [
    (#"{"pattern":"(a"}"#, "regular expression"), (#"{"pattern":"(a)\\1"}"#, "not supported"),
    (#"{"patternProperties":{"[b-a]":true}}"#, "regular expression"),
    (#"{"multipleOf":0}"#, "above zero"), (#"{"$ref":"other.json"}"#, "leads nowhere"),
    (#"{"type":"x"}"#, "must be"), (#"{"properties":{"a":3}}"#, "must be an object"),
  ])
  func whatCannotBeJudgedIsRefusedByName(_ schema: String, _ says: String) throws {
    let error = #expect(throws: SchemaError.self) { _ = try validator(schema) }
    #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
  }

  @Test func aDefinitionThatNothingUsesNeedsNoJudge() throws {
    let judge = try validator(#"{"type":"integer","$defs":{"a":{"pattern":"(a)\\1"}}}"#)
    #expect(try judge.verdict(on: 1))
  }

  /// Changed schemas give a verdict or an error, the same one each time.
  @Test func changedSchemasNeverTrap() throws {
    let seeds = [
      """
      {"$id":"http://x/y","$defs":{"a":{"$anchor":"b","properties":{"c":{"$ref":"#b"}}}},
       "allOf":[{"$dynamicRef":"#d"},{"if":{"type":"object"},"then":{"required":["c"]}}],
       "unevaluatedProperties":false,"patternProperties":{"^x":{"minimum":1.5}},
       "dependentSchemas":{"c":{"maxProperties":2}},"$dynamicAnchor":"d"}
      """,
      """
      {"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"a":{"enum":[1,{}]}},
       "items":[{"$ref":"#/definitions/a"}],"additionalItems":{"multipleOf":0.1},
       "contains":{"const":1},"uniqueItems":true,"dependencies":{"c":["d"]},"oneOf":[true,false]}
      """,
    ]
    let values: [JSONValue] = [
      ["c": ["c": 1], "x1": 2], [1, 2, [:]], "text", 3, nil, ["c": 1, "d": [1, 1]],
    ]
    var random = SeededRandom(seed: 11)
    var judged = 0
    for round in 0..<4000 {
      var bytes = Array(seeds[round % 2].utf8)
      for _ in 0..<random.int(1...3) {
        let place = random.int(0...bytes.count - 1)
        switch random.int(0...2) {
        case 0: bytes[place] = UInt8(random.int(0x20...0x7E))
        case 1: bytes.remove(at: place)
        default: bytes.insert(bytes[random.int(0...bytes.count - 1)], at: place)
        }
      }
      guard let document = try? JSONValue.parse(bytes),
        let schema = try? Schema(document, options: SchemaOptions(unknownKeywords: .allow)),
        let judge = try? SchemaValidator(schema, formats: .annotate)
      else { continue }
      judged += 1
      for value in values {
        let found = try? judge.violations(of: value)
        #expect((found?.isEmpty ?? false) == judge.isValid(value))
      }
    }
    #expect(judged > 500)
  }
}
