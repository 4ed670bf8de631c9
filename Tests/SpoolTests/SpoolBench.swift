// A small spool with one queue, and a drain that answers every document with its own length.

import JSON
import Posix
import Spool
import TestSupport

/// A clock that says the same time until it is moved.
struct FixedClock: Clock {
  var wallMilliseconds: Int64 { 1_800_000_000_000 }
  var monotonicNanoseconds: Int64 { 0 }
  func sleep(milliseconds: Int) {}
}

/// A spool in a temporary folder.
struct SpoolBench {
  let temporary: TemporaryFolder
  let queue: SpoolName
  let worker: SpoolName

  var path: FilePath { temporary.path / "spool" }

  /// Makes the spool.
  init() throws {
    temporary = try TemporaryFolder(.memory)
    queue = try SpoolName("letters")
    worker = try SpoolName("w1")
    let spool = try SpoolDirectory.create(path, clock: FixedClock())
    try spool.createQueue(queue, files: [("queue.json", Array("{}".utf8))])
  }

  func drop(_ text: String, as name: String) throws {
    try temporary.write(text, to: FilePath("spool/queues/letters/inbox/\(name)"))
  }

  func open(_ files: any FileSystem = FaultyFileSystem()) throws(SpoolError) -> SpoolDirectory {
    try SpoolDirectory(opening: path, files: files, clock: FixedClock())
  }

  func rules(
    dedupe: Dedupe = .content, after: IntakeRules.AfterAccept = .move, settings: String = "s",
    byteLimit: Int = 1000
  ) -> IntakeRules {
    IntakeRules(
      material: KeyMaterial(
        queue: queue, settings: Array(settings.utf8), schema: [1], examples: []),
      priority: 5, settleMilliseconds: 2000, byteLimit: byteLimit, dedupe: dedupe,
      afterAccept: after
    ) { bytes, _ in
      bytes.isEmpty ? Rejection(code: "input.empty", message: "The file is empty.") : nil
    }
  }

  /// Accepts what lies in the inbox once.
  @discardableResult func scan(
    _ spool: SpoolDirectory, _ rules: IntakeRules? = nil
  ) throws(SpoolError) -> InboxScan? {
    let ids = JobIDSource(clock: FixedClock())
    guard let acceptance = try Acceptance(spool, ids: ids) else { return nil }
    var inbox = Inbox(spool, rules: rules ?? self.rules())
    var scan = try inbox.scan(acceptance)
    // A program that another test starts just now keeps a copy of a writer's descriptor until its exec.
    for _ in 0..<100 where !scan.changing.isEmpty {
      SystemClock().sleep(milliseconds: 2)
      let next = try inbox.scan(acceptance)
      scan.taken += next.taken
      scan.changing = next.changing
    }
    return scan
  }

  /// The line of a job.
  static func line(_ envelope: Envelope, _ status: String, _ sequence: Int) -> [UInt8] {
    let value: JSONValue = [
      "status": .string(status), "name": .string(envelope.name),
      "job": .string(envelope.job.text), "run": ["seq": .number(JSONNumber(sequence))],
    ]
    return value.bytes
  }

  /// Finishes every ready job; returns how many lines it wrote.
  @discardableResult func work(_ spool: SpoolDirectory) throws(SpoolError) -> Int {
    guard let (worker, _) = try Worker.start(worker, in: spool) else { return 0 }
    var count = 0
    for name in try spool.readyJobs() {
      guard let claim = try worker.claim(name) else { continue }
      let envelope = claim.envelope
      if name.crashes >= 3 {
        try worker.commit(claim, .failure) { Self.line(envelope, "failed", $0) }
      } else {
        switch envelope.kind {
        case .document:
          _ = try spool.document(of: envelope)
          try worker.commit(claim, .result) { Self.line(envelope, "ok", $0) }
        case .duplicate:
          try worker.commit(claim, .notice) { Self.line(envelope, "duplicate", $0) }
        case .quarantined:
          try worker.commit(claim, .notice) { Self.line(envelope, "quarantined", $0) }
        }
      }
      count += 1
    }
    try worker.checkpoint()
    return count
  }

  /// Opens the spool, accepts and finishes everything.
  func drain(_ files: any FileSystem = FaultyFileSystem()) throws(SpoolError) {
    let spool = try open(files)
    // A child that another test starts holds the descriptors that wrote the drops until it has become its
    // program; so long they count as being written.
    for _ in 0..<1000 {
      guard let scan = try scan(spool), !scan.changing.isEmpty else { break }
    }
    try work(spool)
  }
}
