import JSON
import Posix
import TestSupport
import Testing

/// The developers' verb, over a vocabulary of a few bytes.
@Suite struct MaskBenchTests {
  let folder: TemporaryFolder

  /// Token 0 ends a text, token 1 + n is byte n of `letters`.
  private static let letters = Array("0123456789.eE-+\"{}[]:, abtrufalsn".utf8)

  init() throws {
    folder = try TemporaryFolder()
    try make("/bin/mkdir", [(folder.path / "tokenizer").text])
    var vocabulary = JSONObject()
    for (place, byte) in Set(Self.letters).sorted().enumerated() {
      // A blank is written as GPT-2's alphabet writes it.
      let piece = byte == 0x20 ? "\u{120}" : String(Unicode.Scalar(byte))
      vocabulary[piece] = .number(JSONNumber(place + 1))
    }
    let tokenizer: JSONValue = [
      "added_tokens": [["id": 0, "content": "<end>", "special": true]],
      "decoder": ["type": "ByteLevel"],
      "model": ["type": "BPE", "vocab": .object(vocabulary), "merges": []],
    ]
    try folder.write(tokenizer.bytes, to: "tokenizer/tokenizer.json")
    try folder.write(#"{"eos_token":"<end>"}"#, to: "tokenizer/tokenizer_config.json")
  }

  private func tokens(_ text: String) -> JSONValue {
    let order = Set(Self.letters).sorted()
    return .array(
      text.utf8.map { byte in
        .number(JSONNumber((order.firstIndex(of: byte) ?? 500) + 1))
      })
  }

  private func answers(
    _ cases: [(schema: String, texts: [String])], _ flags: [String]
  ) throws -> [JSONValue] {
    var input: [UInt8] = []
    for (number, item) in cases.enumerated() {
      let line: JSONValue = [
        "id": .string("case \(number)"), "schema": try .parse(item.schema),
        "instances": .array(item.texts.map { ["text": .string($0), "tokens": tokens($0)] }),
        "what else": "is ignored",
      ]
      input += line.bytes + [0x0A]
    }
    try folder.write(input, to: "cases.jsonl")
    let program = try #require(Fixtures.program("quern"), "the program lies beside the tests")
    let words =
      ["-c", "\"$0\" \"$@\" < cases.jsonl", program.text, "mask-bench", "--tokenizer", "tokenizer"]
    let outcome = try ChildProcess.run("/bin/sh", arguments: words + flags, folder: folder.path)
    try #require(outcome.status == 0, "\(outcome.errorText)")
    let lines = try outcome.output.split(separator: 0x0A).map { try JSONValue.parse(Array($0)) }
    let hello = try #require(lines.first)
    #expect(hello["protocol"] == 1)
    #expect(hello["engine"] == "quern")
    #expect(hello["vocab"]?.int == Set(Self.letters).count + 1)
    #expect(lines.dropFirst().compactMap { $0["id"]?.string } == cases.indices.map { "case \($0)" })
    return Array(lines.dropFirst())
  }

  private func verdicts(_ reply: JSONValue) -> [Bool] {
    (reply["instances"]?.array ?? []).map { $0["complete"] == true && $0["error"] == nil }
  }

  @Test func eachTokenHasItsMaskAndTheRefusedOneNoStep() throws {
    let replies = try answers([(#"{"type":"integer","minimum":10}"#, ["12", "1", "x", "7.5"])], [])
    let reply = try #require(replies.first)
    #expect(reply["compile"]?["ok"] == true)
    #expect((reply["first_mask_ns"]?.int ?? 0) > 0)
    let instances = try #require(reply["instances"]?.array)
    #expect(verdicts(reply) == [true, false, false, false])
    #expect(instances.map { $0["accepted"]?.int } == [2, 1, 0, 1])
    #expect(instances.map { $0["mask_ns"]?.array?.count } == [2, 1, 1, 2])
    #expect(instances.map { $0["accept_ns"]?.array?.count } == [2, 1, 0, 1])
    #expect(instances.map { $0["allowed"]?.array?.count } == [2, 1, 1, 2])
    // A token beyond the vocabulary is an error, not a verdict.
    #expect(instances[2]["error"]?.string?.contains("501") == true)
  }

  @Test func bothJudgesAgreeAndFlagsChangeTheLanguage() throws {
    let array = #"{"type":"array","items":{"type":"integer"},"maxItems":2}"#
    for judge in ["masks", "validator"] {
      let strict = try answers([(array, ["[1,2]", "[1,2,3]", "[\"a\"]"])], ["--judge", judge])
      #expect(strict.map(verdicts) == [[true, false, false]], "\(judge)")
      let loose = try answers(
        [(array, ["[ 1 , 2 ]", "[1.0]", "[1e0]"])],
        ["--judge", judge, "--whitespace", "any", "--numbers", "any"])
      #expect(loose.first.map { verdicts($0).prefix(2) } == [true, true], "\(judge)")
    }
    let plain = try answers([(array, ["[1, 2]", "[1.0]"])], [])
    #expect(plain.map(verdicts) == [[false, false]])
  }

  @Test func whatCannotBeHonoredIsRefusedAndAContradictionIsNot() throws {
    let replies = try answers(
      [
        (#"{"type":"strin"}"#, ["1"]), (#"{"type":"integer","minimum":3,"maximum":2}"#, ["3"]),
        (#"{"$ref":"elsewhere.json"}"#, ["1"]), (#"{"maxLenght":1,"type":"null"}"#, ["1"]),
      ], [])
    #expect(replies.map { $0["compile"]?["ok"] == true } == [false, true, false, true])
    #expect(replies[0]["compile"]?["error"]?.string?.contains("\"type\"") == true)
    #expect(replies[0]["instances"] == nil)
    let instance = replies[1]["instances"]?.array?.first
    #expect(instance?["accepted"] == 0)
    #expect(instance?["complete"] == false)
    #expect(instance?["allowed"] == [0])
  }

  @Test func remoteDocumentsAreThoseOfTheFile() throws {
    try folder.write(#"{"http://a/b.json":{"type":"integer"}}"#, to: "remotes.json")
    for judge in ["masks", "validator"] {
      let replies = try answers(
        [(#"{"$ref":"http://a/b.json"}"#, ["1", "\"a\""])],
        ["--remotes", "remotes.json", "--judge", judge])
      #expect(replies.map(verdicts) == [[true, false]])
    }
  }

  @Test func aLineThatIsNoCaseIsAnsweredAndTheNextOneToo() throws {
    let deep = String(repeating: "[", count: 9000) + String(repeating: "]", count: 9000)
    try folder.write(
      """
      {"id":"deep","schema":{"const":\(deep)},"instances":[]}
      not JSON
      {"id":"last","schema":true,"instances":[]}
      """, to: "cases.jsonl")
    let program = try #require(Fixtures.program("quern"))
    let outcome = try ChildProcess.run(
      "/bin/sh",
      arguments: [
        "-c", "\"$0\" mask-bench --tokenizer tokenizer < cases.jsonl", program.text,
      ], folder: folder.path)
    #expect(outcome.status == 0)
    let lines = try outcome.output.split(separator: 0x0A).dropFirst()
      .map { try JSONValue.parse(Array($0)) }
    #expect(lines.map { $0["id"]?.string } == ["deep", nil, "last"])
    #expect(lines.map { $0["compile"]?["ok"] == true } == [false, false, true])
  }

  @Test func itIsHiddenAndHasAPageOfItsOwn() throws {
    let overview = try Program.run(["--help"])
    #expect(!overview.outputText.contains("mask-bench"))
    let page = try Program.run(["mask-bench", "--help"])
    #expect(page.status == 0)
    for part in ["Usage: quern mask-bench", "--whitespace", "--numbers", "--formats", "--remotes"] {
      #expect(page.outputText.contains(part))
    }
    #expect(page.outputText.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }
}
