// Standard input, output and error, and whole files by path.

import Glibc

/// One of the two streams a program writes to.
package enum StandardStream: Int32, Sendable {
  /// Results.
  case output = 1
  /// What a person should know.
  case error = 2

  /// True when a person watches the stream on a terminal.
  package var isTerminal: Bool { isatty(rawValue) == 1 }

  /// Writes all bytes.
  package func write(_ bytes: [UInt8]) throws(PosixError) {
    var done = 0
    while done < bytes.count {
      let start = done
      // SAFETY: the range past `start` lies inside the array.
      let step = unsafe bytes.withUnsafeBytes { buffer in
        uninterrupted {
          unsafe Glibc.write(
            rawValue, buffer.baseAddress.map { unsafe $0 + start }, buffer.count - start)
        }
      }
      guard step >= 0 else {
        throw .call("write", subject: self == .output ? "standard output" : "standard error", .last)
      }
      done += step
    }
  }

  /// Writes a text and a line feed; on standard error a failure is ignored.
  package func writeLine(_ text: String) throws(PosixError) {
    do throws(PosixError) {
      try write(Array((text + "\n").utf8))
    } catch {
      if self == .output { throw error }
    }
  }
}

/// The lines of standard input, one by one, without their line feeds.
package struct InputLines: Sendable {
  private let limit: Int
  private var buffer: [UInt8] = []
  private var hasEnded = false

  /// Prepares to read lines of at most `limit` bytes.
  package init(limit: Int) { self.limit = limit }

  /// Returns the next line, waiting for it; nil at the end of the input.
  ///
  /// - Throws: `PosixError.tooLarge` for a line beyond the limit.
  package mutating func next() throws(PosixError) -> [UInt8]? {
    var searched = 0
    while true {
      if let feed = buffer[searched...].firstIndex(of: 0x0A) {
        let line = Array(buffer[..<feed])
        buffer.removeSubrange(...feed)
        return line
      }
      searched = buffer.count
      guard buffer.count <= limit else {
        throw .tooLarge(subject: "standard input", byteCount: buffer.count, limit: limit)
      }
      if hasEnded {
        let line = buffer
        buffer = []
        return line.isEmpty ? nil : line
      }
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      // SAFETY: the kernel writes at most the buffer's count of bytes.
      let count = unsafe chunk.withUnsafeMutableBytes { buffer in
        uninterrupted { unsafe read(0, buffer.baseAddress, buffer.count) }
      }
      guard count >= 0 else { throw .call("read", subject: "standard input", .last) }
      if count == 0 { hasEnded = true }
      buffer += chunk[..<count]
    }
  }
}

/// Reads a whole file, or a pipe such as standard input, of at most `limit` bytes.
package func readFile(_ path: FilePath, limit: Int) throws(PosixError) -> [UInt8] {
  let file = try FileDescriptor.open(path, .read)
  let status = try PosixFileSystem().status(of: file)
  if status.kind == .directory { throw .call("read", subject: path.text, .isDirectory) }
  guard status.byteCount <= limit else {
    throw .tooLarge(subject: path.text, byteCount: status.byteCount, limit: limit)
  }
  let number = file.number
  // Files of /proc and pipes have no size of their own: read until nothing comes.
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: min(max(status.byteCount + 1, 1 << 16), 1 << 20))
  while true {
    // SAFETY: the kernel writes at most the buffer's count of bytes.
    let count = unsafe chunk.withUnsafeMutableBytes { buffer in
      uninterrupted { unsafe read(number, buffer.baseAddress, buffer.count) }
    }
    guard count >= 0 else { throw .call("read", subject: path.text, .last) }
    if count == 0 { return bytes }
    bytes += chunk[..<count]
    guard bytes.count <= limit else {
      throw .tooLarge(subject: path.text, byteCount: bytes.count, limit: limit)
    }
  }
}
