// The spool as folders: layout, version, queues, and the few operations that all others share.

import Digests
package import Posix
import Synchronization

/// An open spool.
package final class SpoolDirectory: Sendable {
  /// The content of the file VERSION.
  package static let version = SpoolVersion.text

  /// The path, for messages.
  package let path: FilePath
  /// The calls that all of the spool is written in.
  package let files: any FileSystem
  /// The clock.
  package let clock: any Clock
  /// The spool itself.
  let root: FileDescriptor
  let tmp: FileDescriptor
  let ready: FileDescriptor
  let keys: FileDescriptor
  let docs: FileDescriptor
  let claimed: FileDescriptor
  let done: FileDescriptor
  let failed: FileDescriptor
  let results: FileDescriptor
  let errors: FileDescriptor
  let state: FileDescriptor
  let run: FileDescriptor
  /// Subfolders whose own names this process has forced to disk.
  private let durable = Mutex<Set<FilePath>>([])

  /// The folder of stored prompt prefixes, which may be emptied at any time.
  package var prefixes: FilePath { path / "cache/prefix" }

  /// The folders of the layout; `delayed` and `sidecar` have no use yet.
  static let layout: [FilePath] = [
    "queues", "docs", "keys", "tmp", "ready", "delayed", "claimed", "done", "failed", "results",
    "results/sealed", "errors", "sidecar", "state", "run", "cache", "cache/prefix",
  ]

  /// Makes a spool in a folder that may exist; one that is a spool already stays as it is.
  package static func create(
    _ path: FilePath, files: any FileSystem = PosixFileSystem(), clock: any Clock = SystemClock()
  ) throws(SpoolError) -> SpoolDirectory {
    let parent = try system { () throws(PosixError) in
      try FileDescriptor.open(path.parent ?? ".", .directory)
    }
    try makeDirectory(path.lastComponent, in: parent, files, permissions: 0o755)
    let root = try system { () throws(PosixError) in
      try FileDescriptor.open(path, .directory)
    }
    try refuseNetwork(root, path)
    for folder in layout {
      // People drop files and read results; the rest is the worker's.
      let shared = folder == "queues" || folder.hasPrefix("results") || folder == "errors"
      try makeDirectory(folder, in: root, files, permissions: shared ? 0o755 : 0o700)
    }
    try system { () throws(PosixError) in
      if try !files.exists("VERSION", in: root) {
        let draft: FilePath = "tmp/VERSION"
        if try files.exists(draft, in: root) { try files.unlink(draft, in: root) }
        let file = try files.open(draft, in: root, .createExclusive, permissions: 0o644)
        try files.writeAll(Array((version + "\n").utf8), to: file, at: 0)
        try files.sync(file)
        try files.sync(root)
        try files.rename(draft, in: root, to: "VERSION", in: root, .replace)
        try files.sync(root)
      }
    }
    return try SpoolDirectory(opening: path, files: files, clock: clock)
  }

  /// Opens a spool.
  package init(
    opening path: FilePath, files: any FileSystem = PosixFileSystem(),
    clock: any Clock = SystemClock()
  ) throws(SpoolError) {
    self.path = path
    self.files = files
    self.clock = clock
    let root = try system { () throws(PosixError) in
      try FileDescriptor.open(path, .directory)
    }
    let found: String
    do throws(PosixError) {
      let bytes = try files.readAll("VERSION", in: root, limit: 256)
      found = String(String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" })
    } catch {
      if error.errno == .noEntry { throw .notASpool(path: path.text) }
      throw .system(error)
    }
    guard found == Self.version else {
      throw .unknownVersion(path: path.text, found: found)
    }
    try Self.refuseNetwork(root, path)
    tmp = try Self.openFolder("tmp", in: root, of: path, files)
    ready = try Self.openFolder("ready", in: root, of: path, files)
    keys = try Self.openFolder("keys", in: root, of: path, files)
    docs = try Self.openFolder("docs", in: root, of: path, files)
    claimed = try Self.openFolder("claimed", in: root, of: path, files)
    done = try Self.openFolder("done", in: root, of: path, files)
    failed = try Self.openFolder("failed", in: root, of: path, files)
    results = try Self.openFolder("results", in: root, of: path, files)
    errors = try Self.openFolder("errors", in: root, of: path, files)
    state = try Self.openFolder("state", in: root, of: path, files)
    run = try Self.openFolder("run", in: root, of: path, files)
    self.root = root
  }

  private static func openFolder(
    _ name: FilePath, in root: borrowing FileDescriptor, of path: FilePath, _ files: any FileSystem
  ) throws(SpoolError) -> FileDescriptor {
    do throws(PosixError) {
      return try files.openDirectory(name, in: root)
    } catch {
      throw error.errno == .noEntry
        ? .damaged(file: (path / name).text, reason: "the folder is missing") : .system(error)
    }
  }

  private static func refuseNetwork(
    _ root: borrowing FileDescriptor, _ path: FilePath
  ) throws(SpoolError) {
    let volume: Volume
    do throws(PosixError) { volume = try Volume.holding(root) } catch { throw .system(error) }
    if volume.isNetwork { throw .networkFileSystem(path: path.text) }
  }

  private static func makeDirectory(
    _ name: FilePath, in folder: borrowing FileDescriptor, _ files: any FileSystem,
    permissions: UInt32
  ) throws(SpoolError) {
    do throws(PosixError) {
      try files.makeDirectory(name, in: folder, permissions: permissions)
    } catch {
      if error.errno != .exists { throw .system(error) }
    }
  }
}

// MARK: - Queues

extension SpoolDirectory {
  /// The names of the queues, sorted.
  package func queues() throws(SpoolError) -> [SpoolName] {
    let names = try system { () throws(PosixError) in
      try files.list(files.openDirectory("queues", in: root))
    }
    return names.compactMap { try? SpoolName($0.text) }.sorted()
  }

  /// The folder of a queue, relative to the spool.
  package func folder(of queue: SpoolName) -> FilePath { "queues" / FilePath(queue.text) }

  /// Makes a queue with its files, such as `queue.json` and `schema.json`.
  package func createQueue(
    _ queue: SpoolName, files contents: [(name: FilePath, bytes: [UInt8])]
  ) throws(SpoolError) {
    let folder = folder(of: queue)
    let names = try system { () throws(PosixError) in
      try files.list(files.openDirectory("queues", in: root))
    }
    if names.contains(FilePath(queue.text)),
      try system({ () throws(PosixError) in
        try files.exists(folder / "queue.json", in: root)
      })
    {
      throw .queueExists(queue.text)
    }
    try Self.makeDirectory(folder, in: root, files, permissions: 0o755)
    for (name, shared) in [("inbox", true), ("taken", false), ("rejected", true), ("out", true)] {
      try Self.makeDirectory(
        folder / FilePath(name), in: root, files, permissions: shared ? 0o777 : 0o755)
    }
    try system { () throws(PosixError) in
      let home = try files.openDirectory(folder, in: root)
      // queue.json comes last: a queue without it does not exist.
      for (name, bytes) in contents {
        if try files.exists(name, in: home) { try files.unlink(name, in: home) }
        let file = try files.open(name, in: home, .createExclusive, permissions: 0o644)
        try files.writeAll(bytes, to: file, at: 0)
        try files.sync(file)
      }
      try files.sync(home)
    }
  }

  /// Reads a file of a queue's folder.
  package func readQueueFile(
    _ name: FilePath, of queue: SpoolName, limit: Int
  ) throws(SpoolError) -> [UInt8] {
    try system { () throws(PosixError) in
      try files.readAll(folder(of: queue) / name, in: root, limit: limit)
    }
  }
}

// MARK: - Shared operations

extension SpoolDirectory {
  /// Takes a lock below `run/`, or returns nil when another process holds it.
  func lock(_ name: FilePath) throws(SpoolError) -> FileLock? {
    try system { () throws(PosixError) in
      try FileLock.take(files.open(name, in: run, .createOrOpen, permissions: 0o600))
    }
  }

  /// Makes sure that a subfolder exists and that its name survives a loss of power.
  func makeDurable(
    _ name: FilePath, in folder: borrowing FileDescriptor, called label: FilePath
  ) throws(SpoolError) {
    guard !durable.withLock({ $0.contains(label / name) }) else { return }
    try Self.makeDirectory(name, in: folder, files, permissions: 0o700)
    do throws(PosixError) { try files.sync(folder) } catch { throw .system(error) }
    durable.withLock { _ = $0.insert(label / name) }
  }

  /// The two first digits of a hash, a subfolder of `docs/` and `keys/`.
  func shard(_ digest: Digest) -> FilePath { FilePath(String(digest.hex.prefix(2))) }

  /// Writes a small file anew, at once or not at all, and forces it to disk.
  func replace(
    _ name: FilePath, in folder: borrowing FileDescriptor, with bytes: [UInt8]
  ) throws(SpoolError) {
    let draft = FilePath(bytes: name.bytes + Array(".new".utf8))
    do throws(PosixError) {
      if try files.exists(draft, in: folder) { try files.unlink(draft, in: folder) }
      let file = try files.open(draft, in: folder, .createExclusive, permissions: 0o600)
      try files.writeAll(bytes, to: file, at: 0)
      try files.sync(file)
      try files.rename(draft, in: folder, to: name, in: folder, .replace)
      try files.sync(folder)
    } catch { throw .system(error) }
  }

  /// Reads the envelope entered under a key, or nil when there is none.
  func entered(_ entry: Digest) throws(SpoolError) -> Envelope? {
    let name = shard(entry) / FilePath(entry.hex)
    let bytes: [UInt8]
    do throws(PosixError) {
      bytes = try files.readAll(name, in: keys, limit: Envelope.byteLimit)
    } catch {
      if error.errno == .noEntry { return nil }
      throw .system(error)
    }
    guard let envelope = Envelope(bytes: bytes) else {
      throw .damaged(file: "keys/\(name.text)", reason: "it is not an envelope")
    }
    return envelope
  }

  /// Reads the accepted bytes of a job and checks them against their hash.
  package func document(of envelope: Envelope) throws(SpoolError) -> [UInt8] {
    guard let digest = envelope.document else { return [] }
    let name = shard(digest) / FilePath(digest.hex)
    let bytes = try system { () throws(PosixError) in
      try files.readAll(name, in: docs, limit: 1 << 40)
    }
    guard SHA256.hash(bytes) == digest else {
      throw .damaged(file: "docs/\(name.text)", reason: "its content has another hash")
    }
    return bytes
  }

  /// The jobs in `ready/`, the most urgent and oldest first.
  package func readyJobs() throws(SpoolError) -> [JobName] {
    try system { () throws(PosixError) in try files.list(ready) }.compactMap { JobName($0) }
      .sorted()
  }

  /// Reads the envelope of a waiting job without claiming it; nil when it does not wait any more.
  package func waitingEnvelope(_ job: JobName) throws(SpoolError) -> Envelope? {
    let bytes: [UInt8]
    do throws(PosixError) {
      bytes = try files.readAll(job.file, in: ready, limit: Envelope.byteLimit)
    } catch {
      if error.errno == .noEntry { return nil }
      throw .system(error)
    }
    guard let envelope = Envelope(bytes: bytes), envelope.job == job.job else {
      throw .damaged(file: "ready/\(job.file)", reason: "it is not the job's envelope")
    }
    return envelope
  }

  /// The room on the disk of the spool.
  package func volume() throws(SpoolError) -> Volume {
    do throws(PosixError) { return try Volume.holding(root) } catch { throw .system(error) }
  }
}
