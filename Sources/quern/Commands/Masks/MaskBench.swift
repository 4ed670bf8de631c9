// `quern mask-bench`: the developers' verb that measures masks and judges cases line by line.
//
//   hello ▶            {"protocol":1,"engine":"quern","version":…,"vocab":…}
//   ◀ case, ▶ reply    one line each, until standard input closes
//
// A case is {"id":…,"schema":…,"instances":[{"text":…,"tokens":[…]},…]}; what else it holds is ignored.

import Grammars
import JSON
import JSONSchema
import Posix
import Tokens

/// Answers cases of schemas and tokens with verdicts and times.
enum MaskBenchCommand: Command {
  static let syntax = CommandSyntax(
    words: ["mask-bench"], summary: "measures token masks, case by case, for developers",
    notes: [
      "Reads one JSON object a line from standard input, {\"id\", \"schema\", \"instances\": [{\"text\", "
        + "\"tokens\"}]}, and answers each with one line: whether the schema compiles and in what time, "
        + "and for each instance how many tokens the masks allow, whether the text may end after "
        + "them, and the nanoseconds of each mask and each step.",
      "Nothing but the vocabulary is shared between cases. Unknown keywords have no effect and "
        + "the generation limits of queues do not apply.",
    ],
    operands: [],
    options: [
      .value(
        "tokenizer", "DIR", .path, "The folder with tokenizer.json and tokenizer_config.json.",
        isRequired: true),
      .value(
        "judge", "WHO", .choice(["masks", "validator"]),
        "Who gives the verdicts: the masks, token by token, or the validator of finished values.",
        standard: "masks"),
      .value(
        "whitespace", "WHERE", .choice(["any", "compact"]),
        "Any JSON white space wherever JSON allows it, or none at all.", standard: "compact"),
      .value(
        "members", "ORDER", .choice(["schema", "any"]),
        "Members in any order, in which texts of others come, or in the order of the schema and "
          + "then all others, in which quern writes.",
        standard: "any"),
      .value(
        "numbers", "FORM", .choice(["any", "plain"]),
        "Every spelling of a number that JSON allows, or only the ones that quern writes itself.",
        standard: "plain"),
      .value(
        "formats", "USE", .choice(["assert", "annotate"]),
        "Whether \"format\" restricts strings.", standard: "assert"),
      .value(
        "remotes", "FILE", .path,
        "A JSON object of documents by URL, for references that lead out of a schema."),
    ],
    examples: ["quern mask-bench --tokenizer smollm2 --whitespace any < cases.jsonl"],
    statuses: [.done, .badInput, .noSuchFile, .inputOutput, .permission], isHidden: true)

  /// The greatest length of a case in bytes.
  private static let lineLimit = 256 << 20

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    guard let folder = invocation.path("tokenizer") else {
      throw invocation.wrong("--tokenizer is missing")
    }
    let vocabulary = try VocabularyFolder.vocabulary(folder)
    let judge: any MaskBenchJudge
    let reading = MaskBenchReading(
      remotes: try remotes(invocation.path("remotes")),
      assertsFormats: invocation.text("formats") != "annotate")
    if invocation.text("judge") == "validator" {
      judge = ValidatorBench(reading: reading)
    } else {
      let options = GrammarOptions(
        limits: .none, whiteSpace: invocation.text("whitespace") == "any" ? .any : .none,
        numbers: invocation.text("numbers") == "any" ? .any : .plain,
        formats: reading.assertsFormats ? .assert : .annotate, contradictions: .accept,
        memberOrder: invocation.text("members") == "schema" ? .schema : .any)
      judge = MaskTimer(reading: reading, options: options, trie: TokenTrie(vocabulary))
    }
    let hello: JSONValue = [
      "protocol": 1, "engine": .string(ProgramVersion.name),
      "version": .string(ProgramVersion.number),
      "vocab": .number(JSONNumber(vocabulary.count)),
    ]
    try Output.line(hello.bytes)
    var lines = InputLines(limit: lineLimit)
    while true {
      let line: [UInt8]?
      do throws(PosixError) {
        line = try lines.next()
      } catch { throw CommandFailure(error, "read a case") }
      guard let line else { return .done }
      try Output.line(answer(line, judge).bytes)
    }
  }

  private static func answer(_ line: [UInt8], _ judge: any MaskBenchJudge) -> JSONValue {
    do throws(MaskBenchFault) {
      return judge.answer(try MaskBenchCase(line))
    } catch {
      return [
        "id": error.id, "compile": ["ok": false, "ns": 0, "error": .string(error.problem)],
      ]
    }
  }

  private static func remotes(
    _ path: FilePath?
  ) throws(CommandFailure) -> [String: JSONValue] {
    guard let path else { return [:] }
    guard let table = try InputFile.document(path, kind: "file of remotes").object else {
      throw CommandFailure(.badInput, "the file of remotes \(path) is not a JSON object")
    }
    var result: [String: JSONValue] = [:]
    for member in table.members { result[member.key] = member.value }
    return result
  }
}
