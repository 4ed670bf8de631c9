// The machine's file system behind the seam: what opens, what is refused, what is moved.

import Posix
import TestSupport
import Testing

@Suite struct FileSystemTests {
  let temporary: TemporaryFolder
  let files = PosixFileSystem()

  init() throws { temporary = try TemporaryFolder() }

  @Test func aWrittenFileReadsBack() throws {
    let root = try temporary.open()
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
    let file = try files.open("a", in: root, .createExclusive, permissions: 0o600)
    try files.writeAll(bytes, to: file, at: 0)
    try files.sync(file)
    try files.syncData(file)
    try files.sync(root)
    #expect(try files.readAll("a", in: root, limit: 100_000) == bytes)
    #expect(try files.read(file, at: 99_990, count: 100) == Array(bytes.suffix(10)))
    #expect(try files.status(of: "a", in: root).kind == .regular)
    #expect(throws: PosixError.tooLarge(subject: "a", byteCount: 100_000, limit: 99_999)) {
      try files.readAll("a", in: root, limit: 99_999)
    }
  }

  @Test(arguments: ["../x", "/etc/passwd", "inner/../../x", "way"])
  func noPathLeavesItsFolder(path: String) throws {
    try temporary.write("secret", to: "x")
    try temporary.write("", to: "home/inner/f")
    let home = try FileDescriptor.open(temporary.path / "home", .directory)
    _ = try ChildProcess.run(
      "/bin/ln", arguments: ["-s", "../x", "way"], folder: temporary.path / "home")
    #expect(throws: PosixError.self) {
      _ = try files.open(FilePath(path), in: home, .read, permissions: 0)
    }
  }

  @Test func aMoveKeepsOrReplacesItsTarget() throws {
    try temporary.write("one", to: "one")
    try temporary.write("two", to: "two")
    let root = try temporary.open()
    #expect(throws: PosixError.call("rename", subject: "one to two", .exists)) {
      try files.rename("one", in: root, to: "two", in: root, .keep)
    }
    #expect(try temporary.read("two") == Array("two".utf8))
    try files.rename("one", in: root, to: "two", in: root, .replace)
    #expect(try temporary.read("two") == Array("one".utf8))
    #expect(try files.exists("one", in: root) == false)
  }

  @Test func aSecondNameNeedsAFreeOne() throws {
    try temporary.write("one", to: "one")
    let root = try temporary.open()
    try files.link("one", in: root, to: "two", in: root)
    #expect(try files.status(of: "two", in: root).linkCount == 2)
    let failure = #expect(throws: PosixError.self) {
      try files.link("one", in: root, to: "two", in: root)
    }
    #expect(failure?.errno == .exists)
    try files.unlink("one", in: root)
    #expect(try files.list(root) == ["two"])
  }

  @Test func spaceIsReservedAtFullLength() throws {
    let root = try temporary.open()
    let file = try files.open("log", in: root, .createOrOpen, permissions: 0o600)
    try files.allocate(file, byteCount: 65_536)
    #expect(try files.status(of: file).byteCount == 65_536)
    #expect(try files.read(file, at: 0, count: 65_536) == [UInt8](repeating: 0, count: 65_536))
  }

  @Test func namesThatAreNotTextSurvive() throws {
    let root = try temporary.open()
    let name = FilePath(bytes: [0xff, 0x0a, 0x2d])
    _ = try files.open(name, in: root, .createExclusive, permissions: 0o600)
    #expect(try files.list(root) == [name])
    #expect(name.exactText == nil)
  }

  @Test func openingAPipeDoesNotWait() throws {
    _ = try ChildProcess.run("/usr/bin/mkfifo", arguments: ["p"], folder: temporary.path)
    let root = try temporary.open()
    #expect(try files.status(of: "p", in: root).kind == .pipe)
    let pipe = try files.open("p", in: root, .readUntrusted, permissions: 0)
    #expect(try files.status(of: pipe).kind == .pipe)
  }

  @Test func aLockHasOneHolder() throws {
    let root = try temporary.open()
    var first = try FileLock.take(files.open("lock", in: root, .createOrOpen, permissions: 0o600))
    let firstHolds = first != nil
    let second = try FileLock.take(files.open("lock", in: root, .createOrOpen, permissions: 0o600))
    let secondHolds = second != nil
    first = nil
    let third = try FileLock.take(files.open("lock", in: root, .createOrOpen, permissions: 0o600))
    let thirdHolds = third != nil
    #expect(firstHolds && !secondHolds && thirdHolds)
  }

  @Test func aMappingShowsTheFile() throws {
    let path = try temporary.write("mapped", to: "m")
    let mapping = try MappedFile(path)
    #expect(mapping.byteCount == 6)
    #expect(mapping.bytes(1..<4) == Array("app".utf8))
    #expect(mapping.withSpan(0..<6) { $0[5] } == UInt8(ascii: "d"))
    let large = [UInt8](repeating: 7, count: 1 << 18)
    let reread = try MappedFile(temporary.write(String(decoding: large, as: UTF8.self), to: "l"))
    reread.release(10..<reread.byteCount - 10)
    #expect(reread.bytes(0..<reread.byteCount) == large)
    let empty = try MappedFile(temporary.write("", to: "e"))
    #expect(empty.byteCount == 0 && empty.bytes(0..<0).isEmpty)
    #expect(throws: PosixError.self) { _ = try MappedFile(temporary.path) }
  }

  @Test func theVolumeOfATemporaryFolderIsLocal() throws {
    let volume = try Volume.holding(temporary.open())
    #expect(volume.totalBytes > 0 && volume.freeBytes <= volume.totalBytes)
    #expect(!volume.isNetwork)
  }
}
