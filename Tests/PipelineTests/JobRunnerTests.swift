import Extraction
import JSON
import Pipeline
import Posix
import Spool
import TestSupport
import Testing

/// A source whose answers tell the length of the prompt.
private struct LengthAnswers: AnswerSource {
  var modelDigest: String { "fixed" }
  var backendName: String { "fixed" }

  func answer(_ request: AnswerRequest) throws(JobFailure) -> Answer {
    let text = request.documentText
    if text.contains("FAIL") { throw .budgetTooSmall(needed: 9, left: 1) }
    let output = text.contains("WRONG") ? "[]" : "{\"bytes\":\(text.utf8.count)}"
    return Answer(
      bytes: Array(output.utf8), tokens: [], promptTokens: [], closedEarly: false, limitsMet: [],
      usage: AnswerUsage(prompt: 0, cached: 0, completion: 0, forced: 0, drafted: 0),
      prefillMilliseconds: 0, decodeMilliseconds: 0)
  }
}

@Suite struct JobRunnerTests {
  private let folder: TemporaryFolder
  private let spool: SpoolDirectory
  private var inbox: FilePath { folder.path / "spool/queues/q/inbox" }

  init() throws {
    folder = try TemporaryFolder()
    spool = try SpoolDirectory.create(folder.path / "spool")
    try spool.createQueue(
      SpoolName("q"),
      files: [
        ("schema.json", Array(#"{"type":"object"}"#.utf8)),
        ("queue.json", Array(#"{"accept":{"settle_seconds":0}}"#.utf8)),
      ])
  }

  private func drop(_ name: String, _ bytes: [UInt8]) throws {
    let home = try FileDescriptor.open(inbox, .directory)
    let files = PosixFileSystem()
    let file = try files.open(
      FilePath(name), in: home, .createExclusive, permissions: 0o644)
    try files.writeAll(bytes, to: file, at: 0)
  }

  private func run(
    _ options: RunOptions = RunOptions(), opened: Condition<Int>? = nil
  ) throws -> RunOutcome {
    let runner = JobRunner(spool, worker: try SpoolName("w"), options: options) { _ in }
    return runner.run {
      opened?.update { $0 += 1 }
      return OpenedSource(source: LengthAnswers()) {}
    }
  }

  private func lines() throws -> [JSONValue] {
    var lines: [JSONValue] = []
    try spool.forEachLine { _, bytes in
      if let line = try? JSONValue.parse(bytes) { lines.append(line) }
    }
    return lines
  }

  @Test(arguments: [1, 4])
  func everyDropGetsExactlyOneLine(parallel: Int) throws {
    for index in 0..<20 { try drop("letter-\(index).txt", Array("Letter \(index)".utf8)) }
    try drop("again.txt", Array("Letter 3".utf8))
    try drop("junk.bin", (0...255).map { UInt8($0) })
    try drop("empty.txt", [])
    try drop("broken.txt", Array("FAIL".utf8))
    try drop("wrong.txt", Array("WRONG".utf8))
    let outcome = try run(RunOptions(parallel: parallel))
    #expect(outcome.failure == nil)
    #expect(outcome.finished == 25)
    #expect(outcome.unsuccessful == 4)
    let census = try spool.census()
    #expect(census.isConserved)
    #expect(census.accepted == 25)
    #expect(census.lines == ["ok": 20, "duplicate": 1, "quarantined": 2, "failed": 2])
    let wrong = try lines().first { $0["input"]?["name"]?.string == "wrong.txt" }
    #expect(wrong?["error"]?["code"]?.string == "output.invalid")
    let sequences = try lines().compactMap { $0["run"]?["seq"]?.int }.sorted()
    #expect(sequences == Array(1...25))
  }

  @Test func withNothingToDoTheModelIsNotOpened() throws {
    let opened = Condition(0)
    let outcome = try run(opened: opened)
    #expect(outcome.finished == 0)
    #expect(opened.withLock { $0 } == 0)
  }

  @Test func duplicatesAndRefusedDropsNeedNoModel() throws {
    try drop("a.txt", Array("a letter".utf8))
    _ = try run()
    try drop("b.txt", Array("a letter".utf8))
    try drop("junk.bin", (0...255).map { UInt8($0) })
    let opened = Condition(0)
    #expect(try run(opened: opened).finished == 2)
    #expect(opened.withLock { $0 } == 0)
    #expect(try spool.census().lines == ["ok": 1, "duplicate": 1, "quarantined": 1])
  }

  @Test func jobsOfABrokenQueueWaitUntilItIsMended() throws {
    try drop("a.txt", Array("a letter".utf8))
    #expect(try run(RunOptions(maxJobs: 1, maxSeconds: 0)).finished == 0)
    #expect(try spool.census().ready == 1)
    let home = try FileDescriptor.open(folder.path / "spool/queues/q", .directory)
    let files = PosixFileSystem()
    func settings(_ text: String) throws {
      try files.unlink("queue.json", in: home)
      let file = try files.open(
        "queue.json", in: home, .createExclusive, permissions: 0o644)
      try files.writeAll(Array(text.utf8), to: file, at: 0)
    }
    try settings("{")
    let opened = Condition(0)
    let outcome = try run(opened: opened)
    #expect(outcome.refusedQueues == 1)
    #expect(outcome.waitingForQueue == 1)
    #expect(outcome.finished == 0)
    #expect(opened.withLock { $0 } == 0)
    #expect(try spool.census().ready == 1)
    try settings("{}")
    #expect(try run().finished == 1)
    #expect(try spool.census().lines == ["ok": 1])
  }

  @Test func aSecondRunDoesNothingTwice() throws {
    try drop("a.txt", Array("a letter".utf8))
    _ = try run()
    let before = try lines().count
    _ = try run()
    #expect(before == 1)
    #expect(try lines().count == 1)
  }

  @Test func noMoreJobsAreTakenThanAskedFor() throws {
    for index in 0..<5 { try drop("\(index).txt", Array("Letter \(index)".utf8)) }
    let outcome = try run(RunOptions(parallel: 3, maxJobs: 2))
    #expect(outcome.finished == 2)
    #expect(try spool.census().pending == 3)
    #expect(try spool.census().isConserved)
  }

  @Test func theFailureToOpenAModelLosesNothing() throws {
    try drop("a.txt", Array("a letter".utf8))
    struct NoModel: Error {}
    let runner = JobRunner(spool, worker: try SpoolName("w"), options: RunOptions()) { _ in }
    #expect(throws: NoModel.self) {
      try runner.run { () throws(NoModel) -> OpenedSource in throw NoModel() }
    }
    #expect(try spool.census().pending == 1)
    #expect(try run().finished == 1)
  }
}
