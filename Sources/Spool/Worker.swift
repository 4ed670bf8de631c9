// One worker of a spool: claims jobs, commits their lines, gives back what it cannot finish.
//
// The numbers of invariants in comments are those of SPOOL.md.

package import Digests
import Posix
import Synchronization

/// A worker that holds its lock; one process per worker name.
package final class Worker: Sendable {
  /// The spool.
  package let spool: SpoolDirectory
  /// The name, a part of the names of its files.
  package let name: SpoolName
  /// The folder of its claims.
  let claims: FileDescriptor
  let log: CommitLog
  private let lock: FileLock
  private let ledger: Mutex<Ledger>

  /// How many commits may pass before the finished claims are forced to disk.
  static let checkpointInterval = 512

  /// What the next commit must know.
  private struct Ledger {
    /// The sequence number of the last line.
    var sequence: Int
    /// The open files of lines.
    var logs: [FilePath: ResultLog] = [:]
    /// Their lengths.
    var byteCounts: [FilePath: Int] = [:]
    /// Subfolders of `done/` that hold names not yet forced to disk.
    var days: Set<FilePath> = []
    var sinceCheckpoint = 0
    /// True from a commit's first write to its end: a failure in between stops the worker, invariant 7.
    var isOpen = false
  }

  /// Takes a worker's lock and recovers what it and dead workers left; nil when the lock is held.
  package static func start(
    _ name: SpoolName, in spool: SpoolDirectory
  ) throws(SpoolError) -> (worker: Worker, report: RecoveryReport)? {
    guard let lock = try spool.lock(FilePath("worker-\(name).lock")) else { return nil }
    var report = RecoveryReport()
    let sequence = try Recovery(spool: spool, worker: name).run(&report)
    for other in try Recovery.workers(in: spool) where other != name {
      guard let otherLock = try spool.lock(FilePath("worker-\(other).lock")) else { continue }
      _ = try Recovery(spool: spool, worker: other).run(&report)
      otherLock.release()
    }
    return (try Worker(name, spool, lock, sequence), report)
  }

  private init(
    _ name: SpoolName, _ spool: SpoolDirectory, _ lock: consuming FileLock, _ sequence: Int
  ) throws(SpoolError) {
    self.spool = spool
    self.name = name
    self.lock = lock
    let folder = FilePath(name.text)
    try spool.makeDurable(folder, in: spool.claimed, called: "claimed")
    do throws(PosixError) {
      claims = try spool.files.openDirectory(folder, in: spool.claimed)
    } catch { throw .system(error) }
    log = try CommitLog(spool, worker: name)
    ledger = Mutex(Ledger(sequence: sequence))
  }

  /// Takes a job from `ready/`, or returns nil when another worker was faster.
  package func claim(_ job: JobName) throws(SpoolError) -> Claim? {
    do throws(PosixError) {
      try spool.files.rename(job.file, in: spool.ready, to: job.file, in: claims, .keep)
    } catch {
      if error.errno == .noEntry { return nil }
      throw .system(error)
    }
    let bytes: [UInt8]
    do throws(PosixError) {
      // Invariant 3: else a loss of power could show a finished job as ready.
      try spool.files.sync(claims)
      try spool.files.sync(spool.ready)
      bytes = try spool.files.readAll(job.file, in: claims, limit: Envelope.byteLimit)
    } catch { throw .system(error) }
    guard let envelope = Envelope(bytes: bytes), envelope.job == job.job else {
      throw .damaged(file: "claimed/\(name)/\(job.file)", reason: "it is not the job's envelope")
    }
    return Claim(name: job, envelope: envelope)
  }

  /// Gives a job back uncounted: nothing was tried, or the worker is asked to stop.
  package func release(_ claim: consuming Claim) throws(SpoolError) {
    let job = claim.name
    do throws(PosixError) {
      try spool.files.rename(job.file, in: claims, to: job.file, in: spool.ready, .keep)
    } catch { throw .system(error) }
  }

  /// Writes a job's line and ends its claim; the line is committed or nothing has happened.
  ///
  /// Commits of several threads stand one behind the other, so lines stand in order of completion.
  /// After a failure every later commit throws `.stopped`: only a new start knows what is on disk.
  ///
  /// - Parameter line: Makes the line, without a line feed, of the sequence number it will have.
  package func commit(
    _ claim: consuming Claim, _ kind: LineKind, line: (_ sequence: Int) -> [UInt8]
  ) throws(SpoolError) {
    let name = claim.name
    let path = kind.folder / FilePath("\(claim.envelope.queue).\(self.name).jsonl")
    try ledger.withLock { ledger throws(SpoolError) in
      guard !ledger.isOpen else { throw .stopped }
      let sequence = ledger.sequence + 1
      let bytes = line(sequence)
      guard !bytes.isEmpty, bytes.count < CommitLog.lineLimit, !bytes.contains(0x0a) else {
        throw .badLine(job: name.job.text, byteCount: bytes.count)
      }
      ledger.isOpen = true
      let target: ResultLog
      if let open = ledger.logs[path] {
        target = open
      } else {
        let (log, byteCount) = try ResultLog.open(path, in: spool)
        target = log
        ledger.logs[path] = log
        ledger.byteCounts[path] = byteCount
      }
      let offset = ledger.byteCounts[path] ?? 0
      let record = RedoRecord(
        target: path, inode: target.inode, offset: offset, sequence: sequence, claim: name.file,
        line: bytes + [0x0a])
      try log.write(record)  // Committed: invariant 4
      do throws(PosixError) {
        try spool.files.writeAll(record.line, to: target.file, at: offset)
        try spool.files.syncData(target.file)
      } catch { throw .system(error) }
      try finish(name, as: kind == .failure ? .failed : .done, &ledger.days)
      ledger.byteCounts[path] = offset + record.line.count
      ledger.sequence = sequence
      ledger.sinceCheckpoint += 1
      if ledger.sinceCheckpoint >= Self.checkpointInterval { try writeCheckpoint(&ledger) }
      ledger.isOpen = false
    }
  }

  /// Stores what lies beside a line, before the line that names it is committed.
  ///
  /// - Parameters:
  ///   - digest: Of the bytes; it names the file.
  package func storeSidecar(
    _ bytes: [UInt8], digest: Digest, of job: JobID
  ) throws(SpoolError) {
    let home = FilePath("sidecar/\(digest.hex.prefix(2))")
    let name = FilePath("\(digest.hex).json")
    // Not in `tmp`, which belongs to whoever holds the intake lock.
    let draft = FilePath("\(digest.hex).\(self.name).\(job.text)")
    try SpoolDirectory.makeDirectory(home, in: spool.root, spool.files, permissions: 0o755)
    do throws(PosixError) {
      let folder = try spool.files.openDirectory(home, in: spool.root)
      guard try !spool.files.exists(name, in: folder) else { return }
      if try spool.files.exists(draft, in: folder) {
        try spool.files.unlink(draft, in: folder)
      }
      let file = try spool.files.open(
        draft, in: folder, .createExclusive, permissions: 0o444)
      try spool.files.writeAll(bytes, to: file, at: 0)
      try spool.files.sync(file)
      try spool.files.rename(draft, in: folder, to: name, in: folder, .replace)
      try spool.files.sync(folder)
    } catch { throw .system(error) }
  }

  /// Forces finished claims to disk, so that the next start need not read lines.
  package func checkpoint() throws(SpoolError) {
    try ledger.withLock { ledger throws(SpoolError) in
      guard !ledger.isOpen else { throw .stopped }
      guard ledger.sinceCheckpoint > 0 else { return }
      ledger.isOpen = true
      try writeCheckpoint(&ledger)
      ledger.isOpen = false
    }
  }

  /// Moves a claim whose line is written.
  private func finish(
    _ name: JobName, as state: JobState, _ days: inout Set<FilePath>
  ) throws(SpoolError) {
    if state == .done {
      let day = FilePath(Moment(milliseconds: spool.clock.wallMilliseconds).day)
      try spool.makeDurable(day, in: spool.done, called: "done")
      do throws(PosixError) {
        try spool.files.rename(name.file, in: claims, to: day / name.file, in: spool.done, .replace)
      } catch { throw .system(error) }
      days.insert(day)
    } else {
      do throws(PosixError) {
        try spool.files.rename(name.file, in: claims, to: name.file, in: spool.failed, .replace)
      } catch { throw .system(error) }
    }
  }

  private func writeCheckpoint(_ ledger: inout Ledger) throws(SpoolError) {
    do throws(PosixError) {
      try spool.files.sync(claims)
      try spool.files.sync(spool.failed)
      for day in ledger.days.sorted() {
        try spool.files.sync(spool.files.openDirectory(day, in: spool.done))
      }
    } catch { throw .system(error) }
    // Files of this worker that this run has not opened keep their place of the last checkpoint.
    var checkpoint = try Checkpoint.read(of: name, in: spool)
    checkpoint.sequence = ledger.sequence
    for (path, log) in ledger.logs {
      checkpoint.files[path] = Checkpoint.Place(
        inode: log.inode, offset: ledger.byteCounts[path] ?? 0)
    }
    try checkpoint.write(of: name, in: spool)
    ledger.days = []
    ledger.sinceCheckpoint = 0
  }
}
