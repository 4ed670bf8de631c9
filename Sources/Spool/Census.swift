// Counting: what is where, whether anything was lost or doubled, and the story of one job.

import Posix

/// The numbers of a spool, from its folders and lines.
package struct Census: Equatable, Sendable {
  /// Jobs ever accepted.
  package var accepted = 0
  /// Jobs that wait.
  package var ready = 0
  /// Jobs in the hands of workers.
  package var claimed = 0
  /// Jobs entered and not yet ready.
  package var entering = 0
  /// Lines by status, such as `ok` and `duplicate`.
  package var lines: [String: Int] = [:]
  /// Accepted jobs that are neither waiting nor have a line.
  package var lost: [JobID] = []
  /// Jobs with more than one line.
  package var doubled: [JobID] = []
  /// Jobs with a line that were never accepted.
  package var unknown: [JobID] = []
  /// Lines that no program of ours has written, and torn last lines, by file.
  package var unreadable: [String] = []

  /// Creates an empty census.
  package init() {}

  /// The lines of all statuses together.
  package var lineCount: Int { lines.values.reduce(0, +) }

  /// Jobs without a line.
  package var pending: Int { ready + claimed + entering }

  /// True when accepted = lines + pending, job by job.
  package var isConserved: Bool {
    lost.isEmpty && doubled.isEmpty && unknown.isEmpty && unreadable.isEmpty
  }

  /// What is wrong, in words and by name; empty when all is conserved.
  package var discrepancies: [String] {
    let jobs = [("without a line", lost), ("with two lines", doubled), ("never accepted", unknown)]
    return jobs.filter { !$0.1.isEmpty }.map { what, jobs in
      "\(what): " + jobs.prefix(20).map(\.text).joined(separator: ", ")
        + (jobs.count > 20 ? " and \(jobs.count - 20) more" : "")
    } + Set(unreadable).sorted().map { "\($0) holds lines of another kind, or a torn one" }
  }
}

/// Everything that the spool knows about one job.
package struct JobStory: Sendable {
  /// The envelope.
  package let envelope: Envelope
  /// Where it is.
  package let state: JobState
  /// How many workers died with it.
  package let crashes: Int
  /// Its line without the line feed, once it has one.
  package let line: [UInt8]?
  /// The file that holds the line, relative to the spool.
  package let lineFile: String?
}

extension SpoolDirectory {
  /// Counts everything; what moves meanwhile is looked at again.
  package func census() throws(SpoolError) -> Census {
    var census = try countOnce()
    // A worker that moves a job between two looks makes it seem lost for a moment.
    for _ in 0..<3 where !census.isConserved {
      clock.sleep(milliseconds: 50)
      census = try countOnce()
    }
    return census
  }

  private func countOnce() throws(SpoolError) -> Census {
    var census = Census()
    var open: Set<JobID> = []
    var accepted: Set<JobID> = []
    // Before the folders: jobs only move forward from here.
    try forEachEntry { envelope throws(SpoolError) in accepted.insert(envelope.job) }
    for job in try names(in: "tmp") where accepted.contains(job.job) {
      census.entering += 1
      open.insert(job.job)
    }
    for job in try names(in: "ready") where open.insert(job.job).inserted { census.ready += 1 }
    for worker in try subfolders(of: "claimed") {
      for job in try names(in: "claimed" / worker) where open.insert(job.job).inserted {
        census.claimed += 1
      }
    }
    var seen: Set<JobID> = []
    for path in try lineFiles() {
      let (_, rest) = try readLines(path, from: 0, in: self) { line throws(SpoolError) in
        guard let summary = LineSummary(line: line) else {
          census.unreadable.append(path.text)
          return
        }
        if seen.insert(summary.job).inserted {
          census.lines[summary.status, default: 0] += 1
        } else {
          census.doubled.append(summary.job)
        }
      }
      if rest > 0 { census.unreadable.append(path.text) }
    }
    // Accepted since the first look.
    if seen.union(open).contains(where: { !accepted.contains($0) }) {
      try forEachEntry { envelope throws(SpoolError) in accepted.insert(envelope.job) }
    }
    census.accepted = accepted.count
    census.lost = accepted.subtracting(seen).subtracting(open).sorted()
    census.unknown = seen.subtracting(accepted).sorted()
    // A claim whose line is written but that is not ended yet is not pending.
    let both = seen.intersection(open).count
    census.claimed = max(0, census.claimed - both)
    return census
  }

  /// Finds jobs by id, or by the name of the dropped file, in order of acceptance.
  package func stories(of what: String) throws(SpoolError) -> [JobStory] {
    var found: [Envelope] = []
    let name = FilePath(what).lastComponent
    try forEachEntry { envelope throws(SpoolError) in
      if envelope.job.text == what || envelope.identity.name == name { found.append(envelope) }
    }
    guard !found.isEmpty else { return [] }
    var places: [JobID: (JobState, Int)] = [:]
    for job in try names(in: "tmp") { places[job.job] = (.entering, job.crashes) }
    for job in try names(in: "ready") { places[job.job] = (.ready, job.crashes) }
    for worker in try subfolders(of: "claimed") {
      for job in try names(in: "claimed" / worker) {
        places[job.job] = (.claimed(worker: worker.text), job.crashes)
      }
    }
    for day in try subfolders(of: "done") {
      for job in try names(in: "done" / day) { places[job.job] = (.done, job.crashes) }
    }
    for job in try names(in: "failed") { places[job.job] = (.failed, job.crashes) }
    let wanted = Set(found.map(\.job))
    var lines: [JobID: (String, [UInt8])] = [:]
    for path in try lineFiles() {
      _ = try readLines(path, from: 0, in: self) { line throws(SpoolError) in
        if let summary = LineSummary(line: line), wanted.contains(summary.job) {
          lines[summary.job] = (path.text, line)
        }
      }
    }
    return found.sorted { $0.job < $1.job }.map { envelope in
      let (state, crashes) = places[envelope.job] ?? (.entering, 0)
      let line = lines[envelope.job]
      return JobStory(
        envelope: envelope, state: state, crashes: crashes, line: line?.1, lineFile: line?.0)
    }
  }

  /// Returns the state of a job by its folder, or nil when it is in none.
  package func state(of job: JobID) throws(SpoolError) -> JobState? {
    func holds(_ folder: FilePath) throws(SpoolError) -> Bool {
      try names(in: folder).contains { $0.job == job }
    }
    if try holds("failed") { return .failed }
    if try holds("ready") { return .ready }
    for worker in try subfolders(of: "claimed") where try holds("claimed" / worker) {
      return .claimed(worker: worker.text)
    }
    for day in try subfolders(of: "done") where try holds("done" / day) { return .done }
    return try holds("tmp") ? .entering : nil
  }

  /// The files in an inbox that wait to be accepted.
  package func inboxNames(of queue: SpoolName) throws(SpoolError) -> [String] {
    let inbox = folder(of: queue) / "inbox"
    return try list(inbox).filter { !Inbox.isSkipped($0) }.map(\.text).sorted()
  }

  private func forEachEntry(
    _ body: (Envelope) throws(SpoolError) -> Void
  ) throws(SpoolError) {
    for shard in try subfolders(of: "keys") {
      for name in try list("keys" / shard) {
        let bytes: [UInt8]
        do throws(PosixError) {
          bytes = try files.readAll(shard / name, in: keys, limit: Envelope.byteLimit)
        } catch { throw .system(error) }
        guard let envelope = Envelope(bytes: bytes) else {
          throw .damaged(file: "keys/\(shard)/\(name)", reason: "it is not an envelope")
        }
        try body(envelope)
      }
    }
  }

  private func lineFiles() throws(SpoolError) -> [FilePath] {
    var paths: [FilePath] = []
    for folder in ["results", "results/sealed", "errors"] as [FilePath] {
      paths += try list(folder).filter { $0.hasSuffix(".jsonl") }.sorted().map { folder / $0 }
    }
    return paths
  }

  private func names(in folder: FilePath) throws(SpoolError) -> [JobName] {
    try list(folder).compactMap { JobName($0) }.sorted()
  }

  private func subfolders(of folder: FilePath) throws(SpoolError) -> [FilePath] {
    try list(folder).sorted()
  }

  private func list(_ folder: FilePath) throws(SpoolError) -> [FilePath] {
    do throws(PosixError) {
      return try files.list(files.openDirectory(folder, in: root))
    } catch {
      // Another worker may remove what was listed a moment ago.
      if error.errno == .noEntry { return [] }
      throw .system(error)
    }
  }
}
