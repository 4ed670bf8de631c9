// The redo record against a result file torn at every byte.

import Posix
import Spool
import TestSupport
import Testing

@Suite struct RecoveryTests {
  @Test func aLineTornAtAnyByteIsCompletedFromTheRedoRecord() throws {
    let bench = try SpoolBench()
    try bench.drop("one", as: "1.txt")
    try bench.drop("two", as: "2.txt")
    try bench.drain()
    let path: FilePath = "spool/results/letters.w1.jsonl"
    let whole = try bench.temporary.read(path)
    let lastStart = (whole.dropLast().lastIndex(of: 0x0a) ?? -1) + 1
    #expect(lastStart > 0)
    for cut in lastStart..<whole.count {
      // In place: the redo record knows the file by its number.
      _ = try ChildProcess.run(
        "/usr/bin/truncate",
        arguments: ["-s", String(cut), (bench.temporary.path / path).text])
      _ = try ChildProcess.run(
        "/bin/rm", arguments: ["-f", (bench.path / "state/w1.checkpoint").text])
      let started = try Worker.start(bench.worker, in: bench.open())
      #expect(started?.report.completedLines == 1, "cut at \(cut)")
      #expect(try bench.temporary.read(path) == whole, "cut at \(cut)")
    }
  }

  @Test func aFileShorterThanItsCheckpointIsDamage() throws {
    let bench = try SpoolBench()
    try bench.drop("one", as: "1.txt")
    try bench.drain()
    _ = try ChildProcess.run(
      "/usr/bin/truncate",
      arguments: ["-s", "0", (bench.path / "results/letters.w1.jsonl").text])
    _ = try ChildProcess.run("/bin/rm", arguments: [(bench.path / "state/w1.commit").text])
    #expect(throws: SpoolError.self) { _ = try Worker.start(bench.worker, in: bench.open()) }
  }

  @Test func everyTornRedoRecordIsNoRecord() throws {
    let bench = try SpoolBench()
    try bench.drop("one", as: "1.txt")
    try bench.drain()
    let log: FilePath = "spool/state/w1.commit"
    let whole = try bench.temporary.read(log)
    #expect(whole.count == 65_536)
    let used = (whole.lastIndex { $0 != 0 } ?? 0) + 1
    for cut in stride(from: 0, to: used - 1, by: 3) {
      try bench.temporary.write(
        Array(whole[..<cut]) + [UInt8](repeating: 0, count: whole.count - cut), to: log)
      let started = try Worker.start(bench.worker, in: bench.open())
      #expect(started?.report.completedLines == 0)
    }
    #expect(try bench.open().census().lines == ["ok": 1])
  }

  @Test func anotherWorkersClaimsComeBackWhenItIsGone() throws {
    let bench = try SpoolBench()
    try bench.drop("one", as: "1.txt")
    try bench.scan(bench.open())
    do {
      let (dead, _) = try #require(try Worker.start(SpoolName("dead"), in: bench.open()))
      _ = try dead.claim(bench.open().readyJobs()[0])
    }
    let spool = try bench.open()
    let (_, report) = try #require(try Worker.start(bench.worker, in: spool))
    #expect(report.returned.count == 1)
    #expect(try spool.readyJobs()[0].crashes == 1)
  }
}
