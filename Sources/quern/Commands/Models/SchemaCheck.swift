// `quern schema check`: what becomes of each keyword of a schema, before any model time is spent.

import Checkpoints
import Grammars
import Inference
import JSON
import JSONSchema
import Posix
import Tokenizers
import Tokens

/// Reports what a schema enforces and what it costs.
enum SchemaCheckCommand: Command {
  static let syntax = CommandSyntax(
    words: ["schema", "check"], summary: "what a schema enforces, keyword by keyword",
    notes: [
      "Each keyword is in the mask (no output can violate it), checked after, refused, or has no "
        + "effect. A schema that cannot be honored in full is refused with the place of the "
        + "keyword, status 65. Then come the time of the compilation and, from a few random answers, "
        + "the states met and the slowest mask."
    ],
    operands: [OperandSyntax("S", .one, "The JSON Schema.")],
    options: [
      .flag("generation", "Prints the schema as the model sees it, and nothing else."),
      .flag("json", "Prints one JSON object instead of a table."),
      .value(
        "model", "MODEL", .path, "Measures masks over the vocabulary of this model.",
        standard: "a vocabulary of single bytes"),
    ],
    examples: [
      "quern schema check Schemas/invoice.schema.json",
      "quern schema check Schemas/invoice.schema.json --model qwen2.5-coder-0.5b",
    ],
    statuses: [.done, .badInput, .noSuchFile, .unavailable, .inputOutput, .permission])

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    let path = invocation.operand(0)
    let bytes = try InputFile.contents(of: path, kind: "schema")
    let document: JSONValue
    do throws(JSONError) {
      document = try JSONValue.parse(bytes)
    } catch { throw CommandFailure(.badInput, "the schema \(path) is not JSON: \(error)") }
    let schema: Schema
    do throws(SchemaError) {
      schema = try Schema(document)
    } catch { throw CommandFailure(.badInput, "the schema \(path) cannot be used: \(error)") }
    if invocation.has("generation") {
      try Output.line(document.bytes)
      return .done
    }
    let report = EnforcementReport(schema)
    let clock = SystemClock()
    let started = clock.monotonicNanoseconds
    let compiled: Result<Grammar, GrammarError>
    do throws(GrammarError) {
      compiled = .success(try Grammar(schema))
    } catch { compiled = .failure(error) }
    let microseconds = Int((clock.monotonicNanoseconds - started) / 1000)
    switch compiled {
    case .failure(let error):
      try show(report, problem: error.description, [], invocation)
      throw CommandFailure(.badInput, "the schema \(path) cannot be used: \(error)")
    case .success(let grammar):
      let vocabulary = try vocabulary(invocation)
      do throws(GrammarError) {
        let walk = MaskWalk(try BoundGrammar(grammar, trie: TokenTrie(vocabulary)))
        let costs = [
          ("compile_us", microseconds), ("vocabulary", vocabulary.count),
          ("tokens_walked", walk.tokenCount), ("states_met", walk.stateCount),
          ("median_mask_us", walk.medianMicroseconds), ("worst_mask_us", walk.worstMicroseconds),
        ]
        try? show(report, problem: nil, costs, invocation)
      } catch {
        throw CommandFailure(.badInput, "the schema \(path) cannot be used: \(error)")
      }
      return .done
    }
  }

  private static func vocabulary(
    _ invocation: Invocation
  ) throws(CommandFailure) -> Vocabulary {
    guard let name = invocation.path("model") else { return MaskWalk.bytes }
    let path = try ModelChoice(named: name).path.text
    do throws(InferenceError) {
      return try EngineLoader.tokenizer(of: EngineLoader.open(path), path: path).vocabulary
    } catch { throw CommandFailure(.unavailable, "\(error)") }
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
    _ report: EnforcementReport, problem: String?, _ costs: [(name: String, value: Int)],
    _ invocation: Invocation
  ) throws(CommandFailure) {
    if invocation.has("json") {
      let entries = report.entries.map { entry -> JSONValue in
        [
          "pointer": .string(entry.pointer), "keyword": .string(entry.keyword),
          "enforcement": .string(word(entry.enforcement)), "detail": .string(entry.detail),
        ]
      }
      var value = JSONObject()
      value["keywords"] = .array(entries)
      value["problem"] = problem.map { .string($0) } ?? .null
      for cost in costs { value[cost.name] = .number(JSONNumber(cost.value)) }
      try Output.line(JSONValue.object(value).bytes)
      return
    }
    for entry in report.entries {
      let detail = entry.detail.isEmpty ? "" : "  (\(entry.detail))"
      let place = entry.pointer.isEmpty ? "the root" : entry.pointer
      let state = word(entry.enforcement)
      let gap = String(repeating: " ", count: max(1, 15 - state.utf8.count))
      try Output.line(Log.visible("\(state)\(gap)\(entry.keyword) at \(place)\(detail)"))
    }
    for cost in costs {
      let gap = String(repeating: " ", count: max(1, 15 - cost.name.utf8.count))
      try Output.line("\(cost.name)\(gap)\(cost.value)")
    }
  }
}
