// The files that people tail: one JSON line a job, appended, never shortened.

import JSON
import Posix

/// Which of the two kinds of lines a job ends with.
package enum LineKind: Hashable, Sendable {
  /// A line in `results/`.
  case result
  /// A line in `errors/` of a job that may be tried again by a person.
  case failure
  /// A line in `errors/` of a drop that was no work: duplicate, quarantined, cancelled.
  case notice

  /// The folder.
  var folder: FilePath { self == .result ? "results" : "errors" }
}

/// One open result or error file.
final class ResultLog: Sendable {
  /// The path relative to the spool.
  let path: FilePath
  /// The open file.
  let file: FileDescriptor
  /// The number of the file, by which recovery knows it again.
  let inode: UInt64

  /// Opens a file of lines, making it durable first, and returns it with its length.
  static func open(
    _ path: FilePath, in spool: SpoolDirectory
  ) throws(SpoolError) -> (log: ResultLog, byteCount: Int) {
    do throws(PosixError) {
      let isNew = try !spool.files.exists(path, in: spool.root)
      let file = try spool.files.open(
        path, in: spool.root, .createOrOpen, permissions: 0o640)
      let status = try spool.files.status(of: file)
      // A name that is lost with the power would take committed lines with it.
      if isNew || status.byteCount == 0 {
        try spool.files.sync(file)
        if path.hasPrefix("results/") {
          try spool.files.sync(spool.results)
        } else {
          try spool.files.sync(spool.errors)
        }
      }
      return (ResultLog(path: path, file: file, inode: status.inode), status.byteCount)
    } catch { throw .system(error) }
  }

  private init(path: FilePath, file: consuming FileDescriptor, inode: UInt64) {
    self.path = path
    self.file = file
    self.inode = inode
  }
}

/// What one line of a result or error file says about its job.
package struct LineSummary: Hashable, Sendable {
  /// The job.
  package let job: JobID
  /// The status, such as `ok` or `failed`.
  package let status: String
  /// The sequence number of the line within its worker.
  package let sequence: Int
}

/// Reads whole lines of a file from an offset on.
///
/// - Returns: The offset after the last whole line, and the number of bytes after it.
func readLines(
  _ path: FilePath, from start: Int, in spool: SpoolDirectory,
  _ body: (_ line: [UInt8]) throws(SpoolError) -> Void
) throws(SpoolError) -> (end: Int, rest: Int) {
  var offset = start
  var pending: [UInt8] = []
  let file = try system { () throws(PosixError) in
    try spool.files.open(path, in: spool.root, .read, permissions: 0)
  }
  while true {
    let chunk: [UInt8]
    do throws(PosixError) {
      chunk = try spool.files.read(file, at: offset + pending.count, count: 1 << 20)
    } catch { throw .system(error) }
    if chunk.isEmpty { return (offset, pending.count) }
    pending += chunk
    var from = 0
    while let feed = pending[from...].firstIndex(of: UInt8(ascii: "\n")) {
      try body(Array(pending[from..<feed]))
      from = feed + 1
    }
    offset += from
    pending.removeFirst(from)
    guard pending.count <= CommitLog.lineLimit else {
      throw .damaged(file: path.text, reason: "a line is longer than any that is written")
    }
  }
}

extension LineSummary {
  /// Reads a line, or returns nil when it is not one of ours.
  package init?(line: [UInt8]) {
    guard let value = try? JSONValue.parse(line),
      let job = value["job"]?.string.flatMap({ JobID($0) }),
      let status = value["status"]?.string, let sequence = value["run"]?["seq"]?.int
    else { return nil }
    self.init(job: job, status: status, sequence: sequence)
  }

  /// The folder of a job that has such a line.
  var state: JobState { status == "failed" ? .failed : .done }
}

extension SpoolDirectory {
  /// Calls a function with every line of results and errors.
  package func forEachLine(_ body: (_ file: String, _ line: [UInt8]) -> Void) throws(SpoolError) {
    for folder: FilePath in ["results", "errors"] {
      let names: [FilePath]
      do throws(PosixError) {
        names = try files.list(files.openDirectory(folder, in: root)).sorted()
      } catch { throw .system(error) }
      for name in names where name.hasSuffix(".jsonl") {
        _ = try readLines(folder / name, from: 0, in: self) { line throws(SpoolError) in
          body((folder / name).text, line)
        }
      }
    }
  }
}
