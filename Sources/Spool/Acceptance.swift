// How a drop becomes a job, whoever hands it in: the one order of steps, under one lock.
//
//   document → docs/, sync → envelope → tmp/, sync → link keys/, sync → ready/, sync = accepted

import Digests
package import Posix

/// What intake must know of a queue.
package struct IntakeRules: Sendable {
  /// What the source file's fate is once it is accepted.
  package enum AfterAccept: String, Hashable, Sendable, CaseIterable {
    case move, keep, delete
  }

  /// What decides about duplicates.
  package let material: KeyMaterial
  /// 0 to 9; jobs of a lower number run first.
  package let priority: Int
  /// How long a file must have been left alone.
  package let settleMilliseconds: Int
  /// The largest document.
  package let byteLimit: Int
  /// What tells drops of one content apart.
  package let dedupe: Dedupe
  /// The source file's fate.
  package let afterAccept: AfterAccept
  /// Judges a document's bytes: a reason to refuse them, or nil.
  package let inspect: @Sendable (_ bytes: [UInt8], _ name: String) -> Rejection?

  /// Creates the rules.
  package init(
    material: KeyMaterial, priority: Int, settleMilliseconds: Int, byteLimit: Int, dedupe: Dedupe,
    afterAccept: AfterAccept,
    inspect: @escaping @Sendable (_ bytes: [UInt8], _ name: String) -> Rejection?
  ) {
    self.material = material
    self.priority = priority
    self.settleMilliseconds = settleMilliseconds
    self.byteLimit = byteLimit
    self.dedupe = dedupe
    self.afterAccept = afterAccept
    self.inspect = inspect
  }
}

/// What became of one drop.
package enum Accepted: Equatable, Sendable {
  /// A new job.
  case job(JobID)
  /// A job that will only say which first job did this work.
  case duplicate(JobID, of: JobID)
  /// A job that will only say why the drop was refused.
  case quarantined(JobID, Rejection)
  /// The same drop was accepted before; nothing was added.
  case again(JobID)
}

/// The right to accept jobs; held by one process at a time.
package final class Acceptance {
  let spool: SpoolDirectory
  private let lock: FileLock
  private let ids: JobIDSource

  /// Takes the intake lock and finishes what a crash left in `tmp/`; nil when the lock is held.
  package init?(_ spool: SpoolDirectory, ids: JobIDSource) throws(SpoolError) {
    guard let lock = try spool.lock("intake.lock") else { return nil }
    self.lock = lock
    self.spool = spool
    self.ids = ids
    try recover()
  }

  /// Accepts a document that lies in no inbox.
  package func submit(
    _ path: FilePath, rules: IntakeRules
  ) throws(SpoolError) -> Accepted {
    let name = path.lastComponent
    let status: FileStatus
    do throws(PosixError) {
      status = try spool.files.status(of: FileDescriptor.open(path, .readNow))
    } catch { throw .system(error) }
    let identity = DropIdentity(status, name: name)
    if status.byteCount > rules.byteLimit {
      return try quarantine(tooLarge(status.byteCount, rules), identity: identity, rules: rules)
    }
    let bytes: [UInt8]
    do throws(PosixError) {
      bytes = try readFile(path, limit: rules.byteLimit)
    } catch { throw .system(error) }
    return try accept(bytes, identity: identity, rules: rules)
  }

  /// Accepts the bytes of a drop.
  func accept(
    _ bytes: [UInt8], identity: DropIdentity, rules: IntakeRules
  ) throws(SpoolError) -> Accepted {
    let digest = SHA256.hash(bytes)
    let key = rules.material.key(document: digest, dedupe: rules.dedupe, identity: identity)
    if let first = try spool.entered(key) {
      return try again(first, key: key, document: digest, identity: identity, rules: rules)
    }
    if let reason = rules.inspect(bytes, identity.name.text) {
      return try quarantine(reason, identity: identity, rules: rules)
    }
    let job = try ids.next()
    try store(bytes, digest, job)
    let envelope = makeEnvelope(
      job, .document, key: key, entry: key, document: digest, identity: identity, rules: rules)
    if let first = try enter(envelope) {
      return try again(first, key: key, document: digest, identity: identity, rules: rules)
    }
    return .job(job)
  }

  /// Accepts a drop that cannot be a document, so that it has a line too.
  func quarantine(
    _ reason: Rejection, identity: DropIdentity, rules: IntakeRules
  ) throws(SpoolError) -> Accepted {
    let entry = dropEntry("quarantined", queue: rules.material.queue, identity: identity)
    if let first = try spool.entered(entry) { return .again(first.job) }
    let job = try ids.next()
    let envelope = makeEnvelope(
      job, .quarantined(reason), key: entry, entry: entry, document: nil, identity: identity,
      rules: rules)
    if let first = try enter(envelope) { return .again(first.job) }
    return .quarantined(job, reason)
  }

  /// The reason for a document beyond the limit of its queue.
  func tooLarge(_ byteCount: Int, _ rules: IntakeRules) -> Rejection {
    Rejection(
      code: "input.too_large",
      message: "The file has \(byteCount) bytes; this queue takes at most \(rules.byteLimit)."
        + " Raise accept.max_bytes in queue.json, or split the file.")
  }
}

// MARK: - Steps

extension Acceptance {
  /// Answers a drop whose key is entered: the same drop, or a duplicate with a line of its own.
  private func again(
    _ first: Envelope, key: Digest, document: Digest, identity: DropIdentity, rules: IntakeRules
  ) throws(SpoolError) -> Accepted {
    if first.identity == identity { return .again(first.job) }
    let entry = dropEntry(
      "duplicate \(key.hex)", queue: rules.material.queue, identity: identity)
    if let known = try spool.entered(entry) { return .again(known.job) }
    let job = try ids.next()
    let envelope = makeEnvelope(
      job, .duplicate(of: first.job), key: key, entry: entry, document: document,
      identity: identity, rules: rules)
    if let known = try enter(envelope) { return .again(known.job) }
    return .duplicate(job, of: first.job)
  }

  private func makeEnvelope(
    _ job: JobID, _ kind: Envelope.Kind, key: Digest, entry: Digest, document: Digest?,
    identity: DropIdentity, rules: IntakeRules
  ) -> Envelope {
    Envelope(
      job: job, queue: rules.material.queue, kind: kind, key: key, entry: entry,
      priority: rules.priority, acceptedMilliseconds: spool.clock.wallMilliseconds,
      document: document, identity: identity)
  }

  /// Keeps the bytes of a document under their hash.
  private func store(
    _ bytes: [UInt8], _ digest: Digest, _ job: JobID
  ) throws(SpoolError) {
    let shard = spool.shard(digest)
    try spool.makeDurable(shard, in: spool.docs, called: "docs")
    let files = spool.files
    do throws(PosixError) {
      let folder = try files.openDirectory(shard, in: spool.docs)
      let name = FilePath(digest.hex)
      if try !files.exists(name, in: folder) {
        let draft = FilePath("\(job).doc")
        let file = try files.open(draft, in: spool.tmp, .createExclusive, permissions: 0o400)
        try files.writeAll(bytes, to: file, at: 0)
        try files.sync(file)
        try files.rename(draft, in: spool.tmp, to: name, in: folder, .replace)
      }
      // Also where it exists: the crash may have come between the move and this.
      try files.sync(folder)
    } catch { throw .system(error) }
  }

  /// Enters an envelope; returns the one that stands there already instead.
  private func enter(_ envelope: Envelope) throws(SpoolError) -> Envelope? {
    let shard = spool.shard(envelope.entry)
    try spool.makeDurable(shard, in: spool.keys, called: "keys")
    let files = spool.files
    let name = envelope.file.file
    do throws(PosixError) {
      let folder = try files.openDirectory(shard, in: spool.keys)
      let file = try files.open(name, in: spool.tmp, .createExclusive, permissions: 0o600)
      try files.writeAll(envelope.bytes, to: file, at: 0)
      try files.sync(file)
      try files.sync(spool.tmp)
      do throws(PosixError) {
        try files.link(name, in: spool.tmp, to: FilePath(envelope.entry.hex), in: folder)
      } catch {
        guard error.errno == .exists else { throw error }
        try files.unlink(name, in: spool.tmp)
      }
      try files.sync(folder)
    } catch { throw .system(error) }
    let entered = try spool.entered(envelope.entry)
    guard entered == nil || entered?.job == envelope.job else { return entered }
    try admit(name)
    return nil
  }

  /// Moves an entered envelope to `ready/`: the job is accepted, invariant 2.
  private func admit(_ name: FilePath) throws(SpoolError) {
    do throws(PosixError) {
      try spool.files.rename(name, in: spool.tmp, to: name, in: spool.ready, .keep)
      try spool.files.sync(spool.ready)
    } catch { throw .system(error) }
  }

  /// Finishes or removes what a crash left in `tmp/`.
  private func recover() throws(SpoolError) {
    let names: [FilePath]
    do throws(PosixError) { names = try spool.files.list(spool.tmp) } catch {
      throw .system(error)
    }
    for name in names {
      do throws(PosixError) {
        if JobName(name) != nil, let bytes = try readIfWhole(name),
          let envelope = Envelope(bytes: bytes)
        {
          let entered: Envelope?
          do throws(SpoolError) { entered = try spool.entered(envelope.entry) } catch {
            if case .system(let inner) = error { throw inner }
            entered = nil
          }
          if entered?.job == envelope.job {
            try spool.files.sync(
              spool.files.openDirectory(spool.shard(envelope.entry), in: spool.keys))
            try spool.files.rename(name, in: spool.tmp, to: name, in: spool.ready, .keep)
            try spool.files.sync(spool.ready)
            continue
          }
        }
        try spool.files.unlink(name, in: spool.tmp)
      } catch { throw .system(error) }
    }
  }

  private func readIfWhole(_ name: FilePath) throws(PosixError) -> [UInt8]? {
    do throws(PosixError) {
      return try spool.files.readAll(name, in: spool.tmp, limit: Envelope.byteLimit)
    } catch {
      if case .tooLarge = error { return nil }
      throw error
    }
  }
}
