import Posix
import TestSupport
import Testing

@Suite struct ReviewCommandTests {
  private static let result =
    #"{"v":1,"type":"result","status":"ok","key":"sha256:1","queue":"q","input":{"name":"a.txt","#
    + #""sha256":"fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603"},"output":{"n":"=1","x":-2},"#
    + #""review":{"needed":false,"reasons":[]},"finish":"stop","record":"sha256:2","job":"J1","run":{"done":"1"}}"#
  private static let error =
    #"{"v":1,"type":"error","status":"failed","key":"sha256:3","queue":"q","input":{"name":"b.txt","sha256":null},"#
    + #""error":{"code":"input.not_text","message":"No text."},"record":"sha256:4","job":"J2","run":{"done":"1"}}"#

  private static func write(_ text: String, _ name: String, in folder: TemporaryFolder) throws {
    let files = PosixFileSystem()
    let root = try FileDescriptor.open(folder.path, .directory)
    let file = try files.open(FilePath(name), in: root, .createExclusive, permissions: 0o600)
    try files.writeAll(Array(text.utf8), to: file, at: 0)
  }

  private static func read(_ name: String, in folder: TemporaryFolder) throws -> String {
    let root = try FileDescriptor.open(folder.path, .directory)
    return String(
      decoding: try PosixFileSystem().readAll(FilePath(name), in: root, limit: 1 << 24),
      as: UTF8.self)
  }

  @Test func aTableHasARowForEveryLine() throws {
    let folder = try TemporaryFolder()
    try Self.write(Self.result + "\n" + Self.error + "\nnonsense\n", "r.jsonl", in: folder)
    let outcome = try Program.run(["export", "r.jsonl", "--csv"], folder: folder.path)
    #expect(outcome.status == 0)
    let rows = outcome.outputText.split(separator: "\r\n").map(String.init)
    #expect(rows.count == 3)
    #expect(rows[0].hasSuffix(",message,/n,/x"))
    #expect(rows[1].hasSuffix(",false,,,,'=1,-2"))
    #expect(rows[2].hasSuffix(",input.not_text,No text.,,"))
    #expect(outcome.errorLines.count == 1)
  }

  @Test func aPageHoldsTheDocumentOfItsHash() throws {
    let folder = try TemporaryFolder()
    try Self.write(Self.result + "\n", "r.jsonl", in: folder)
    try Self.write("ab", "a.txt", in: folder)
    let outcome = try Program.run(
      ["report", "r.jsonl", "-o", "page.html", "--documents", "."], folder: folder.path)
    #expect(outcome.status == 0)
    #expect(outcome.errorLines.isEmpty)
    #expect(try Self.read("page.html", in: folder).contains(#""text":"ab""#))
    // A document that was changed since is not the one that was read.
    try Self.write(Self.result + "\n", "s.jsonl", in: folder)
    let other = try TemporaryFolder()
    try Self.write("abc", "a.txt", in: other)
    let second = try Program.run(
      ["report", "s.jsonl", "-o", "other.html", "--documents", other.path.text], folder: folder.path
    )
    #expect(second.status == 0)
    #expect(second.errorLines.count == 1)
    #expect(try Self.read("other.html", in: folder).contains(#""text":null"#))
  }

  @Test(arguments: ["report", "export"])
  func whatIsNotThereOrNoResultsIsSaid(command: String) throws {
    let folder = try TemporaryFolder()
    let rest = command == "report" ? ["-o", "p.html"] : ["--csv"]
    #expect(try Program.run([command, "none.jsonl"] + rest, folder: folder.path).status == 66)
    try Self.write("{}\n", "x.jsonl", in: folder)
    #expect(try Program.run([command, "x.jsonl"] + rest, folder: folder.path).status == 65)
  }
}
