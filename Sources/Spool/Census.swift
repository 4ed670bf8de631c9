// What is where: the jobs by folder, the lines by status, and whether both agree.

import JSON
import Posix

/// The jobs of a spool by what became of them.
package struct Census: Equatable, Sendable {
  /// The entries of `keys/`: every accepted job has exactly one.
  package var accepted = 0
  /// The lines by their status.
  package var lines: [String: Int] = [:]
  /// The jobs that have no line yet.
  package var pending = 0
  /// Jobs with more than one line.
  package var doubled: [String] = []
  /// The files that wait in inboxes, by queue.
  package var inboxes: [String: Int] = [:]

  package init() {}

  /// The lines of all statuses together.
  package var lineCount: Int { lines.values.reduce(0, +) }

  /// Whether every accepted job has one line or is pending.
  package var isConserved: Bool { accepted == lineCount + pending && doubled.isEmpty }
}

extension SpoolDirectory {
  /// Returns where a job is, nil if the spool holds none of this id.
  package func state(of job: JobID) throws(SpoolError) -> JobState? {
    if try find(job, in: "ready") != nil { return .ready }
    for worker in try names("claimed") where try find(job, in: "claimed" / worker) != nil {
      return .claimed(worker: worker.text)
    }
    if try find(job, in: "failed") != nil { return .failed }
    for day in try names("done") where try find(job, in: "done" / day) != nil { return .done }
    return try find(job, in: "tmp") != nil ? .entering : nil
  }

  /// Counts jobs and lines.
  package func census() throws(SpoolError) -> Census {
    var census = Census()
    for shard in try names("keys") { census.accepted += try names("keys" / shard).count }
    var pending: Set<JobID> = []
    for folder in try ["ready"] + names("claimed").map({ "claimed" / $0 }) {
      for name in try names(folder) { if let job = JobName(name) { pending.insert(job.job) } }
    }
    for name in try names("tmp") { if let job = JobName(name) { pending.insert(job.job) } }
    var seen: Set<JobID> = []
    for folder: FilePath in ["results", "errors"] {
      for name in try names(folder) where name.hasSuffix(".jsonl") {
        _ = try readLines(folder / name, from: 0, in: self) { line throws(SpoolError) in
          guard let summary = LineSummary(line: line) else {
            throw .damaged(
              file: (folder / name).text, reason: "a line is not a record of this program")
          }
          census.lines[summary.status, default: 0] += 1
          if !seen.insert(summary.job).inserted { census.doubled.append(summary.job.text) }
        }
      }
    }
    census.pending = pending.subtracting(seen).count
    for queue in try queues() {
      let waiting = try names(folder(of: queue) / "inbox").filter { !Inbox.isSkipped($0) }
      census.inboxes[queue.text] = waiting.count
    }
    return census
  }

  /// Calls a function with every line of results and errors.
  package func forEachLine(_ body: (_ file: String, _ line: [UInt8]) -> Void) throws(SpoolError) {
    for folder: FilePath in ["results", "errors"] {
      for name in try names(folder) where name.hasSuffix(".jsonl") {
        _ = try readLines(folder / name, from: 0, in: self) { line throws(SpoolError) in
          body((folder / name).text, line)
        }
      }
    }
  }

  private func names(_ folder: FilePath) throws(SpoolError) -> [FilePath] {
    do throws(PosixError) {
      return try files.list(files.openDirectory(folder, in: root)).sorted()
    } catch {
      // Another worker may remove what was listed a moment ago.
      if error.errno == .noEntry { return [] }
      throw .system(error)
    }
  }

  private func find(_ job: JobID, in folder: FilePath) throws(SpoolError) -> JobName? {
    try names(folder).lazy.compactMap { JobName($0) }.first { $0.job == job }
  }
}
