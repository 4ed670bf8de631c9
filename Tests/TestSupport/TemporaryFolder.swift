// Folders that live as long as a test.

package import Posix

/// A fresh folder, removed with all it holds when the value ends.
package final class TemporaryFolder: Sendable {
  /// Its path.
  package let path: FilePath

  /// Where a folder lies.
  package enum Place: Sendable {
    /// On a disk: below `TMPDIR`, or below `/tmp`.
    case disk
    /// In memory where the system has such a place, for tests that make thousands of folders.
    case memory
  }

  /// Makes a folder.
  package init(_ place: Place = .disk) throws(PosixError) {
    let disk = FilePath(Machine.environment("TMPDIR") ?? "/tmp")
    let hasMemory = (try? FileDescriptor.open("/dev/shm", .directory)) != nil
    let parent = place == .memory && hasMemory ? "/dev/shm" : disk
    let name = try Machine.randomBytes(8).map { String($0, radix: 36) }.joined()
    path = parent / FilePath("quern-test-\(name)")
    let folder = try FileDescriptor.open(parent, .directory)
    try PosixFileSystem().makeDirectory(path.lastComponent, in: folder, permissions: 0o700)
  }

  deinit {
    guard let parent = path.parent, let folder = try? FileDescriptor.open(parent, .directory),
      (try? Self.remove(path.lastComponent, in: folder, PosixFileSystem())) == nil
    else { return }
    // Something in it may not be entered: a test has taken away the permission.
    _ = try? ChildProcess.run("/bin/chmod", arguments: ["-R", "u+rwx", path.text])
    _ = try? ChildProcess.run("/bin/rm", arguments: ["-rf", path.text])
  }

  /// Removes a folder and all below it without starting a program: crash sweeps make thousands.
  private static func remove(
    _ name: FilePath, in parent: borrowing FileDescriptor, _ files: PosixFileSystem
  ) throws(PosixError) {
    let folder = try files.openDirectory(name, in: parent)
    for entry in try files.list(folder) {
      if try files.status(of: entry, in: folder).kind == .directory {
        try remove(entry, in: folder, files)
      } else {
        try files.unlink(entry, in: folder)
      }
    }
    try files.removeDirectory(name, in: parent)
  }

  /// Opens the folder.
  package func open() throws(PosixError) -> FileDescriptor {
    try FileDescriptor.open(path, .directory)
  }

  /// Writes a file below the folder, making the folders above it, and returns its path.
  @discardableResult package func write(
    _ bytes: [UInt8], to name: FilePath
  ) throws(PosixError) -> FilePath {
    let files = PosixFileSystem()
    let root = try open()
    var made: FilePath = ""
    for part in (name.parent?.text ?? "").split(separator: "/") {
      made = made / FilePath(String(part))
      if try !files.exists(made, in: root) {
        try files.makeDirectory(made, in: root, permissions: 0o700)
      }
    }
    if try files.exists(name, in: root) { try files.unlink(name, in: root) }
    let file = try files.open(name, in: root, .createExclusive, permissions: 0o600)
    try files.writeAll(bytes, to: file, at: 0)
    return path / name
  }

  /// Writes a text file below the folder and returns its path.
  @discardableResult package func write(
    _ text: String, to name: FilePath
  ) throws(PosixError) -> FilePath {
    try write(Array(text.utf8), to: name)
  }

  /// Reads a file below the folder.
  package func read(_ name: FilePath) throws(PosixError) -> [UInt8] {
    try readFile(path / name, limit: 1 << 30)
  }
}
