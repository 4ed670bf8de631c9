import Extraction
import JSON
import Testing

@Suite struct CrossChecksTests {
  private static let sum = #"""
    {"name":"total","level":"assert","sum":"/items/*/amount","equals":"/total","tolerance":"0.01"}
    """#

  private static func outcomes(_ rule: String, _ output: String) throws -> [CheckOutcome] {
    let schema = try JSONValue.parse(#"{"type":"object","x-check":[\#(rule)]}"#)
    return try CrossChecks(schema).outcomes(on: JSONValue.parse(output))
  }

  @Test(arguments: [
    (#"{"items":[{"amount":0.1},{"amount":0.2}],"total":0.3}"#, CheckOutcome.Verdict.holds),
    (#"{"items":[{"amount":0.1},{"amount":0.2}],"total":0.31}"#, .holds),
    (#"{"items":[{"amount":0.1},{"amount":0.2}],"total":0.3100000000000000000001}"#, .violated),
    (#"{"items":[],"total":0}"#, .holds),
    (#"{"items":[{"amount":"1.50"}],"total":"1.5"}"#, .holds),
    (#"{"items":[{"amount":1},{}],"total":1}"#, .skipped),
    (#"{"items":[{"amount":1}],"total":null}"#, .skipped),
    (#"{"items":[{"amount":1e900000000},{"amount":1}],"total":1}"#, .skipped),
    (#"{"total":1}"#, .skipped),
  ])
  func aSumIsExactAndSkippedWhereAnOperandIsMissing(
    output: String, verdict: CheckOutcome.Verdict
  ) throws {
    #expect(try Self.outcomes(Self.sum, output).map(\.verdict) == [verdict])
  }

  @Test(arguments: [
    (#"{"a":"x","b":"x"}"#, CheckOutcome.Verdict.holds), (#"{"a":"x","b":"y"}"#, .violated),
    (#"{"a":1.0,"b":1}"#, .holds), (#"{"a":null,"b":null}"#, .skipped),
    (#"{"a":[1],"b":[1]}"#, .holds),
  ])
  func twoValuesAreCompared(output: String, verdict: CheckOutcome.Verdict) throws {
    let rule = #"{"name":"same","left":"/a","right":"/b"}"#
    #expect(try Self.outcomes(rule, output).map(\.verdict) == [verdict])
  }

  @Test func aRuleHoldsForEveryObjectThatItsSchemaDescribes() throws {
    let schema = try JSONValue.parse(
      #"""
      {"properties":{"orders":{"items":{"anyOf":[{"$ref":"#/$defs/order"},{"type":"null"}]}}},
       "$defs":{"order":{"type":"object","x-check":[{"name":"same","left":"/a","right":"/b"}]}}}
      """#)
    let output = try JSONValue.parse(#"{"orders":[{"a":1,"b":1},null,{"a":1,"b":2}]}"#)
    let outcomes = try CrossChecks(schema).outcomes(on: output)
    #expect(outcomes.map(\.place.description) == ["/orders/0", "/orders/2"])
    #expect(outcomes.map(\.verdict) == [.holds, .violated])
    #expect(
      outcomes[1].json.text
        == #"{"name":"same","level":"check","field":"/orders/2","ok":false,"left":1,"right":2}"#)
    #expect(outcomes[1].problem == "the check \"same\" does not hold: 1 against 2")
  }

  @Test(arguments: [
    #"{"x-check":{}}"#, #"{"x-check":[1]}"#, #"{"x-check":[{"sum":"/a","equals":"/b"}]}"#,
    #"{"x-check":[{"name":"n","sum":"/a","right":"/b"}]}"#,
    #"{"x-check":[{"name":"n","left":"a","right":"/b"}]}"#,
    #"{"x-check":[{"name":"n","left":"/*/a","right":"/b"}]}"#,
    #"{"x-check":[{"name":"n","sums":"/a"}]}"#,
    #"{"x-check":[{"name":"n","level":"warn","left":"/a","right":"/b"}]}"#,
    #"{"x-check":[{"name":"n","left":"/a","right":"/b","tolerance":"-1"}]}"#,
    #"{"not":{"x-check":[{"name":"n","left":"/a","right":"/b"}]}}"#,
    #"{"oneOf":[{"type":"object","x-check":[]},{"type":"object"}]}"#,
  ])
  func whatCannotBeEvaluatedIsRefused(schema: String) throws {
    let schema = try JSONValue.parse(schema)
    #expect(throws: JobFailure.self) { try CrossChecks(schema) }
  }

  @Test func aMemberThatBearsTheKeywordsNameIsNoRule() throws {
    let schema = try JSONValue.parse(
      #"{"properties":{"x-check":{"type":"string"}},"default":{"x-check":1}}"#)
    #expect(try CrossChecks(schema).isEmpty)
  }

  @Test func aSchemaThatRefersToItselfEnds() throws {
    let schema = try JSONValue.parse(
      ##"{"$ref":"#","x-check":[{"name":"n","left":"/a","right":"/b"}],"properties":{"c":{"$ref":"#"}}}"##
    )
    let checks = try CrossChecks(schema)
    let output = try JSONValue.parse(#"{"a":1,"b":1,"c":{"a":1,"b":2}}"#)
    #expect(checks.outcomes(on: output).contains { $0.verdict == .violated })
  }
}
