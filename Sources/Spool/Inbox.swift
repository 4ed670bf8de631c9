// The inbox of a queue: the only folder whose names, kinds and contents strangers choose.
//
// A file is taken when it was left alone for the settle time, no writer has it open, and its
// identity is the same before opening, when open, and after reading.

import Posix

/// What one look into an inbox found.
package struct InboxScan: Equatable, Sendable {
  /// One file and what became of it.
  package struct Taken: Equatable, Sendable {
    /// The name.
    package let name: String
    /// What became of it.
    package let outcome: Accepted
  }

  /// Files that became jobs, in order of their names.
  package var taken: [Taken] = []
  /// Files younger than the settle time.
  package var young: [String] = []
  /// Files that changed since the last look or while they were read, or that a writer has open.
  package var changing: [String] = []

  /// Creates an empty result.
  package init() {}
}

/// One queue's inbox.
package struct Inbox {
  private let spool: SpoolDirectory
  private let rules: IntakeRules
  /// What each waiting name was at the last look.
  private var seen: [FilePath: DropIdentity] = [:]

  /// Creates the view of a queue's inbox.
  package init(_ spool: SpoolDirectory, rules: IntakeRules) {
    self.spool = spool
    self.rules = rules
  }

  private var home: FilePath { spool.folder(of: rules.material.queue) }

  /// True for names that programs use for files they are not done with, or for their own ends.
  static func isSkipped(_ name: FilePath) -> Bool {
    let suffixes = [".part", ".tmp", ".crdownload", ".filepart", ".partial", ".swp"]
    return name.hasPrefix(".") || name.hasPrefix("~") || suffixes.contains { name.hasSuffix($0) }
      || ["Thumbs.db", "@eaDir", "desktop.ini"].contains(name)
  }

  /// Looks once through the inbox and accepts what is complete.
  ///
  /// - Parameter shouldStop: Asked before each file.
  package mutating func scan(
    _ acceptance: Acceptance, shouldStop: () -> Bool = { false }
  ) throws(SpoolError) -> InboxScan {
    var result = InboxScan()
    let files = spool.files
    let folder = try system { () throws(PosixError) in
      try files.openDirectory(home / "inbox", in: spool.root)
    }
    let names: [FilePath]
    do throws(PosixError) {
      names = try files.list(folder).filter { !Self.isSkipped($0) }.sorted()
    } catch { throw .system(error) }
    var waiting: [FilePath: DropIdentity] = [:]
    for name in names {
      if shouldStop() { break }
      let status: FileStatus
      do throws(PosixError) {
        status = try files.status(of: name, in: folder)
      } catch {
        if error.errno == .noEntry { continue }
        throw .system(error)
      }
      let identity = DropIdentity(status, name: name)
      if let before = seen[name], before != identity {
        result.changing.append(name.text)
        waiting[name] = identity
        continue
      }
      let age = spool.clock.wallMilliseconds - status.modifiedNanoseconds / 1_000_000
      // A time in the future says nothing: such a file must look the same twice.
      let settled = age < 0 ? seen[name] == identity : age >= rules.settleMilliseconds
      guard settled else {
        result.young.append(name.text)
        waiting[name] = identity
        continue
      }
      switch try take(name, status, identity, folder, acceptance) {
      case .accepted(let outcome):
        try dispose(name, identity, outcome, folder)
        if case .again = outcome, rules.afterAccept == .keep { continue }
        result.taken.append(InboxScan.Taken(name: name.text, outcome: outcome))
      case .changing:
        result.changing.append(name.text)
        waiting[name] = identity
      case .vanished: break
      }
    }
    seen = waiting
    return result
  }

  private enum Attempt {
    case accepted(Accepted)
    case changing
    case vanished
  }

  /// Reads and accepts one settled name.
  private func take(
    _ name: FilePath, _ status: FileStatus, _ identity: DropIdentity,
    _ folder: borrowing FileDescriptor, _ acceptance: Acceptance
  ) throws(SpoolError) -> Attempt {
    func refuse(_ code: String, _ message: String) throws(SpoolError) -> Attempt {
      .accepted(
        try acceptance.quarantine(
          Rejection(code: code, message: message), identity: identity, rules: rules))
    }
    guard status.kind == .regular else {
      return try refuse("input.not_a_file", sentence(for: status.kind))
    }
    guard status.byteCount <= rules.byteLimit else {
      return .accepted(
        try acceptance.quarantine(
          acceptance.tooLarge(status.byteCount, rules), identity: identity, rules: rules))
    }
    let bytes: [UInt8]
    do throws(PosixError) {
      let file = try spool.files.open(name, in: folder, .readUntrusted, permissions: 0)
      // Swapped for something else since it was looked at.
      guard DropIdentity(try spool.files.status(of: file), name: name) == identity,
        !spool.files.hasWriter(file)
      else { return .changing }
      bytes = try spool.files.read(file, at: 0, count: status.byteCount)
      guard bytes.count == status.byteCount,
        DropIdentity(try spool.files.status(of: file), name: name) == identity
      else { return .changing }
    } catch {
      switch error.errno {
      case .noEntry?: return .vanished
      case .loop?: return .changing
      case .access?, .notPermitted?:
        return try refuse(
          "input.unreadable",
          "The file may not be read by this program. Give its user read permission and drop the"
            + " file again.")
      default: throw .system(error)
      }
    }
    return .accepted(try acceptance.accept(bytes, identity: identity, rules: rules))
  }

  private func sentence(for kind: FileStatus.Kind) -> String {
    switch kind {
    case .directory: "This is a folder. Drop the documents themselves into the inbox."
    case .symbolicLink: "This is a symbolic link. Drop the document itself, not a link to it."
    case .pipe: "This is a pipe, not a file. Drop the document as a file."
    default: "This is a special file, not a document. Drop the document as a regular file."
    }
  }
}

// MARK: - The original

extension Inbox {
  /// Moves an accepted original out of the inbox, unless it is not the accepted file any more.
  private func dispose(
    _ name: FilePath, _ identity: DropIdentity, _ outcome: Accepted,
    _ folder: borrowing FileDescriptor
  ) throws(SpoolError) {
    var rejection: Rejection?
    switch outcome {
    case .quarantined(_, let reason): rejection = reason
    case .again(let job):
      // A crash came before the move: the envelope still knows where the file belongs.
      rejection = try spool.rejection(of: job, identity: identity, rules.material.queue)
    case .job, .duplicate: break
    }
    if rejection == nil, rules.afterAccept == .keep { return }
    do throws(PosixError) {
      guard DropIdentity(try spool.files.status(of: name, in: folder), name: name) == identity
      else { return }
      if let rejection {
        try move(name, from: folder, to: home / "rejected")
        try explain(rejection, name)
      } else if rules.afterAccept == .delete {
        try spool.files.unlink(name, in: folder)
      } else {
        let month = FilePath(Moment(milliseconds: spool.clock.wallMilliseconds).month)
        let taken = home / "taken" / month
        if try !spool.files.exists(taken, in: spool.root) {
          try spool.files.makeDirectory(taken, in: spool.root, permissions: 0o755)
        }
        try move(name, from: folder, to: taken)
      }
    } catch {
      // Accepted all the same; where it may not be moved, later looks find it entered.
      guard error.isPermission || error.errno == .noEntry || error.errno == .crossDevice else {
        throw .system(error)
      }
    }
  }

  /// Moves a file under its own name, or with a number after it where that is taken.
  private func move(
    _ name: FilePath, from folder: borrowing FileDescriptor, to target: FilePath
  ) throws(PosixError) {
    let goal = try spool.files.openDirectory(target, in: spool.root)
    for number in 1...9999 {
      let candidate = number == 1 ? name : numbered(name, number)
      do throws(PosixError) {
        return try spool.files.rename(name, in: folder, to: candidate, in: goal, .keep)
      } catch {
        guard error.errno == .exists else { throw error }
      }
    }
    throw .call("rename", subject: name.text, .exists)
  }

  /// `letter.txt` becomes `letter~2.txt`.
  private func numbered(_ name: FilePath, _ number: Int) -> FilePath {
    let bytes = name.bytes
    let dot = bytes.lastIndex(of: UInt8(ascii: ".")).flatMap { $0 > 0 ? $0 : nil } ?? bytes.count
    let tail = bytes[dot...].suffix(32)
    return FilePath(bytes: bytes[..<dot].prefix(200) + Array("~\(number)".utf8) + tail)
  }

  /// Writes why a file was refused, beside it.
  private func explain(_ reason: Rejection, _ name: FilePath) throws(PosixError) {
    let goal = try spool.files.openDirectory(home / "rejected", in: spool.root)
    let note = FilePath(bytes: name.bytes.prefix(240) + Array(".why.txt".utf8))
    if try spool.files.exists(note, in: goal) { try spool.files.unlink(note, in: goal) }
    let file = try spool.files.open(note, in: goal, .createExclusive, permissions: 0o644)
    try spool.files.writeAll(
      Array("\(name.text)\n\n\(reason.message)\n\n(\(reason.code))\n".utf8), to: file, at: 0)
  }
}

extension SpoolDirectory {
  /// Returns why a drop accepted before was refused, or nil when it was not.
  func rejection(
    of job: JobID, identity: DropIdentity, _ queue: SpoolName
  ) throws(SpoolError) -> Rejection? {
    let entry = dropEntry("quarantined", queue: queue, identity: identity)
    if let envelope = try entered(entry), envelope.job == job,
      case .quarantined(let reason) = envelope.kind
    {
      return reason
    }
    return nil
  }
}
