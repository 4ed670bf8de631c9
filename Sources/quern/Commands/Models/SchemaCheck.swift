// `quern schema check`: what becomes of each keyword of a schema, before any model time is spent.

import Extraction
import Grammars
import JSON
import JSONSchema
import Posix

/// Reports what a schema enforces and what it costs.
enum SchemaCheckCommand: Command {
  static let syntax = CommandSyntax(
    words: ["schema", "check"], summary: "what a schema enforces, keyword by keyword",
    notes: [
      "Each keyword is in the mask (no output can violate it), checked after, refused, or has no "
        + "effect. A schema that cannot be honored in full is refused with the place of the "
        + "keyword, status 65."
    ],
    operands: [OperandSyntax("S", .one, "The JSON Schema.")],
    options: [
      .flag("generation", "Prints the schema as the model sees it, and nothing else."),
      .flag("json", "Prints one JSON object instead of a table."),
    ],
    examples: ["quern schema check Schemas/invoice.json"],
    statuses: [.done, .badInput, .noSuchFile, .inputOutput, .permission])

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    let path = invocation.operand(0)
    let bytes = try OneShot.contents(of: path, "read the schema \(path)")
    let document: JSONValue
    do throws(JSONError) {
      document = try JSONValue.parse(bytes)
    } catch { throw CommandFailure(.badInput, "\(path) is not JSON: \(error)") }
    let schema: Schema
    do throws(SchemaError) {
      schema = try Schema(document)
    } catch { throw CommandFailure(.badInput, "\(path): \(error)") }
    if invocation.has("generation") {
      try Output.line(document.bytes)
      return .done
    }
    let report = EnforcementReport(schema)
    let clock = SystemClock()
    let started = clock.monotonicNanoseconds
    var problem: String?
    do throws(GrammarError) {
      _ = try Grammar(schema)
    } catch { problem = error.description }
    let microseconds = Int((clock.monotonicNanoseconds - started) / 1000)
    try show(report, microseconds: microseconds, problem: problem, invocation)
    if let problem { throw CommandFailure(.badInput, "\(path): \(problem)") }
    return .done
  }

  private static func word(_ enforcement: EnforcementReport.Enforcement) -> String {
    switch enforcement {
    case .inMask: "in the mask"
    case .checkedAfter: "checked after"
    case .refused: "refused"
    case .noEffect: "no effect"
    }
  }

  private static func show(
    _ report: EnforcementReport, microseconds: Int, problem: String?, _ invocation: Invocation
  ) throws(CommandFailure) {
    if invocation.has("json") {
      let entries = report.entries.map { entry -> JSONValue in
        [
          "pointer": .string(entry.pointer), "keyword": .string(entry.keyword),
          "enforcement": .string(word(entry.enforcement)), "detail": .string(entry.detail),
        ]
      }
      let value: JSONValue = [
        "keywords": .array(entries), "compile_us": .number(JSONNumber(microseconds)),
        "problem": problem.map { .string($0) } ?? .null,
      ]
      try Output.line(value.bytes)
      return
    }
    for entry in report.entries {
      let detail = entry.detail.isEmpty ? "" : "  (\(entry.detail))"
      let place = entry.pointer.isEmpty ? "/" : entry.pointer
      let state = word(entry.enforcement)
      let gap = String(repeating: " ", count: max(1, 15 - state.utf8.count))
      try Output.line(Log.visible("\(state)\(gap)\(entry.keyword) at \(place)\(detail)"))
    }
    try Output.line("compiled in \(microseconds) us")
  }
}
