// Drops, claims and lines in an undisturbed spool.

import JSON
import Posix
import Spool
import TestSupport
import Testing

@Suite struct DrainTests {
  let bench: SpoolBench

  init() throws { bench = try SpoolBench() }

  @Test func everyDropBecomesOneLine() throws {
    for index in 0..<20 { try bench.drop("text \(index)", as: "f\(index).txt") }
    try bench.drain()
    let census = try bench.open().census()
    #expect(census.isConserved)
    #expect(census.accepted == 20 && census.lines == ["ok": 20] && census.pending == 0)
    let month = Moment(milliseconds: FixedClock().wallMilliseconds).month
    let text = try bench.temporary.read(FilePath("spool/queues/letters/taken/\(month)/f7.txt"))
    #expect(text == Array("text 7".utf8))
  }

  @Test func aSecondDropOfTheSameTextNamesTheFirstJob() throws {
    try bench.drop("same", as: "a.txt")
    try bench.drop("same", as: "b.txt")
    let spool = try bench.open()
    let scan = try #require(try bench.scan(spool))
    guard case .job(let first) = scan.taken[0].outcome,
      case .duplicate(_, let of) = scan.taken[1].outcome
    else {
      Issue.record("found \(scan)")
      return
    }
    #expect(first == of)
    try bench.work(spool)
    let census = try spool.census()
    #expect(census.lines == ["ok": 1, "duplicate": 1] && census.isConserved)
  }

  @Test(arguments: [(Dedupe.content, 1), (.name, 2), (.off, 3)])
  func theQueueDecidesWhatIsADuplicate(dedupe: Dedupe, jobs: Int) throws {
    try bench.drop("same", as: "a.txt")
    try bench.drop("same", as: "b.txt")
    let spool = try bench.open()
    try bench.scan(spool, bench.rules(dedupe: dedupe))
    try bench.drop("same", as: "a.txt")
    try bench.scan(spool, bench.rules(dedupe: dedupe))
    try bench.work(spool)
    let census = try spool.census()
    #expect(census.lines["ok"] == jobs)
    #expect(census.lines["duplicate", default: 0] == 3 - jobs)
    #expect(census.isConserved)
  }

  @Test func changedSettingsMakeANewJob() throws {
    let spool = try bench.open()
    try bench.drop("same", as: "a.txt")
    try bench.scan(spool)
    try bench.drop("same", as: "a.txt")
    let scan = try #require(try bench.scan(spool, bench.rules(settings: "other")))
    guard case .job = scan.taken[0].outcome else {
      Issue.record("found \(scan)")
      return
    }
  }

  @Test func aKeptOriginalIsAcceptedOnce() throws {
    let spool = try bench.open()
    try bench.drop("kept", as: "a.txt")
    for _ in 0..<3 { try bench.scan(spool, bench.rules(after: .keep)) }
    try bench.work(spool)
    #expect(try spool.census().lines == ["ok": 1])
    #expect(try spool.inboxNames(of: bench.queue) == ["a.txt"])
  }

  @Test func whatIsNoDocumentIsRejectedWithAReason() throws {
    let inbox = bench.path / "queues/letters/inbox"
    try bench.drop("", as: "empty.txt")
    try bench.drop(String(repeating: "x", count: 1001), as: "large.txt")
    _ = try ChildProcess.run(
      "/bin/sh", arguments: ["-c", "mkfifo pipe; mkdir folder; ln -s /etc/passwd link"],
      folder: inbox)
    let spool = try bench.open()
    let scan = try #require(try bench.scan(spool))
    #expect(scan.taken.count == 5)
    try bench.work(spool)
    let census = try spool.census()
    #expect(census.lines == ["quarantined": 5] && census.isConserved)
    #expect(try spool.inboxNames(of: bench.queue) == [])
    for name in ["empty.txt", "large.txt", "pipe", "folder", "link"] {
      let why = try bench.temporary.read(
        FilePath("spool/queues/letters/rejected/\(name).why.txt"))
      #expect(!why.isEmpty, "\(name)")
    }
    #expect(try readFile("/etc/passwd", limit: 1 << 20).isEmpty == false)
  }

  @Test func unfinishedFilesAreLeftAlone() throws {
    for name in [".hidden", "~lock", "a.part", "b.tmp", "c.crdownload", "Thumbs.db"] {
      try bench.drop("x", as: name)
    }
    try bench.drop("open", as: "open.txt")
    let writer = try FileDescriptor.open(
      bench.path / "queues/letters/inbox/open.txt", .readWrite)
    let spool = try bench.open()
    let scan = try #require(try bench.scan(spool))
    #expect(scan.taken == [] && scan.changing == ["open.txt"])
    _ = consume writer
    #expect(try bench.scan(spool)?.taken.count == 1)
  }

  @Test func aClaimGivenBackIsUncounted() throws {
    try bench.drop("text", as: "a.txt")
    let spool = try bench.open()
    try bench.scan(spool)
    let (worker, _) = try #require(try Worker.start(bench.worker, in: spool))
    let name = try spool.readyJobs()[0]
    if let claim = try worker.claim(name) {
      #expect(try spool.readyJobs().isEmpty)
      try worker.release(claim)
    }
    #expect(try spool.readyJobs() == [name])
  }

  @Test func oneWorkerNameHasOneProcess() throws {
    let spool = try bench.open()
    let first = try Worker.start(bench.worker, in: spool)
    #expect(first != nil)
    #expect(try Worker.start(bench.worker, in: spool) == nil)
    #expect(try Worker.start(SpoolName("w2"), in: spool) != nil)
  }

  @Test func aDroppedClaimCountsAsACrashAndThreeAreTheEnd() throws {
    try bench.drop("text", as: "a.txt")
    try bench.scan(bench.open())
    for crashes in 0..<3 {
      let spool = try bench.open()
      let (worker, _) = try #require(try Worker.start(bench.worker, in: spool))
      let name = try spool.readyJobs()[0]
      #expect(name.crashes == crashes)
      _ = try worker.claim(name)
    }
    try bench.work(bench.open())
    #expect(try bench.open().census().lines == ["failed": 1])
  }

  @Test func aForeignFileIsNotASpool() throws {
    #expect(throws: SpoolError.notASpool(path: bench.temporary.path.text)) {
      _ = try SpoolDirectory(opening: bench.temporary.path)
    }
    try bench.temporary.write("quern spool 9\n", to: "spool/VERSION")
    #expect(throws: SpoolError.unknownVersion(path: bench.path.text, found: "quern spool 9")) {
      _ = try SpoolDirectory(opening: bench.path)
    }
  }

  @Test func aLineThatWasTamperedWithStopsRecovery() throws {
    try bench.drop("text", as: "a.txt")
    try bench.drain()
    try bench.temporary.write("half a li", to: "spool/results/other.w1.jsonl")
    let failure = #expect(throws: SpoolError.self) {
      _ = try Worker.start(bench.worker, in: bench.open())
    }
    #expect(
      failure == .damaged(file: "results/other.w1.jsonl", reason: "its last line has no end"))
  }

  @Test func theStoryOfAFileIsFoundByItsName() throws {
    try bench.drop("text", as: "a.txt")
    let spool = try bench.open()
    try bench.scan(spool)
    #expect(try spool.stories(of: "a.txt").map(\.state) == [.ready])
    try bench.work(spool)
    let story = try #require(try spool.stories(of: "some/where/a.txt").first)
    #expect(story.state == .done && story.line != nil)
    #expect(try spool.stories(of: story.envelope.job.text).count == 1)
    #expect(try spool.state(of: story.envelope.job) == .done)
    #expect(try spool.stories(of: "b.txt").isEmpty)
  }

  @Test func sequenceNumbersGoOnAcrossStarts() throws {
    for index in 0..<3 {
      try bench.drop("text \(index)", as: "\(index).txt")
      try bench.drain()
    }
    let lines = try bench.temporary.read("spool/results/letters.w1.jsonl").split(separator: 0x0a)
    #expect(lines.compactMap { LineSummary(line: Array($0))?.sequence } == [1, 2, 3])
  }

  @Test func envelopesReadBackWhateverTheName() throws {
    let name = FilePath(bytes: [0x61, 0xff, 0x0a, 0x22])
    try bench.temporary.write("odd", to: "spool/queues/letters/inbox" / name)
    let spool = try bench.open()
    try bench.scan(spool)
    let (worker, _) = try #require(try Worker.start(bench.worker, in: spool))
    let envelope = try worker.claim(spool.readyJobs()[0])?.envelope
    #expect(envelope?.identity.name == name)
    #expect(envelope.flatMap { Envelope(bytes: $0.bytes) } == envelope)
    for cut in 0..<(envelope?.bytes.count ?? 0) {
      #expect(Envelope(bytes: Array(envelope?.bytes.prefix(cut) ?? [])) == nil)
    }
  }
}
