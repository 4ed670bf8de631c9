// Threads, conditions, clocks, children and what a process knows about itself.

import Posix
import TestSupport
import Testing

@Suite struct ProcessTests {
  @Test func threadsMeetAtACondition() throws {
    let total = Condition(0)
    let done = Condition(0)
    for index in 1...4 {
      let thread = try Thread.start(name: "adder \(index)") {
        for _ in 0..<1000 { total.withLock { $0 += 1 } }
        done.update { $0 += 1 }
      }
      thread.join()
    }
    #expect(done.wait { $0 == 4 ? $0 : nil } == 4)
    #expect(total.withLock { $0 } == 4000)
  }

  @Test func aWaiterSeesAChangeOfAnotherThread() throws {
    let box = Condition<String?>(nil)
    let thread = try Thread.start(name: "sender") { box.update { $0 = "sent" } }
    #expect(box.wait { $0 } == "sent")
    thread.join()
  }

  @Test func aLimitedWaitEndsWithoutAChange() {
    let box = Condition(false)
    #expect(box.wait(milliseconds: 5) { $0 ? true : nil } == nil)
  }

  @Test func aThreadCanBePinned() throws {
    let processors = Processors.allowed
    #expect(!processors.isEmpty)
    let pinned = Condition<Bool?>(nil)
    let thread = try Thread.start(name: "pinned") {
      let result = Thread.pin(toProcessor: processors[0]) && Processors.allowed == [processors[0]]
      pinned.update { $0 = result }
    }
    thread.join()
    #expect(pinned.withLock { $0 } == true)
    #expect(Processors.allowed == processors)
  }

  @Test func aChildLeavesItsOutputAndStatus() throws {
    let outcome = try ChildProcess.run(
      "/bin/sh", arguments: ["-c", "echo out; echo \"$WORD\" >&2; exit 3"],
      environment: ["WORD=err"])
    #expect(outcome.ending == .exited(3))
    #expect(outcome.outputText == "out\n")
    #expect(outcome.errorText == "err\n")
  }

  @Test func muchOutputOnBothStreamsDoesNotBlock() throws {
    let outcome = try ChildProcess.run(
      "/bin/sh", arguments: ["-c", "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2"])
    #expect(outcome.output.count == 300_000)
    #expect(outcome.errors.count == 300_000)
  }

  @Test func aKilledChildNamesItsSignal() throws {
    let child = try ChildProcess.start("/bin/sh", arguments: ["-c", "sleep 60"])
    child.send(signal: 9)
    #expect(try child.wait().ending == .signaled(9))
  }

  @Test func aMissingProgramIsAnError() {
    let failure = #expect(throws: PosixError.self) {
      _ = try ChildProcess.run("/nowhere/program", arguments: [])
    }
    #expect(failure?.errno == .noEntry)
  }

  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
    (951_782_400_000, "2000-02-29T00:00:00.000Z"), (951_868_799_999, "2000-02-29T23:59:59.999Z"),
    (1_795_510_934_123, "2026-11-24T09:02:14.123Z"),
    (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    (-2_208_988_800_000, "1900-01-01T00:00:00.000Z"),
  ])
  func momentsAreSpelledAsDates(milliseconds: Int64, text: String) {
    #expect(Moment(milliseconds: milliseconds).description == text)
  }

  @Test func theMonotonicClockMovesForward() {
    let clock = SystemClock()
    let before = clock.monotonicNanoseconds
    clock.sleep(milliseconds: 2)
    #expect(clock.monotonicNanoseconds >= before + 2_000_000)
    #expect(clock.wallMilliseconds > 1_600_000_000_000)
  }

  @Test func theMachineDescribesItself() throws {
    #expect(!Machine.hostName.isEmpty)
    #expect(Machine.environment("PATH") != nil)
    #expect(Machine.environment("NO_SUCH_VARIABLE_HERE") == nil)
    #expect(Machine.executablePath != nil)
    #expect(try Machine.randomBytes(40) != Machine.randomBytes(40))
    let memory = try #require(Memory.current())
    #expect(memory.availableBytes > 0 && memory.availableBytes <= memory.totalBytes)
  }

  @Test func wholeFilesAreReadUpToALimit() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("12345", to: "f")
    #expect(try readFile(path, limit: 5) == Array("12345".utf8))
    #expect(throws: PosixError.self) { try readFile(path, limit: 4) }
    #expect(throws: PosixError.self) { try readFile(folder.path, limit: 4) }
    #expect(try !readFile("/proc/self/status", limit: 1 << 16).isEmpty)
  }

  @Test(arguments: ["TERM", "INT"])
  func stopSignalsAreCountedInsteadOfObeyed(name: String) async {
    // In a process of its own: the handlers stay installed.
    await #expect(processExitsWith: .exitCode(7)) { [name] in
      try StopSignal.install()
      let before = StopSignal.count
      _ = try ChildProcess.run(
        "/bin/sh", arguments: ["-c", "kill -\(name) \(Machine.processID)"])
      let clock = SystemClock()
      for _ in 0..<1000 where StopSignal.count == before { clock.sleep(milliseconds: 5) }
      exitProcess(status: StopSignal.count == before + 1 ? 7 : 8)
    }
  }
}
