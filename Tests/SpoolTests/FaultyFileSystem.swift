// The file system of the machine with one planned fault.

import Posix
import Synchronization

/// A fault at the n-th call, counted from 1.
enum Fault: Hashable, Sendable {
  /// The n-th changing call and every call after it do nothing: the process is gone.
  case crash(at: Int)
  /// As `crash`, but half of what the call should have written is there.
  case tornCrash(at: Int)
  /// The n-th call fails once.
  case failure(Errno, at: Int)
  /// The n-th call and all calls of its kind after it fail.
  case lastingFailure(Errno, at: Int)
  /// The n-th call writes one byte, if it is a write.
  case shortWrite(at: Int)
  /// Every write writes at most 7 bytes.
  case shortWrites
}

/// Passes calls on to the machine until the planned one.
final class FaultyFileSystem: FileSystem {
  private struct State {
    var calls = 0
    var changes = 0
    var isDown = false
    var failing: String?
  }

  private let fault: Fault?
  private let state = Mutex(State())
  private let machine = PosixFileSystem()

  init(_ fault: Fault? = nil) { self.fault = fault }

  /// The calls so far.
  var callCount: Int { state.withLock { $0.calls } }
  /// The calls so far that change something.
  var changeCount: Int { state.withLock { $0.changes } }
  /// True once the planned fault has happened.
  var hasStruck: Bool {
    state.withLock { state in
      switch fault {
      case .crash, .tornCrash: state.isDown
      case .failure(_, let at), .lastingFailure(_, let at), .shortWrite(let at): state.calls >= at
      case .shortWrites: true
      case nil: false
      }
    }
  }

  private enum Verdict { case pass, fail(Errno), torn, short }

  private func judge(_ call: String, changes: Bool) -> Verdict {
    state.withLock { state in
      if state.isDown { return .fail(.shutDown) }
      state.calls += 1
      if changes { state.changes += 1 }
      switch fault {
      case nil: return .pass
      case .crash(let at):
        guard changes, state.changes == at else { return .pass }
        state.isDown = true
        return .fail(.shutDown)
      case .tornCrash(let at):
        guard changes, state.changes == at else { return .pass }
        state.isDown = true
        return call == "write" ? .torn : .fail(.shutDown)
      case .failure(let errno, let at): return state.calls == at ? .fail(errno) : .pass
      case .lastingFailure(let errno, let at):
        if state.calls == at { state.failing = call }
        return state.failing == call ? .fail(errno) : .pass
      case .shortWrite(let at): return state.calls == at ? .short : .pass
      case .shortWrites: return .short
      }
    }
  }

  private func pass(_ call: String, changes: Bool = true) throws(PosixError) {
    if case .fail(let errno) = judge(call, changes: changes) {
      throw .call(call, subject: "a planned fault", errno)
    }
  }

  func open(
    _ path: FilePath, in folder: borrowing FileDescriptor, _ mode: OpenMode, permissions: UInt32
  ) throws(PosixError) -> FileDescriptor {
    try pass("open", changes: mode == .createOrOpen || mode == .createExclusive)
    return try machine.open(path, in: folder, mode, permissions: permissions)
  }

  func makeDirectory(
    _ path: FilePath, in folder: borrowing FileDescriptor, permissions: UInt32
  ) throws(PosixError) {
    try pass("mkdir")
    try machine.makeDirectory(path, in: folder, permissions: permissions)
  }

  func status(
    of path: FilePath, in folder: borrowing FileDescriptor
  ) throws(PosixError) -> FileStatus {
    try pass("stat", changes: false)
    return try machine.status(of: path, in: folder)
  }

  func status(of file: borrowing FileDescriptor) throws(PosixError) -> FileStatus {
    try pass("fstat", changes: false)
    return try machine.status(of: file)
  }

  func list(_ folder: borrowing FileDescriptor) throws(PosixError) -> [FilePath] {
    try pass("list", changes: false)
    return try machine.list(folder)
  }

  func read(
    _ file: borrowing FileDescriptor, at offset: Int, count: Int
  ) throws(PosixError) -> [UInt8] {
    try pass("read", changes: false)
    return try machine.read(file, at: offset, count: count)
  }

  func write(
    _ bytes: Span<UInt8>, to file: borrowing FileDescriptor, at offset: Int
  ) throws(PosixError) -> Int {
    switch judge("write", changes: true) {
    case .pass: return try machine.write(bytes, to: file, at: offset)
    case .fail(let errno): throw .call("write", subject: "a planned fault", errno)
    case .torn:
      _ = try machine.write(bytes.extracting(0..<bytes.count / 2), to: file, at: offset)
      throw .call("write", subject: "a planned fault", .shutDown)
    case .short:
      let count = fault == .shortWrites ? 7 : 1
      return try machine.write(bytes.extracting(0..<min(count, bytes.count)), to: file, at: offset)
    }
  }

  func allocate(_ file: borrowing FileDescriptor, byteCount: Int) throws(PosixError) {
    try pass("fallocate")
    try machine.allocate(file, byteCount: byteCount)
  }

  // Syncs reach no disk here: what survives a kill does not depend on them, and tests run faster.
  func sync(_ file: borrowing FileDescriptor) throws(PosixError) { try pass("fsync") }

  func syncData(_ file: borrowing FileDescriptor) throws(PosixError) { try pass("fdatasync") }

  func rename(
    _ path: FilePath, in folder: borrowing FileDescriptor,
    to target: FilePath, in targetFolder: borrowing FileDescriptor, _ existing: ExistingTarget
  ) throws(PosixError) {
    try pass("rename")
    try machine.rename(path, in: folder, to: target, in: targetFolder, existing)
  }

  func link(
    _ path: FilePath, in folder: borrowing FileDescriptor,
    to target: FilePath, in targetFolder: borrowing FileDescriptor
  ) throws(PosixError) {
    try pass("link")
    try machine.link(path, in: folder, to: target, in: targetFolder)
  }

  func hasWriter(_ file: borrowing FileDescriptor) -> Bool { machine.hasWriter(file) }

  func unlink(_ path: FilePath, in folder: borrowing FileDescriptor) throws(PosixError) {
    try pass("unlink")
    try machine.unlink(path, in: folder)
  }
}
