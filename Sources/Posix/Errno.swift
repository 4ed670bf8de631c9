// What the operating system says when it refuses: numbers, their names, and the error they become.

import Glibc

/// An error number of the operating system.
package struct Errno: Hashable, Sendable, CustomStringConvertible {
  /// The number, as `errno` holds it.
  package let code: Int32

  /// Creates an error number.
  package init(_ code: Int32) { self.code = code }

  /// The number that the last failed call of this thread left behind.
  static var last: Errno { Errno(errno) }

  /// No such file or folder.
  package static let noEntry = Errno(ENOENT)
  /// The target exists.
  package static let exists = Errno(EEXIST)
  /// Permission denied.
  package static let access = Errno(EACCES)
  /// Operation not permitted.
  package static let notPermitted = Errno(EPERM)
  /// Too many symbolic links, or one where none is allowed.
  package static let loop = Errno(ELOOP)
  /// Input or output error.
  package static let io = Errno(EIO)
  /// No space left on the device.
  package static let noSpace = Errno(ENOSPC)
  /// The user's quota is used up.
  package static let quota = Errno(EDQUOT)
  /// A file system that cannot be written to.
  package static let readOnly = Errno(EROFS)
  /// The operation would wait.
  package static let wouldBlock = Errno(EWOULDBLOCK)
  /// Interrupted by a signal.
  package static let interrupted = Errno(EINTR)
  /// Not a folder.
  package static let notDirectory = Errno(ENOTDIR)
  /// A folder where a file is expected.
  package static let isDirectory = Errno(EISDIR)
  /// The call is not supported here.
  package static let notSupported = Errno(EOPNOTSUPP)
  /// The call is not known to this kernel.
  package static let notImplemented = Errno(ENOSYS)
  /// An argument is not valid.
  package static let invalid = Errno(EINVAL)
  /// The two paths lie on different file systems, or the path leaves its folder.
  package static let crossDevice = Errno(EXDEV)
  /// Too many open files in this process.
  package static let tooManyOpenFiles = Errno(EMFILE)
  /// The reader has gone away.
  package static let brokenPipe = Errno(EPIPE)
  /// The other side has shut down; tests use it for a simulated crash.
  package static let shutDown = Errno(ESHUTDOWN)

  /// The sentence of the C library, such as "No such file or directory".
  package var description: String {
    var buffer = [CChar](repeating: 0, count: 256)
    let capacity = buffer.count - 1
    // SAFETY: the last byte stays zero whatever the call writes.
    let result = unsafe strerror_r(code, &buffer, capacity)
    let text = FilePath(bytes: buffer.map { UInt8(bitPattern: $0) }).text
    return result == 0 && !text.isEmpty ? text : "error \(code)"
  }
}

/// Why a call to the operating system gave nothing.
package enum PosixError: Error, Equatable, Sendable {
  /// A call failed: its name, what it was about, and the number it left.
  case call(String, subject: String, Errno)
  /// A file is larger than its reader takes.
  case tooLarge(subject: String, byteCount: Int, limit: Int)
  /// A file ended before its expected length.
  case ended(subject: String)

  /// The error number, where a call failed.
  package var errno: Errno? {
    if case .call(_, _, let number) = self { number } else { nil }
  }

  /// True when room was lacking: a full disk or a quota.
  package var isOutOfSpace: Bool { errno == .noSpace || errno == .quota }

  /// True when permission was lacking.
  package var isPermission: Bool {
    errno == .access || errno == .notPermitted || errno == .readOnly
  }
}

extension PosixError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .call(let name, let subject, let number): "\(name) \(subject): \(number)"
    case .tooLarge(let subject, let byteCount, let limit):
      "\(subject): \(byteCount) bytes, the limit is \(limit)"
    case .ended(let subject): "\(subject): the file ended early"
    }
  }
}

/// Runs a call until a signal no longer interrupts it.
func uninterrupted(_ call: () -> Int) -> Int {
  while true {
    let result = call()
    if result != -1 || Errno.last != .interrupted { return result }
  }
}
