// Files that a command writes where a person says: whole or not at all.

import Posix

/// A writer of whole files.
enum OutputFile {
  /// Writes a file anew; one that exists is replaced in one step.
  static func write(_ bytes: [UInt8], to path: FilePath) throws(CommandFailure) {
    let files = PosixFileSystem()
    do throws(PosixError) {
      let folder = try FileDescriptor.open(path.parent ?? ".", .directory)
      let name = path.lastComponent
      let draft = FilePath(bytes: name.bytes + Array(".new".utf8))
      if try files.exists(draft, in: folder) { try files.unlink(draft, in: folder) }
      let file = try files.open(draft, in: folder, .createExclusive, permissions: 0o600)
      try files.writeAll(bytes, to: file, at: 0)
      try files.sync(file)
      try files.rename(draft, in: folder, to: name, in: folder, .replace)
    } catch { throw CommandFailure(error, "write \(path)", otherwise: .cannotCreate) }
  }
}
