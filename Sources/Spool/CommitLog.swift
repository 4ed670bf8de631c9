// The commit log: the redo record of the one line that is being written.
//
//   offset  bytes  content
//        0      8  "QUERNRD1"
//        8     32  SHA-256 of everything after it
//       40      8  length of the body, little-endian
//       48      -  body: fields with 8 bytes of length in front:
//                  target path, inode, offset, sequence, job file name, line
//
// A record whose hash holds is a committed line. Any other content is no record: the live file was
// not touched yet. The file is 64 KiB from the start, so that a commit needs no room on the disk.

import Digests
import Posix

/// A committed line and where it belongs.
struct RedoRecord: Equatable, Sendable {
  /// The file of lines, relative to the spool.
  var target: FilePath
  /// The number of that file.
  var inode: UInt64
  /// Where the line begins.
  var offset: Int
  /// The sequence number of the line.
  var sequence: Int
  /// The claim that the line ends.
  var claim: FilePath
  /// The line with its line feed.
  var line: [UInt8]

  private static let magic = Array("QUERNRD1".utf8)
  private static let headByteCount = 48

  /// The bytes of the record.
  var bytes: [UInt8] {
    var body: [UInt8] = []
    for field in [
      target.bytes, Array(String(inode).utf8), Array(String(offset).utf8),
      Array(String(sequence).utf8), claim.bytes, line,
    ] {
      body += Self.number(field.count) + field
    }
    let covered = Self.number(body.count) + body
    return Self.magic + SHA256.hash(covered).bytes + covered
  }

  init(
    target: FilePath, inode: UInt64, offset: Int, sequence: Int, claim: FilePath, line: [UInt8]
  ) {
    self.target = target
    self.inode = inode
    self.offset = offset
    self.sequence = sequence
    self.claim = claim
    self.line = line
  }

  /// Reads a record, or returns nil where there is none.
  init?(bytes: [UInt8]) {
    guard bytes.count >= Self.headByteCount, bytes.starts(with: Self.magic) else { return nil }
    let length = Self.number(at: 40, in: bytes)
    guard let length, length <= bytes.count - Self.headByteCount else { return nil }
    let end = Self.headByteCount + length
    guard SHA256.hash(Array(bytes[40..<end])).bytes == Array(bytes[8..<40]) else { return nil }
    var fields: [[UInt8]] = []
    var at = Self.headByteCount
    while at < end {
      guard let count = Self.number(at: at, in: bytes), count <= end - at - 8 else { return nil }
      fields.append(Array(bytes[at + 8..<at + 8 + count]))
      at += 8 + count
    }
    guard fields.count == 6, let inode = UInt64(String(decoding: fields[1], as: UTF8.self)),
      let offset = Int(String(decoding: fields[2], as: UTF8.self)), offset >= 0,
      let sequence = Int(String(decoding: fields[3], as: UTF8.self))
    else { return nil }
    self.init(
      target: FilePath(bytes: fields[0]), inode: inode, offset: offset, sequence: sequence,
      claim: FilePath(bytes: fields[4]), line: fields[5])
  }

  private static func number(_ value: Int) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
  }

  private static func number(at offset: Int, in bytes: [UInt8]) -> Int? {
    guard offset + 8 <= bytes.count else { return nil }
    let value = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[offset + $1]) << UInt64($1 * 8) }
    return Int(exactly: value)
  }
}

/// The redo file of one worker.
final class CommitLog: Sendable {
  /// The longest line, product limit of a record.
  static let lineLimit = 16 << 20
  /// The room reserved from the start.
  static let reservedByteCount = 1 << 16

  private let file: FileDescriptor
  private let files: any FileSystem

  /// Opens the redo file of a worker, reserving its room.
  init(_ spool: SpoolDirectory, worker: SpoolName) throws(SpoolError) {
    files = spool.files
    let name = FilePath(worker.text + ".commit")
    file = try system { () throws(PosixError) in
      let file = try spool.files.open(name, in: spool.state, .createOrOpen, permissions: 0o600)
      if try spool.files.status(of: file).byteCount < Self.reservedByteCount {
        try spool.files.allocate(file, byteCount: Self.reservedByteCount)
        try spool.files.sync(file)
        try spool.files.sync(spool.state)
      }
      return file
    }
  }

  /// Reads the record, or nil where there is none.
  func read() throws(SpoolError) -> RedoRecord? {
    do throws(PosixError) {
      let size = try files.status(of: file).byteCount
      let bytes = try files.read(file, at: 0, count: min(size, Self.lineLimit + (1 << 16)))
      return RedoRecord(bytes: bytes)
    } catch { throw .system(error) }
  }

  /// Writes a record and forces it to disk: the line is committed.
  func write(_ record: RedoRecord) throws(SpoolError) {
    let bytes = record.bytes
    do throws(PosixError) {
      if try files.status(of: file).byteCount < bytes.count {
        try files.allocate(file, byteCount: bytes.count)
        try files.sync(file)
      }
      try files.writeAll(bytes, to: file, at: 0)
      try files.syncData(file)
    } catch { throw .system(error) }
  }
}
