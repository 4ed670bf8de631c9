// Open files: one owner each, closed when the owner ends.

import CPosix
import Glibc

/// An open file or folder, owned by whoever holds the value.
package struct FileDescriptor: ~Copyable, Sendable {
  /// The number that the kernel knows it by.
  package let number: Int32

  /// Takes over an open descriptor.
  package init(owning number: Int32) { self.number = number }

  deinit { close(number) }

  /// Opens a path relative to the working folder of the process, following symbolic links.
  package static func open(
    _ path: FilePath, _ mode: OpenMode, permissions: UInt32 = 0o600
  ) throws(PosixError) -> FileDescriptor {
    // SAFETY: the name is lent for the duration of the call.
    let number = unsafe path.withCString { name in
      uninterrupted {
        unsafe Int(cposix_open_at(AT_FDCWD, name, mode.flags, permissions))
      }
    }
    guard number >= 0 else { throw .call("open", subject: path.text, .last) }
    return FileDescriptor(owning: Int32(number))
  }
}

/// What an open file is for.
package enum OpenMode: Hashable, Sendable {
  /// Reads an existing file.
  case read
  /// Reads an existing file of unknown kind without waiting for a writer of a pipe.
  case readUntrusted
  /// Opens a folder.
  case directory
  /// Reads and writes an existing file.
  case readWrite
  /// Reads and writes a file, creating it if absent.
  case createOrOpen
  /// Reads and writes a file that must not exist yet.
  case createExclusive
  /// Writes to the end of a file, creating it if absent.
  case append

  /// The flags of `open`.
  var flags: Int32 {
    switch self {
    case .read: O_RDONLY | O_CLOEXEC
    case .readUntrusted: O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    case .directory: O_RDONLY | O_CLOEXEC | O_DIRECTORY
    case .readWrite: O_RDWR | O_CLOEXEC
    case .createOrOpen: O_RDWR | O_CLOEXEC | O_CREAT
    case .createExclusive: O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL
    case .append: O_WRONLY | O_CLOEXEC | O_CREAT | O_APPEND
    }
  }
}

/// What the kernel knows about a file.
package struct FileStatus: Hashable, Sendable {
  /// The kinds of files that matter here.
  package enum Kind: Hashable, Sendable {
    case regular, directory, symbolicLink, pipe, socket, device
  }

  /// The kind.
  package let kind: Kind
  /// The number of the file system.
  package let device: UInt64
  /// The number of the file within its file system.
  package let inode: UInt64
  /// The size in bytes.
  package let byteCount: Int
  /// The time of the last change of the content, in nanoseconds since 1970.
  package let modifiedNanoseconds: Int64
  /// The number of names.
  package let linkCount: Int
  /// The user who owns it.
  package let owner: UInt32
  /// The permission bits.
  package let permissions: UInt32

  init(_ status: stat) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: kind = .regular
    case S_IFDIR: kind = .directory
    case S_IFLNK: kind = .symbolicLink
    case S_IFIFO: kind = .pipe
    case S_IFSOCK: kind = .socket
    default: kind = .device
    }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    byteCount = Int(status.st_size)
    let (seconds, overflow) = Int64(status.st_mtim.tv_sec)
      .multipliedReportingOverflow(by: 1_000_000_000)
    modifiedNanoseconds = overflow ? .max : seconds &+ Int64(status.st_mtim.tv_nsec)
    linkCount = Int(status.st_nlink)
    owner = status.st_uid
    permissions = status.st_mode & 0o7777
  }
}
