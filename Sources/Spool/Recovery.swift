// What a start does before the first claim: finishes, counts and gives back what a dead worker left.
//
// Order: redo record → lines after the checkpoint → claims → checkpoint. Each step may be repeated
// from the start after a crash at any call: it only does what is not done yet.

import JSON
import Posix

/// What recovery found.
package struct RecoveryReport: Equatable, Sendable {
  /// Lines that a crash had left unwritten or torn and that are whole now.
  package var completedLines = 0
  /// Jobs whose line was written and whose claim was not ended yet.
  package var finished: [JobID] = []
  /// Jobs that go back to `ready/` with one crash more.
  package var returned: [JobID] = []

  /// Creates an empty report.
  package init() {}
}

/// The state of one worker up to which finished claims are known to be on disk.
struct Checkpoint: Equatable {
  /// A file of lines at that moment.
  struct Place: Equatable {
    var inode: UInt64
    var offset: Int
  }

  /// The sequence number of the last line.
  var sequence = 0
  /// The files of lines, by path relative to the spool.
  var files: [FilePath: Place] = [:]

  /// Reads the checkpoint of a worker; an empty one where there is none.
  static func read(
    of worker: SpoolName, in spool: SpoolDirectory
  ) throws(SpoolError) -> Checkpoint {
    let bytes: [UInt8]
    do throws(PosixError) {
      bytes = try spool.files.readAll(
        FilePath(worker.text + ".checkpoint"), in: spool.state, limit: 1 << 24)
    } catch {
      if error.errno == .noEntry { return Checkpoint() }
      throw .system(error)
    }
    var checkpoint = Checkpoint()
    // Written at once or not at all; anything unreadable only costs reading more lines.
    guard let value = try? JSONValue.parse(bytes), let sequence = value["seq"]?.int,
      let files = value["files"]?.object
    else { return checkpoint }
    checkpoint.sequence = sequence
    for member in files.members {
      guard let inode = member.value["inode"]?.string.flatMap({ UInt64($0) }),
        let offset = member.value["offset"]?.int, offset >= 0
      else { continue }
      checkpoint.files[FilePath(member.key)] = Place(inode: inode, offset: offset)
    }
    return checkpoint
  }

  /// Writes the checkpoint of a worker.
  func write(of worker: SpoolName, in spool: SpoolDirectory) throws(SpoolError) {
    var places = JSONObject()
    for (path, place) in files.sorted(by: { $0.key < $1.key }) {
      places[path.text] = [
        "inode": .string(String(place.inode)), "offset": .number(JSONNumber(place.offset)),
      ]
    }
    let value: JSONValue = [
      "v": 1, "seq": .number(JSONNumber(sequence)), "files": .object(places),
    ]
    try spool.replace(
      FilePath(worker.text + ".checkpoint"), in: spool.state, with: value.bytes)
  }
}

/// The recovery of one worker whose lock is held.
struct Recovery {
  let spool: SpoolDirectory
  let worker: SpoolName

  /// The workers that have left claims.
  static func workers(in spool: SpoolDirectory) throws(SpoolError) -> [SpoolName] {
    do throws(PosixError) {
      return try spool.files.list(spool.claimed).compactMap { try? SpoolName($0.text) }.sorted()
    } catch { throw .system(error) }
  }

  /// Recovers and returns the sequence number of the worker's last line.
  func run(_ report: inout RecoveryReport) throws(SpoolError) -> Int {
    let redo = try CommitLog(spool, worker: worker).read()
    if let redo, try complete(redo) { report.completedLines += 1 }

    var checkpoint = try Checkpoint.read(of: worker, in: spool)
    let before = checkpoint
    var finished: [JobID: LineSummary] = [:]
    for path in try lineFiles() {
      let status: FileStatus
      do throws(PosixError) {
        status = try spool.files.status(of: path, in: spool.root)
      } catch { throw .system(error) }
      let known = checkpoint.files[path]
      let start = known?.inode == status.inode ? known?.offset ?? 0 : 0
      guard start <= status.byteCount else {
        throw .damaged(file: path.text, reason: "it is shorter than it was")
      }
      let (end, rest) = try readLines(path, from: start, in: spool) { line throws(SpoolError) in
        guard let summary = LineSummary(line: line) else {
          throw .damaged(file: path.text, reason: "a line is not a record of this program")
        }
        finished[summary.job] = summary
        checkpoint.sequence = max(checkpoint.sequence, summary.sequence)
      }
      // A torn line of ours is completed above; this one is somebody else's.
      guard rest == 0 else {
        throw .damaged(file: path.text, reason: "its last line has no end")
      }
      checkpoint.files[path] = Checkpoint.Place(inode: status.inode, offset: end)
    }
    checkpoint.sequence = max(checkpoint.sequence, redo?.sequence ?? 0)
    try endClaims(finished, &report)
    if checkpoint != before { try checkpoint.write(of: worker, in: spool) }
    return checkpoint.sequence
  }

  /// Writes a committed line where a crash left it out, torn, or not forced to disk, invariant 5.
  ///
  /// - Returns: True when bytes were missing.
  private func complete(_ redo: RedoRecord) throws(SpoolError) -> Bool {
    let folder = redo.target.parent
    guard folder == "results" || folder == "errors", redo.line.last == 0x0a else {
      throw .damaged(file: "state/\(worker).commit", reason: "its target is no file of lines")
    }
    do throws(PosixError) {
      // Rotated away since: the record was cleared by the rotation, or the line is in the old file.
      guard try spool.files.exists(redo.target, in: spool.root) else { return false }
      let file = try spool.files.open(redo.target, in: spool.root, .readWrite, permissions: 0)
      let status = try spool.files.status(of: file)
      guard status.inode == redo.inode else { return false }
      guard status.byteCount >= redo.offset else {
        throw PosixError.ended(subject: redo.target.text)
      }
      let found = try spool.files.read(file, at: redo.offset, count: redo.line.count)
      if found == redo.line {
        // Perhaps only in the page cache.
        try spool.files.syncData(file)
        return false
      }
      guard status.byteCount <= redo.offset + redo.line.count else {
        throw PosixError.ended(subject: redo.target.text)
      }
      try spool.files.writeAll(redo.line, to: file, at: redo.offset)
      try spool.files.syncData(file)
      return true
    } catch {
      if case .ended(let subject) = error {
        throw .damaged(file: subject, reason: "a committed line is missing or was changed")
      }
      throw .system(error)
    }
  }

  /// The files of lines of this worker, relative to the spool.
  private func lineFiles() throws(SpoolError) -> [FilePath] {
    let suffix = ".\(worker).jsonl"
    do throws(PosixError) {
      let results = try spool.files.list(spool.results).filter { $0.hasSuffix(suffix) }
      let errors = try spool.files.list(spool.errors).filter { $0.hasSuffix(suffix) }
      return results.map { "results" / $0 }.sorted() + errors.map { "errors" / $0 }.sorted()
    } catch { throw .system(error) }
  }

  /// Ends claims whose line is written; gives the others back with one crash more.
  private func endClaims(
    _ finished: [JobID: LineSummary], _ report: inout RecoveryReport
  ) throws(SpoolError) {
    let folder = FilePath(worker.text)
    do throws(PosixError) {
      guard try spool.files.exists(folder, in: spool.claimed) else { return }
    } catch { throw .system(error) }
    let day = FilePath(Moment(milliseconds: spool.clock.wallMilliseconds).day)
    let claims = try system { () throws(PosixError) in
      try spool.files.openDirectory(folder, in: spool.claimed)
    }
    let names = try list(claims)
    guard !names.isEmpty else { return }
    if names.contains(where: { finished[$0.job]?.state == .done }) {
      try spool.makeDurable(day, in: spool.done, called: "done")
    }
    for name in names {
      do throws(PosixError) {
        switch finished[name.job]?.state {
        case .done:
          try spool.files.rename(
            name.file, in: claims, to: day / name.file, in: spool.done, .replace)
          report.finished.append(name.job)
        case .failed:
          try spool.files.rename(name.file, in: claims, to: name.file, in: spool.failed, .replace)
          report.finished.append(name.job)
        default:
          try spool.files.rename(
            name.file, in: claims, to: name.crashedAgain.file, in: spool.ready, .keep)
          report.returned.append(name.job)
        }
      } catch { throw .system(error) }
    }
    // Before the checkpoint moves on, invariant 6.
    do throws(PosixError) {
      if try spool.files.exists(day, in: spool.done) {
        try spool.files.sync(spool.files.openDirectory(day, in: spool.done))
      }
      try spool.files.sync(spool.failed)
      try spool.files.sync(spool.ready)
      try spool.files.sync(claims)
    } catch { throw .system(error) }
  }

  private func list(_ folder: borrowing FileDescriptor) throws(SpoolError) -> [JobName] {
    do throws(PosixError) {
      return try spool.files.list(folder).compactMap { JobName($0) }.sorted()
    } catch { throw .system(error) }
  }
}
