// The dozen calls that `Spool` is written in, as a seam: tests crash it after call n.
//
// Every path is relative to an open folder and never leaves it: `..`, an absolute path and
// symbolic links are refused by the kernel on opening. A conformer does exactly what a call says
// and keeps no state of its own, so that what a crash leaves is what the calls so far have done.

import CPosix
import Glibc

/// File operations relative to open folders.
package protocol FileSystem: AnyObject, Sendable {
  /// Opens a file below a folder.
  func open(
    _ path: FilePath, in folder: borrowing FileDescriptor, _ mode: OpenMode, permissions: UInt32
  ) throws(PosixError) -> FileDescriptor
  /// Makes a folder; one that exists is an error.
  func makeDirectory(
    _ path: FilePath, in folder: borrowing FileDescriptor, permissions: UInt32
  ) throws(PosixError)
  /// Describes a name without following a symbolic link.
  func status(
    of path: FilePath, in folder: borrowing FileDescriptor
  ) throws(PosixError) -> FileStatus
  /// Describes an open file.
  func status(of file: borrowing FileDescriptor) throws(PosixError) -> FileStatus
  /// Lists the names in an open folder without `.` and `..`, in no particular order.
  func list(_ folder: borrowing FileDescriptor) throws(PosixError) -> [FilePath]
  /// Reads up to `count` bytes at an offset; fewer only at the end of the file.
  func read(
    _ file: borrowing FileDescriptor, at offset: Int, count: Int
  ) throws(PosixError) -> [UInt8]
  /// Writes bytes at an offset and returns how many were written, possibly fewer.
  func write(
    _ bytes: Span<UInt8>, to file: borrowing FileDescriptor, at offset: Int
  ) throws(PosixError) -> Int
  /// Reserves disk space for the first `byteCount` bytes of a file and extends it to that length.
  func allocate(_ file: borrowing FileDescriptor, byteCount: Int) throws(PosixError)
  /// Forces content and attributes of a file, or the names in a folder, to stable storage.
  func sync(_ file: borrowing FileDescriptor) throws(PosixError)
  /// Forces the content of a file, and its size, to stable storage.
  func syncData(_ file: borrowing FileDescriptor) throws(PosixError)
  /// Moves a name; `replacing` says what happens to an existing target.
  func rename(
    _ path: FilePath, in folder: borrowing FileDescriptor,
    to target: FilePath, in targetFolder: borrowing FileDescriptor, _ existing: ExistingTarget
  ) throws(PosixError)
  /// Gives a file a second name; an existing target is an error.
  func link(
    _ path: FilePath, in folder: borrowing FileDescriptor,
    to target: FilePath, in targetFolder: borrowing FileDescriptor
  ) throws(PosixError)
  /// True when another process certainly has the file open for writing; false may mean unknown.
  func hasWriter(_ file: borrowing FileDescriptor) -> Bool
  /// Removes a name of a file.
  func unlink(_ path: FilePath, in folder: borrowing FileDescriptor) throws(PosixError)
}

/// What a move does when its target exists.
package enum ExistingTarget: Hashable, Sendable {
  /// The target is replaced in one step.
  case replace
  /// The move fails with `Errno.exists`.
  case keep
}

extension FileSystem {
  /// Writes all bytes at an offset, however many calls it takes.
  package func writeAll(
    _ bytes: [UInt8], to file: borrowing FileDescriptor, at offset: Int
  ) throws(PosixError) {
    var done = 0
    while done < bytes.count {
      let count = try write(bytes.span.extracting(done..<bytes.count), to: file, at: offset + done)
      // A write that accepts nothing for ever would spin here.
      guard count > 0 else { throw .call("write", subject: "a file", .io) }
      done += count
    }
  }

  /// Reads a whole file of at most `limit` bytes.
  package func readAll(
    _ path: FilePath, in folder: borrowing FileDescriptor, limit: Int
  ) throws(PosixError) -> [UInt8] {
    let file = try open(path, in: folder, .readUntrusted, permissions: 0)
    let byteCount = try status(of: file).byteCount
    guard byteCount <= limit else {
      throw .tooLarge(subject: path.text, byteCount: byteCount, limit: limit)
    }
    let bytes = try read(file, at: 0, count: byteCount)
    guard bytes.count == byteCount else { throw .ended(subject: path.text) }
    return bytes
  }

  /// Opens a folder below a folder.
  package func openDirectory(
    _ path: FilePath, in folder: borrowing FileDescriptor
  ) throws(PosixError) -> FileDescriptor {
    try open(path, in: folder, .directory, permissions: 0)
  }

  /// True when a name exists, whatever it names.
  package func exists(
    _ path: FilePath, in folder: borrowing FileDescriptor
  ) throws(PosixError) -> Bool {
    do throws(PosixError) {
      _ = try status(of: path, in: folder)
      return true
    } catch {
      guard error.errno == .noEntry else { throw error }
      return false
    }
  }
}

/// The file system of the machine.
package final class PosixFileSystem: FileSystem {
  /// Creates the door to the machine's files.
  package init() {}

  package func open(
    _ path: FilePath, in folder: borrowing FileDescriptor, _ mode: OpenMode, permissions: UInt32
  ) throws(PosixError) -> FileDescriptor {
    let directory = folder.number
    let number = unsafe path.withCString { name in
      uninterrupted {
        unsafe Int(cposix_open_beneath(directory, name, mode.flags, permissions))
      }
    }
    guard number >= 0 else { throw .call("open", subject: path.text, .last) }
    return FileDescriptor(owning: Int32(number))
  }

  package func makeDirectory(
    _ path: FilePath, in folder: borrowing FileDescriptor, permissions: UInt32
  ) throws(PosixError) {
    let directory = folder.number
    let result = unsafe path.withCString { unsafe mkdirat(directory, $0, permissions) }
    guard result == 0 else { throw .call("mkdir", subject: path.text, .last) }
  }

  package func status(
    of path: FilePath, in folder: borrowing FileDescriptor
  ) throws(PosixError) -> FileStatus {
    let directory = folder.number
    var found = stat()
    let result = unsafe path.withCString {
      unsafe fstatat(directory, $0, &found, AT_SYMLINK_NOFOLLOW)
    }
    guard result == 0 else { throw .call("stat", subject: path.text, .last) }
    return FileStatus(found)
  }

  package func status(of file: borrowing FileDescriptor) throws(PosixError) -> FileStatus {
    var found = stat()
    guard unsafe fstat(file.number, &found) == 0 else {
      throw .call("stat", subject: "an open file", .last)
    }
    return FileStatus(found)
  }

  package func list(_ folder: borrowing FileDescriptor) throws(PosixError) -> [FilePath] {
    // A second descriptor: the stream closes its own and moves its offset.
    let number = cposixOpenSelf(folder.number)
    guard number >= 0 else { throw .call("open", subject: "a folder", .last) }
    // SAFETY: the stream owns the descriptor from here on and is closed once, below.
    guard let stream = unsafe fdopendir(number) else {
      let error = Errno.last
      close(number)
      throw .call("list", subject: "a folder", error)
    }
    defer { unsafe closedir(stream) }
    var names: [FilePath] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        let error = Errno.last
        if error.code != 0 { throw .call("list", subject: "a folder", error) }
        return names
      }
      // SAFETY: the kernel ends the name with a zero inside its fixed field.
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe FilePath(bytes: $0) }
      if name != "." && name != ".." { names.append(name) }
    }
  }

  package func read(
    _ file: borrowing FileDescriptor, at offset: Int, count: Int
  ) throws(PosixError) -> [UInt8] {
    let number = file.number
    var failure: Errno?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = 0
      while filled < count {
        let start = filled
        // SAFETY: the range past `start` lies inside the buffer of `count` bytes.
        let step = uninterrupted {
          unsafe pread(
            number, UnsafeMutableRawBufferPointer(buffer).baseAddress.map { unsafe $0 + start },
            count - start, offset + start)
        }
        if step < 0 { failure = .last }
        if step <= 0 { return }
        filled += step
      }
    }
    if let failure { throw .call("read", subject: "a file", failure) }
    return bytes
  }

  package func write(
    _ bytes: Span<UInt8>, to file: borrowing FileDescriptor, at offset: Int
  ) throws(PosixError) -> Int {
    let number = file.number
    // SAFETY: the kernel reads at most the buffer's count of bytes.
    let count = unsafe bytes.withUnsafeBufferPointer { buffer in
      uninterrupted { unsafe pwrite(number, buffer.baseAddress, buffer.count, offset) }
    }
    guard count >= 0 else { throw .call("write", subject: "a file", .last) }
    return count
  }

  package func allocate(
    _ file: borrowing FileDescriptor, byteCount: Int
  ) throws(PosixError) {
    let number = file.number
    let result = uninterrupted { Int(cposix_allocate(number, Int64(byteCount))) }
    guard result == 0 else { throw .call("fallocate", subject: "a file", .last) }
  }

  package func sync(_ file: borrowing FileDescriptor) throws(PosixError) {
    // Never repeated after a failure: the kernel may have dropped the pages it could not write.
    guard fsync(file.number) == 0 else { throw .call("fsync", subject: "a file", .last) }
  }

  package func syncData(_ file: borrowing FileDescriptor) throws(PosixError) {
    guard fdatasync(file.number) == 0 else { throw .call("fdatasync", subject: "a file", .last) }
  }

  package func rename(
    _ path: FilePath, in folder: borrowing FileDescriptor,
    to target: FilePath, in targetFolder: borrowing FileDescriptor, _ existing: ExistingTarget
  ) throws(PosixError) {
    let (from, to) = (folder.number, targetFolder.number)
    let result = unsafe path.withCString { source in
      unsafe target.withCString { goal in
        switch existing {
        case .replace: unsafe renameat(from, source, to, goal)
        case .keep: unsafe cposix_rename_exclusive(from, source, to, goal)
        }
      }
    }
    guard result == 0 else {
      throw .call("rename", subject: "\(path.text) to \(target.text)", .last)
    }
  }

  package func link(
    _ path: FilePath, in folder: borrowing FileDescriptor,
    to target: FilePath, in targetFolder: borrowing FileDescriptor
  ) throws(PosixError) {
    let (from, to) = (folder.number, targetFolder.number)
    let result = unsafe path.withCString { source in
      unsafe target.withCString { goal in unsafe linkat(from, source, to, goal, 0) }
    }
    guard result == 0 else {
      throw .call("link", subject: "\(path.text) to \(target.text)", .last)
    }
  }

  package func hasWriter(_ file: borrowing FileDescriptor) -> Bool {
    cposix_has_writer(file.number) == 1
  }

  package func unlink(
    _ path: FilePath, in folder: borrowing FileDescriptor
  ) throws(PosixError) {
    let directory = folder.number
    let result = unsafe path.withCString { unsafe unlinkat(directory, $0, 0) }
    guard result == 0 else { throw .call("unlink", subject: path.text, .last) }
  }
}

extension PosixFileSystem {
  /// Removes an empty folder.
  package func removeDirectory(
    _ path: FilePath, in folder: borrowing FileDescriptor
  ) throws(PosixError) {
    let directory = folder.number
    let result = unsafe path.withCString { unsafe unlinkat(directory, $0, AT_REMOVEDIR) }
    guard result == 0 else { throw .call("rmdir", subject: path.text, .last) }
  }
}

/// Opens an open folder a second time.
private func cposixOpenSelf(_ number: Int32) -> Int32 {
  unsafe FilePath(".").withCString { name in
    unsafe cposix_open_at(number, name, OpenMode.directory.flags, 0)
  }
}
