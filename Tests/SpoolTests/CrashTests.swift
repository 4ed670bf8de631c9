// A crash at every call, a crash in the recovery from it, and failing calls everywhere.
//
// Three drops, one a duplicate, go through a spool whose file system fails as planned. Whatever
// happens, a later undisturbed drain ends with exactly one line for each.

import Posix
import Spool
import TestSupport
import Testing

@Suite struct CrashTests {
  /// Makes a spool with three drops in its inbox.
  private func bench() throws -> SpoolBench {
    let bench = try SpoolBench()
    try bench.drop("one", as: "1.txt")
    try bench.drop("two", as: "2.txt")
    try bench.drop("two", as: "3.txt")
    return bench
  }

  /// The lengths of the files of lines.
  private func lengths(_ bench: SpoolBench) -> [Int] {
    ["results", "errors"].map { folder in
      (try? bench.temporary.read(FilePath("spool/\(folder)/letters.w1.jsonl")).count) ?? 0
    }
  }

  /// Drains to the end and says what is wrong, or nil.
  private func complaint(_ bench: SpoolBench) throws -> String? {
    let before = lengths(bench)
    try bench.drain()
    let census = try bench.open().census()
    if !census.isConserved { return "not conserved: \(census)" }
    if census.pending != 0 { return "pending: \(census)" }
    // A name in the inbox that fell back to it is a drop of its own only if it was changed.
    if census.accepted != 3 { return "accepted \(census.accepted)" }
    if census.lines["duplicate"] != 1 { return "lines \(census.lines)" }
    if zip(before, lengths(bench)).contains(where: { $0 > $1 }) { return "a file shrank" }
    return nil
  }

  /// Of how many pairs one is tried: all with `QUERN_SWEEP=full`, else each diagonal's eleventh.
  private static let stride = Machine.environment("QUERN_SWEEP") == "full" ? 1 : 11

  @Test func everyPairOfCrashesEndsWithOneLineForEachDrop() throws {
    var (pairs, first) = (0, 1)
    while true {
      let probe = FaultyFileSystem(.crash(at: first))
      let once = try bench()
      try? once.drain(probe)
      guard probe.hasStruck else { break }
      if let complaint = try complaint(once) {
        Issue.record("crash at \(first): \(complaint)")
      }
      var second = 1 + first % Self.stride
      while true {
        let twice = try bench()
        try? twice.drain(FaultyFileSystem(.crash(at: first)))
        let recovery = FaultyFileSystem(.crash(at: second))
        try? twice.drain(recovery)
        guard recovery.hasStruck else { break }
        pairs += 1
        if let complaint = try complaint(twice) {
          Issue.record("crash at \(first), then at \(second): \(complaint)")
        }
        second += Self.stride
      }
      first += 1
    }
    #expect(first > 60 && pairs > 2500 / Self.stride, "\(first - 1) crashes, \(pairs) pairs")
    print("\(first - 1) crashes, \(pairs) pairs of crashes")
  }

  @Test func everyTornWriteIsCompletedOrUndone() throws {
    var at = 1
    while true {
      let files = FaultyFileSystem(.tornCrash(at: at))
      let bench = try bench()
      try? bench.drain(files)
      guard files.hasStruck else { break }
      if let complaint = try complaint(bench) { Issue.record("torn at \(at): \(complaint)") }
      at += 1
    }
    #expect(at > 60)
  }

  @Test(arguments: [Errno.io, .noSpace], [false, true])
  func everyFailingCallIsReportedAndNothingIsLost(errno: Errno, lasting: Bool) throws {
    var at = 1
    while true {
      let files = FaultyFileSystem(
        lasting ? .lastingFailure(errno, at: at) : .failure(errno, at: at))
      let bench = try bench()
      var failure: SpoolError?
      do throws(SpoolError) { try bench.drain(files) } catch { failure = error }
      guard files.hasStruck else { break }
      if failure == nil {
        // Success is a promise: all lines are there without another run.
        let census = try bench.open().census()
        #expect(census.isConserved && census.lines.values.reduce(0, +) == 3, "call \(at)")
      }
      if let complaint = try complaint(bench) { Issue.record("call \(at): \(complaint)") }
      at += 1
    }
    #expect(at > 100)
  }

  @Test func shortWritesChangeNothing() throws {
    let always = try bench()
    try always.drain(FaultyFileSystem(.shortWrites))
    #expect(try complaint(always) == nil)
    var at = 1
    while true {
      let files = FaultyFileSystem(.shortWrite(at: at))
      let bench = try bench()
      try bench.drain(files)
      guard files.hasStruck else { break }
      #expect(try bench.open().census().lines.values.reduce(0, +) == 3)
      at += 1
    }
    #expect(at > 100)
  }
}
