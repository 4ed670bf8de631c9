import JSON
import Posix
import TestSupport
import Testing

@Suite struct SpoolCommandTests {
  let folder: TemporaryFolder
  let inbox: FilePath = "spool/queues/counts/inbox"

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(countingSchema, to: "schema.json")
    let made = try quern(["init", "spool/", "--queue", "counts", "--schema", "schema.json"])
    try #require(made.status == 0, "\(made.errorText)")
    #expect(made.outputText.hasSuffix("queues/counts/inbox\n"))
    // Tests do not wait for files to settle.
    try folder.write(
      "{\"schema\":\"schema.json\",\"accept\":{\"settle_seconds\":0}}",
      to: "spool/queues/counts/queue.json")
  }

  private func quern(_ words: [String]) throws -> ChildProcess.Outcome {
    try Program.run(
      words, environment: ["QUERN_CACHE=\(folder.path)/no-cache"], folder: folder.path)
  }

  /// Drains the spool with fixed answers instead of a model.
  private func drain() throws -> ChildProcess.Outcome {
    let rig = try #require(Fixtures.program("SpoolRig"))
    return try ChildProcess.run(rig, arguments: ["spool"], folder: folder.path)
  }

  private func counts() throws -> JSONValue {
    let outcome = try quern(["status", "spool", "--check", "--json"])
    #expect(outcome.status == 0, "\(outcome.errorText)")
    return try JSONValue.parse(outcome.output.dropLast().map { $0 })
  }

  @Test func aQueueThatExistsIsLeftAsItIs() throws {
    let before = try folder.read("spool/queues/counts/queue.json")
    let outcome = try quern(["init", "spool", "--queue", "counts", "--schema", "schema.json"])
    #expect(outcome.status == 73)
    #expect(outcome.errorLines.count == 1)
    #expect(try folder.read("spool/queues/counts/queue.json") == before)
  }

  @Test func queueNamesThatCannotBeFileNamesAreUsageErrors() throws {
    for name in ["a/b", "..", "über", String(repeating: "q", count: 65)] {
      let outcome = try quern(["init", "spool", "--queue", name, "--schema", "schema.json"])
      #expect(outcome.status == 64, "\(name): \(outcome.errorText)")
      #expect(outcome.errorLines.count == 1)
    }
  }

  @Test func aFolderThatIsNoSpoolIsStatus78() throws {
    for words in [["run", "."], ["status", "."], ["submit", ".", "q", "f"], ["why", ".", "x"]] {
      let outcome = try quern(words)
      #expect(outcome.status == 78, "\(words): \(outcome.errorText)")
      #expect(outcome.errorText.contains("not a spool"))
    }
    let missing = try quern(["run", "nowhere"])
    #expect(missing.status == 66, "\(missing.errorText)")
  }

  @Test func nothingToDoOpensNoModel() throws {
    for mode in ["--drain", "--once"] {
      let outcome = try quern(["run", "spool", mode])
      #expect(outcome.status == 0, "\(outcome.errorText)")
      #expect(outcome.output.isEmpty && outcome.errors.isEmpty)
    }
  }

  @Test func aRequestToStopLetsTheRunningJobEndAndTheOthersWait() throws {
    for index in 1...3 {
      try folder.write("Letter \(index) says STOP.", to: inbox / FilePath("\(index).txt"))
    }
    for done in 1...3 {
      #expect(try drain().status == (done < 3 ? 75 : 0))
      let counted = try counts()
      #expect(counted["accepted"]?.int == 3)
      #expect(counted["ok"]?.int == done)
      #expect(counted["pending"]?.int == 3 - done)
    }
  }

  @Test func withoutAModelAcceptedJobsWait() throws {
    try folder.write("A letter.", to: inbox / "a.txt")
    let outcome = try quern(["run", "spool", "--drain"])
    #expect(outcome.status == 69)
    #expect(outcome.errorLines.count == 1, "\(outcome.errorText)")
    let counted = try counts()
    #expect(counted["accepted"]?.int == 1)
    #expect(counted["pending"]?.int == 1)
  }

  @Test func aFaultyQueueIsNamedAndItsFilesStay() throws {
    try folder.write("{\"shema\":\"schema.json\"}", to: "spool/queues/counts/queue.json")
    try folder.write("A letter.", to: inbox / "a.txt")
    let outcome = try quern(["run", "spool", "--drain"])
    #expect(outcome.status == 78)
    #expect(outcome.errorLines.count == 1, "\(outcome.errorText)")
    #expect(outcome.errorText.contains("schema"), "\(outcome.errorText)")
    #expect(try folder.read(inbox / "a.txt") == Array("A letter.".utf8))
  }

  @Test func submittedFilesBecomeLinesAndBadOnesKeepNoneOut() throws {
    try folder.write("A letter.", to: "a.txt")
    try folder.write("A letter.", to: "copy.txt")
    try folder.write([], to: "empty.txt")
    try make("/usr/bin/mkfifo", [(folder.path / "pipe").text])
    let outcome = try quern(
      ["submit", "spool", "counts", "a.txt", "missing.txt", "pipe", "empty.txt", "copy.txt"])
    #expect(outcome.status == 66, "\(outcome.errorText)")
    #expect(outcome.errorLines.count == 3, "\(outcome.errorText)")
    let jobs = outcome.outputText.split(separator: "\n").map(String.init)
    #expect(jobs.count == 3)
    #expect(try drain().status == 1)
    let counted = try counts()
    #expect(counted["accepted"]?.int == 3)
    #expect(counted["ok"]?.int == 1)
    #expect(counted["duplicate"]?.int == 1)
    #expect(counted["quarantined"]?.int == 1)
    for (job, word) in zip(jobs, ["ok", "quarantined", "duplicate"]) {
      let why = try quern(["why", "spool", job])
      #expect(why.status == 0)
      #expect(why.outputText.contains(": \(word), line in "), "\(why.outputText)")
    }
    #expect(try folder.read("a.txt") == Array("A letter.".utf8))
    let wrong = try quern(["submit", "spool", "count", "a.txt"])
    #expect(wrong.status == 78)
    #expect(wrong.errorText.contains("did you mean counts?"), "\(wrong.errorText)")
  }

  @Test func aHostileInboxLosesNothing() throws {
    try folder.write("A letter.", to: inbox / "good.txt")
    try folder.write([], to: inbox / "empty.txt")
    try folder.write((0..<2048).map { UInt8(truncatingIfNeeded: $0 &* 7) }, to: inbox / "junk")
    try folder.write(
      "Wide text".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }, to: inbox / "wide.txt")
    let place = folder.path / inbox
    try make("/usr/bin/mkfifo", [(place / "pipe").text])
    try make("/bin/mkdir", [(place / "folder").text])
    try make("/bin/ln", ["-s", "/etc/passwd", (place / "link").text])
    let outcome = try drain()
    #expect(outcome.status == 1, "\(outcome.outputText)")
    let counted = try counts()
    #expect(counted["accepted"]?.int == 7)
    #expect(counted["ok"]?.int == 2)
    #expect(counted["quarantined"]?.int == 5)
    #expect(counted["inboxes"]?["counts"]?.int == 0)
    for name in ["empty.txt", "junk", "pipe", "folder", "link"] {
      let note = try folder.read("spool/queues/counts/rejected" / FilePath("\(name).why.txt"))
      #expect(!note.isEmpty)
      let why = try quern(["why", "spool", name])
      #expect(why.outputText.contains("quarantined"), "\(why.outputText)")
    }
  }

  @Test func aFileStillBeingWrittenIsLeftAlone() throws {
    let path = try folder.write("The first half,", to: inbox / "slow.txt")
    let files = PosixFileSystem()
    do {
      let writer = try FileDescriptor.open(path, .readWrite)
      #expect(try drain().status == 0)
      #expect(try counts()["accepted"]?.int == 0)
      let why = try quern(["why", "spool", "slow.txt"])
      #expect(why.status == 0)
      #expect(why.outputText.contains("inbox"), "\(why.outputText)")
      try files.writeAll(Array(" and the second.".utf8), to: writer, at: 15)
    }
    #expect(try drain().status == 0)
    let counted = try counts()
    #expect(counted["ok"]?.int == 1)
    #expect(counted["accepted"]?.int == 1)
    let line = try JSONValue.parse(
      try folder.read("spool/results/counts.rig.jsonl").dropLast().map { $0 })
    #expect(line["input"]?["bytes"]?.int == 31)
  }

  @Test func doctorFindsAHealthySpoolAndAMissingModel() throws {
    let outcome = try quern(["doctor", "spool"])
    #expect(outcome.status == 1)
    #expect(outcome.outputText.contains("FAILED   model: "), "\(outcome.outputText)")
    for part in ["spool: ", "disk: ", "fsync: ", "jobs: ", "clock: ", "network: none"] {
      #expect(outcome.outputText.contains(part), "\(outcome.outputText)")
    }
  }
}
