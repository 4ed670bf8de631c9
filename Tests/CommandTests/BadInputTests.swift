import Glibc
import JSON
import Posix
import TestSupport
import Testing

/// A schema that the scripted worker's answers satisfy.
let countingSchema = """
  {"type":"object","properties":{"bytes":{"type":"integer"}},"required":["bytes"],\
  "additionalProperties":false}
  """

/// Makes what only the system's own tools can make in a test.
func make(_ tool: FilePath, _ words: [String]) throws {
  let outcome = try ChildProcess.run(tool, arguments: words)
  try #require(outcome.status == 0, "\(outcome.errorText)")
}

/// A file that is named on the command line, and how the program must answer.
struct BadFile: Sendable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]?
  let status: Int
  let says: String
  var testDescription: String { name }
}

private let badFiles = [
  BadFile(name: "empty.txt", bytes: [], status: 65, says: "holds no text"),
  BadFile(name: "white.txt", bytes: Array("  \n\t\n".utf8), status: 65, says: "holds no text"),
  BadFile(
    name: "junk.bin", bytes: (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* $0 &+ $0 >> 3) },
    status: 65, says: "is not text"),
  BadFile(
    name: "photo.png", bytes: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13],
    status: 65, says: "photo.png"),
  BadFile(name: "pipe", bytes: nil, status: 65, says: "is a pipe"),
  BadFile(name: "link-to-pipe", bytes: nil, status: 65, says: "is a pipe"),
  BadFile(name: "folder", bytes: nil, status: 65, says: "is a folder"),
  BadFile(name: "loop", bytes: nil, status: 65, says: "cannot read the document"),
  BadFile(name: "dangling", bytes: nil, status: 66, says: "no such file"),
  BadFile(name: "missing.txt", bytes: nil, status: 66, says: "no such file"),
]

@Suite struct BadInputTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(countingSchema, to: "schema.json")
    try make("/usr/bin/mkfifo", [(folder.path / "pipe").text])
    try make("/bin/mkdir", [(folder.path / "folder").text])
    try make("/bin/ln", ["-s", "pipe", (folder.path / "link-to-pipe").text])
    try make("/bin/ln", ["-s", "loop", (folder.path / "loop").text])
    try make("/bin/ln", ["-s", "nowhere", (folder.path / "dangling").text])
  }

  private func run(_ words: [String]) throws -> ChildProcess.Outcome {
    try Program.run(
      words, environment: ["QUERN_CACHE=\(folder.path)/no-cache"], folder: folder.path)
  }

  @Test(arguments: badFiles)
  func aBadDocumentIsOneLineAndNoModelIsOpened(_ file: BadFile) throws {
    if let bytes = file.bytes { try folder.write(bytes, to: FilePath(file.name)) }
    for words in [["extract", file.name], ["classify", file.name]] {
      let outcome = try run(words + ["--schema", "schema.json"])
      #expect(outcome.status == file.status, "\(outcome.errorText)")
      #expect(outcome.errorLines.count == 1, "\(outcome.errorText)")
      #expect(outcome.errorText.contains(file.says), "\(outcome.errorText)")
    }
  }

  @Test func aFileThatIsNoDocumentYieldsAnErrorLine() throws {
    try folder.write([], to: "empty.txt")
    let outcome = try run(["extract", "empty.txt", "--schema", "schema.json"])
    let line = try JSONValue.parse(outcome.output.dropLast().map { $0 })
    #expect(line["type"]?.string == "error")
    #expect(line["error"]?["code"]?.string == "input.empty")
    #expect(line["job"]?.string?.utf8.count == 26)
    #expect(line["run"]?["worker"]?.string?.isEmpty == false)
  }

  @Test func utf16WithoutAMarkIsReadAndNotGuessedSilently() throws {
    let text = "Invoice 7\nTotal 12.50 EUR\n"
    try folder.write(text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }, to: "wide.txt")
    let outcome = try run(["extract", "wide.txt", "--schema", "schema.json", "--print-prompt"])
    #expect(outcome.status == 0, "\(outcome.errorText)")
    let line = try JSONValue.parse(outcome.output.dropLast().map { $0 })
    #expect(line["name"]?.string == "wide.txt")
    #expect(line["turns"]?.array?.last?["text"]?.string?.contains(text) == true)
    #expect(line["turns"]?.array?.count == 2)
  }

  @Test func aPrintedPromptHoldsTheExamplesThatAreMade() throws {
    try folder.write(Array("Total 12.50 EUR".utf8), to: "one.txt")
    let words = ["extract", "one.txt", "--schema", "schema.json", "--abstain", "all"]
    let outcome = try run(words + ["--print-prompt"])
    #expect(outcome.status == 0, "\(outcome.errorText)")
    let turns = try JSONValue.parse(outcome.output.dropLast().map { $0 })["turns"]?.array ?? []
    #expect(turns.count == 6)
    #expect(turns.dropFirst(2).first?["text"]?.string?.contains("not_found") == true)
  }

  @Test(.enabled(if: geteuid() != 0, "the superuser may read whatever permissions say"))
  func anUnreadableFileIsStatus77() throws {
    let file = try folder.write("text", to: "secret.txt")
    try make("/bin/chmod", ["000", file.text])
    let outcome = try run(["extract", "secret.txt", "--schema", "schema.json"])
    #expect(outcome.status == 77)
    #expect(outcome.errorLines.count == 1)
  }

  @Test(arguments: [
    ("{\"type\":", "is not JSON"), ("[]", "must be an object"), ("", "is not JSON"),
    ("{\"type\":\"strin\"}", "\"type\" at the root"),
    ("{\"properties\":{\"a\":{\"maxLenght\":3}}}", "did you mean \"maxLength\"?"),
    ("{\"properties\":{\"a\":{\"$ref\":\"#/$defs/b\"}}}", "leads nowhere"),
    ("{\"type\":\"integer\",\"minimum\":3,\"maximum\":2}", "no value can satisfy"),
  ])
  func aBrokenSchemaIsStatus65WithItsPlace(_ schema: String, _ says: String) throws {
    try folder.write(schema, to: "broken.json")
    try folder.write("text", to: "a.txt")
    for words in [
      ["extract", "a.txt", "--schema", "broken.json"],
      ["init", "spool", "--queue", "q", "--schema", "broken.json"],
      ["schema", "check", "broken.json"],
    ] {
      let outcome = try run(words)
      #expect(outcome.status == 65, "\(words): \(outcome.errorText)")
      #expect(outcome.errorLines.count == 1, "\(outcome.errorText)")
      #expect(outcome.errorText.contains(says), "\(words): \(outcome.errorText)")
    }
    #expect(throws: PosixError.self) {
      _ = try FileDescriptor.open(folder.path / "spool", .directory)
    }
  }

  @Test func aSchemaIsReportedKeywordByKeyword() throws {
    let outcome = try run(["schema", "check", "schema.json", "--json"])
    #expect(outcome.status == 0)
    let report = try JSONValue.parse(outcome.output.dropLast().map { $0 })
    let keywords = report["keywords"]?.array ?? []
    #expect(keywords.contains { $0["keyword"]?.string == "required" })
    #expect(keywords.allSatisfy { $0["enforcement"]?.string == "in the mask" })
    #expect((report["states_met"]?.int ?? 0) > 1)
    let plain = try run(["schema", "check", "schema.json", "--generation"])
    #expect(plain.outputText == countingSchema + "\n")
  }
}
