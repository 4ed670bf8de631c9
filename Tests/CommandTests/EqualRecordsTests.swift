// Records do not depend on company, threads, stored prefixes, order or guesses: the whole program, run
// over three queues of documents with tiny models.

import JSON
import Posix
import TestSupport
import Testing

@Suite struct EqualRecordsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(.memory) }

  /// One way to work through the same spool.
  struct Way: Sendable {
    var name: String
    var words: [String]
    var isReversed = false
    /// Whether the stored prefixes of the first way are there at the start.
    var isWarm = false
  }

  static let ways = [
    Way(name: "four", words: ["--parallel", "4", "--threads", "2"]),
    Way(name: "sixteen", words: ["--parallel", "16", "--threads", "2"], isReversed: true),
    Way(name: "warm", words: ["--parallel", "4", "--threads", "1"], isWarm: true),
    Way(
      name: "plain",
      words: [
        "--parallel", "1", "--threads", "1", "--without",
        "drafting,mask-first,dictated-text,prefixes",
      ]),
  ]

  /// Tiny checkpoints of random weights: one with full attention, one with compressed caches and a
  /// draft head.
  @Test(arguments: ["qwen3-tiny", "deepseek-v4-tiny"])
  func recordsAreEqualHoweverTheyAreMade(fixture: String) throws {
    try TinyModel.make(fixture, in: folder)
    let first = try records(
      Way(name: "first", words: ["--parallel", "1", "--threads", "2"]), Self.queues, spool: "first")
    #expect(first.count == 30)
    // Records that were all alike could be confused unseen.
    #expect(Set(first.map(\.record)).count > 20)
    // Jobs came in queue by queue in turn; of each queue the first one computes what they share.
    #expect(first.count { $0.isCached } == 27)
    let order = first.sorted { $0.sequence < $1.sequence }.map(\.queue)
    #expect(zip(order, order.dropFirst()).count { $0 != $1 } == 2)
    let prefixes = try list("first/cache/prefix")
    #expect(prefixes.count == 3)
    for name in prefixes {
      let file = try FileDescriptor.open(folder.path / "first/cache/prefix" / name, .read)
      #expect(try PosixFileSystem().status(of: file).permissions & 0o777 == 0o600)
    }
    for way in Self.ways {
      let others = try records(way, Self.queues, spool: way.name)
      #expect(Set(others.map(\.text)) == Set(first.map(\.text)), "\(fixture), \(way.name)")
      if way.isWarm { #expect(others.allSatisfy { $0.isCached }) }
    }
  }

  /// Quotes, missing values, calibrated labels, checks and windows, all in one queue and beside one another.
  @Test(arguments: ["qwen3-tiny", "deepseek-v4-tiny"])
  func recordsWithAllThatIsSaidOfValuesAreEqual(fixture: String) throws {
    try TinyModel.make(fixture, in: folder)
    let first = try records(
      Way(name: "first", words: ["--parallel", "1", "--threads", "2"]), Self.valueQueues,
      spool: "first", count: 5)
    #expect(first.count == 5 * Self.valueQueues.count)
    #expect(Set(first.map(\.record)).count > 10)
    let lines = first.map(\.whole)
    // Whatever the model, the first queue has these, and they are not all alike.
    for part in [#""by":"verbatim""#, #""calibrated":"#, #""not_found":"#, #""type":"result""#] {
      #expect(lines.contains { $0.contains(part) }, "\(part)")
    }
    for way in Self.ways {
      let others = try records(way, Self.valueQueues, spool: way.name, count: 5)
      #expect(Set(others.map(\.text)) == Set(first.map(\.text)), "\(fixture), \(way.name)")
    }
  }

  private struct Line {
    var whole: String
    var record: String
    var text: String
    var isCached: Bool
    var queue: String
    var sequence: Int
  }

  /// Works through a new spool and returns its lines.
  private func records(
    _ way: Way, _ queues: [Queue], spool: String, count: Int = 10
  ) throws -> [Line] {
    for (queue, settings, schema) in queues {
      try folder.write(schema, to: "schema.json")
      let made = try quern(["init", spool, "--queue", queue, "--schema", "schema.json"])
      try #require(made.status == 0, "\(made.errorText)")
      try folder.write(settings, to: FilePath("\(spool)/queues/\(queue)/queue.json"))
    }
    if way.isWarm {
      for name in try list("first/cache/prefix") {
        try folder.write(
          folder.read("first/cache/prefix" / name), to: FilePath("\(spool)/cache/prefix") / name)
      }
    }
    let numbers = Array(0..<count)
    for number in way.isReversed ? numbers.reversed() : numbers {
      for (queue, _, _) in way.isReversed ? queues.reversed() : queues {
        let path = "document-\(number).txt"
        try folder.write(Self.document(number), to: FilePath(path))
        let outcome = try quern(["submit", spool, queue, path])
        try #require(outcome.status == 0, "\(outcome.errorText)")
      }
    }
    let outcome = try quern(["run", spool, "--drain", "--model", "./model"] + way.words)
    try #require(outcome.status == 0 || outcome.status == 1, "\(outcome.errorText)")
    var lines: [Line] = []
    for kind: FilePath in ["results", "errors"] {
      for name in try list(FilePath(spool) / kind) where name.hasSuffix(".jsonl") {
        for line in try folder.read(FilePath(spool) / kind / name).split(separator: 0x0A) {
          let value = try JSONValue.parse(Array(line))
          let record = value["record"]?.string ?? ""
          lines.append(
            Line(
              whole: String(decoding: line, as: UTF8.self), record: record,
              text: "\(value["key"]?.string ?? "") \(record)",
              isCached: (value["run"]?["usage"]?["cached"]?.int ?? 0) > 0,
              queue: value["queue"]?.string ?? "", sequence: value["run"]?["seq"]?.int ?? 0))
        }
      }
    }
    return lines
  }

  private func quern(_ words: [String]) throws -> ChildProcess.Outcome {
    try Program.run(words, folder: folder.path)
  }

  private func list(_ name: FilePath) throws -> [FilePath] {
    try PosixFileSystem().list(FileDescriptor.open(folder.path / name, .directory))
  }

  // MARK: - What there is to read

  private static func document(_ number: Int) -> String {
    let names = ["Anna Berg", "Otto Lang", "Nina Stern", "Hans Thane", "Ines Orne"]
    return """
      Order \(4711 + 13 * number) of \(names[number % 5]), \(names[(number * 3 + 1) % 5])
      Items: \(number % 4 + 1) chairs, \(number) tables, the rest on another day.
      """
  }

  private typealias Queue = (name: String, settings: String, schema: String)

  private static let queues: [Queue] = [
    (
      "people", settings(temperature: "0"),
      #"""
      {"type":"object","properties":{"name":{"type":"string","maxLength":12},"other":{"type":"string",
      "maxLength":12},"kind":{"enum":["buyer","seller","both"]}},"required":["name","other","kind"],
      "additionalProperties":false}
      """#
    ),
    (
      "orders", settings(temperature: "0.7"),
      #"""
      {"type":"object","properties":{"number":{"type":"integer","minimum":0,"maximum":99999},"items":{
      "type":"array","maxItems":3,"items":{"type":"object","properties":{"what":{"type":"string","maxLength":8},
      "count":{"type":"integer","minimum":0,"maximum":99}},"required":["what","count"],
      "additionalProperties":false}}},"required":["number","items"],"additionalProperties":false}
      """#
    ),
    (
      "flags", settings(temperature: "0"),
      #"""
      {"type":"object","properties":{"late":{"type":"boolean"},"note":{"anyOf":[{"type":"null"},
      {"type":"string","pattern":"^[a-z ]{1,10}$"}]}},"required":["late","note"],
      "additionalProperties":false}
      """#
    ),
  ]

  private static let valueSchema = #"""
    {"type":"object","properties":{
     "who":{"type":"string","minLength":1,"maxLength":12,"x-verbatim":true},
     "kind":{"enum":["buyer","seller","both"],"x-abstain":true},
     "size":{"enum":[1,10,100],"x-evidence":true},
     "note":{"anyOf":[{"type":"string","maxLength":6},{"type":"null"}]},
     "late":{"type":"boolean","x-evidence":true,"x-abstain":true},
     "items":{"type":"array","maxItems":2,"items":{"type":"object","properties":{
      "count":{"type":"integer","minimum":0,"maximum":99}},"required":["count"],
      "additionalProperties":false}},
     "total":{"type":"integer","minimum":0,"maximum":999}},
     "required":["who","kind","size","note","late","items","total"],"additionalProperties":false,
     "x-check":[{"name":"sum","level":"check","sum":"/items/*/count","equals":"/total"}]}
    """#

  private static let valueQueues: [Queue] = [
    (
      "sure",
      #"{"schema":"schema.json","label_calibration":"content-free","abstain":"optional","#
        + #""max_output_tokens":900,"accept":{"settle_seconds":0}}"#,
      #"""
      {"type":"object","properties":{"who":{"type":"string","minLength":1,"maxLength":6,
      "x-verbatim":true},"kind":{"enum":["buyer","seller","both"]},"note":{"anyOf":[{"type":"string",
      "maxLength":6},{"type":"null"}]}},"required":["who","kind","note"],"additionalProperties":false}
      """#
    ),
    (
      "all",
      #"{"schema":"schema.json","evidence":"quote","abstain":"all","label_calibration":"content-free","#
        + #""review":{"below":0.5},"long_documents":"windows","window_tokens":64,"max_output_tokens":900,"#
        + #""accept":{"settle_seconds":0}}"#,
      valueSchema
    ),
    (
      "marked",
      #"{"schema":"schema.json","evidence":"when-marked","abstain":"optional","#
        + #""sampling":{"temperature":0.7,"seed":7},"max_output_tokens":900,"accept":{"settle_seconds":0}}"#,
      valueSchema
    ),
    (
      "plain",
      #"{"schema":"schema.json","evidence":"match","abstain":"never","max_output_tokens":900,"#
        + #""accept":{"settle_seconds":0}}"#,
      valueSchema
    ),
  ]

  private static func settings(temperature: String) -> String {
    #"{"schema":"schema.json","sampling":{"temperature":\#(temperature),"seed":7},"#
      + #""max_output_tokens":200,"accept":{"settle_seconds":0}}"#
  }
}
