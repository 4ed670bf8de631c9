// Locks between processes: held by an open file, gone with the process however it ends.

import CPosix

/// An exclusive lock on a file, held until the value ends.
///
/// `flock` is released by the kernel when the last descriptor of the open file closes, also after
/// SIGKILL; the lock file itself stays and carries no meaning.
package struct FileLock: ~Copyable, Sendable {
  private let file: FileDescriptor

  /// Takes the lock on a file, or returns nil at once when another holds it.
  package static func take(_ file: consuming FileDescriptor) throws(PosixError) -> FileLock? {
    let number = file.number
    if cposix_lock(number, 1) == 0 { return FileLock(file: file) }
    let error = Errno.last
    guard error == .wouldBlock else { throw .call("flock", subject: "a lock file", error) }
    return nil
  }

  // Said aloud: a child between fork and exec still has the file open for a moment.
  deinit { cposix_unlock(file.number) }

  private init(file: consuming FileDescriptor) { self.file = file }

  /// Gives the lock back.
  package consuming func release() {}
}
