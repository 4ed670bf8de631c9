// `quern schema check`: what becomes of each keyword of a schema, before any model time is spent.

import Checkpoints
import Extraction
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
      .value(
        "abstain", "WHICH", .text,
        "With --generation: which values may be \"not found\": never (only marked ones), optional, "
          + "all.", standard: "never"),
      .value(
        "evidence", "HOW", .text,
        "With --generation: which values have quotes before them: none, match (no quotes), quote, "
          + "when-marked.", standard: "match"),
      .flag("json", "Prints one JSON object instead of a table."),
      .value(
        "model", "MODEL", .path, "Measures masks over the vocabulary of this model.",
        standard: "a vocabulary of single bytes"),
      .value(
        "tokenizer", "DIR", .path,
        "Measures masks over the vocabulary of a folder with tokenizer.json and "
          + "tokenizer_config.json."),
    ],
    examples: [
      "quern schema check Schemas/invoice.schema.json",
      "quern schema check Schemas/invoice.schema.json --model qwen2.5-coder-0.5b",
    ],
    statuses: [.done, .badInput, .noSuchFile, .unavailable, .inputOutput, .permission])

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    let path = invocation.operand(0)
    let document = try InputFile.document(path, kind: "schema")
    func failure(_ error: some CustomStringConvertible) -> CommandFailure {
      CommandFailure(.badInput, "the schema \(path) cannot be used: \(error)")
    }
    let schema: Schema
    do throws(SchemaError) {
      schema = try Schema(document)
    } catch { throw failure(error) }
    if invocation.has("generation") {
      try Output.line(generation(of: document, invocation, failure).bytes)
      return .done
    }
    let report = EnforcementReport(schema)
    let clock = SystemClock()
    let started = clock.monotonicNanoseconds
    let grammar: Grammar
    do throws(GrammarError) {
      grammar = try Grammar(schema)
    } catch {
      try show(SchemaFindings(report.refusing(error), problem: "\(error)"), invocation)
      throw failure(error)
    }
    let nanoseconds = Int(clock.monotonicNanoseconds - started)
    let vocabulary = try vocabulary(invocation)
    let bound: BoundGrammar
    do throws(GrammarError) {
      bound = try BoundGrammar(grammar, trie: TokenTrie(vocabulary))
    } catch {
      try show(SchemaFindings(report.refusing(error), problem: "\(error)"), invocation)
      throw failure(error)
    }
    try show(
      SchemaFindings(
        grammar.report, compileNanoseconds: nanoseconds, vocabulary: vocabulary.count,
        walk: MaskWalk(bound)), invocation)
    return .done
  }

  /// Returns the schema as the model sees it.
  private static func generation(
    of document: JSONValue, _ invocation: Invocation, _ failure: (String) -> CommandFailure
  ) throws(CommandFailure) -> JSONValue {
    let abstention = Abstention(rawValue: invocation.text("abstain") ?? "never")
    guard let abstention else { throw invocation.wrong("--abstain is never, optional or all") }
    let evidence = EvidenceMode(rawValue: invocation.text("evidence") ?? "match")
    guard let evidence else {
      throw invocation.wrong("--evidence is none, match, quote or when-marked")
    }
    do throws(JobFailure) {
      return try GenerationSchema(document, abstention: abstention, evidence: evidence).document
    } catch { throw failure(error.message) }
  }

  private static func vocabulary(
    _ invocation: Invocation
  ) throws(CommandFailure) -> Vocabulary {
    if let folder = invocation.path("tokenizer") {
      if invocation.has("model") { throw invocation.wrong("--model or --tokenizer, not both") }
      return try VocabularyFolder.vocabulary(folder)
    }
    guard let name = invocation.path("model") else { return MaskWalk.bytes }
    let path = try ModelChoice(named: name).path.text
    do throws(InferenceError) {
      return try EngineLoader.tokenizer(of: EngineLoader.open(path), path: path).vocabulary
    } catch { throw CommandFailure(.unavailable, "\(error)") }
  }

  private static func show(
    _ findings: SchemaFindings, _ invocation: Invocation
  ) throws(CommandFailure) {
    if invocation.has("json") { return try Output.line(findings.json.bytes) }
    for line in findings.lines { try Output.line(Log.visible(line)) }
  }
}
