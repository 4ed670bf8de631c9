// Files as memory: read-only, shared with the page cache.

import Glibc

/// A read-only mapping of a whole file, unmapped when its last owner ends.
///
/// A file that another process shortens while it is mapped ends this process with SIGBUS when the
/// lost part is read: checkpoints are not to be changed in place.
@safe package final class MappedFile: Sendable {
  /// The number of bytes mapped.
  package let byteCount: Int
  /// The address, nil for an empty file.
  nonisolated(unsafe) private let start: UnsafeMutableRawPointer?

  /// Maps a regular file; anything else is refused at once, a pipe without waiting for its writer.
  package init(_ path: FilePath) throws(PosixError) {
    let file = try FileDescriptor.open(path, .readNow)
    let status = try PosixFileSystem().status(of: file)
    guard status.kind == .regular else {
      throw .call("map", subject: path.text, status.kind == .directory ? .isDirectory : .invalid)
    }
    byteCount = status.byteCount
    guard byteCount > 0 else {
      unsafe start = nil
      return
    }
    // SAFETY: the mapping is private to this object, read-only, and unmapped once, in deinit.
    let address = unsafe mmap(nil, byteCount, PROT_READ, MAP_SHARED, file.number, 0)
    guard unsafe address != MAP_FAILED else { throw .call("map", subject: path.text, .last) }
    unsafe start = address
  }

  deinit {
    // SAFETY: the address and length are those that mmap gave; no view outlives its owner.
    if let start = unsafe start { unsafe munmap(start, byteCount) }
  }

  /// Lends the bytes for the duration of a call.
  package func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    // SAFETY: the mapping lives as long as this object, which the call keeps alive.
    unsafe body(UnsafeRawBufferPointer(start: start, count: byteCount))
  }

  /// Lends a part of the bytes as a safe span for the duration of a call.
  ///
  /// - Precondition: The range lies inside the file.
  package func withSpan<R>(_ range: Range<Int>, _ body: (Span<UInt8>) -> R) -> R {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "a range inside the file")
    return unsafe withBytes { bytes in
      // SAFETY: the range was checked; bytes have no alignment and every bit pattern is valid.
      let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[range])
      return unsafe body(part.assumingMemoryBound(to: UInt8.self).span)
    }
  }

  /// Copies a part of the bytes.
  ///
  /// - Precondition: The range lies inside the file.
  package func bytes(_ range: Range<Int>) -> [UInt8] {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "a range inside the file")
    // SAFETY: the range was checked against the mapping.
    return unsafe withBytes { bytes in unsafe Array(bytes[range]) }
  }

  /// Tells the kernel that a part will not be read for long: its pages leave this process, and the
  /// file fills them again when they are read.
  ///
  /// - Precondition: The range lies inside the file.
  package func release(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "a range inside the file")
    // Only pages that lie in the range whole, by the larger of the usual page sizes.
    let first = (range.lowerBound + 0xFFFF) & ~0xFFFF
    let last = range.upperBound & ~0xFFFF
    guard first < last, let start = unsafe start else { return }
    unsafe _ = madvise(start + first, last - first, MADV_DONTNEED)
  }

  /// Tells the kernel that the whole file will be read soon.
  package func willBeRead() {
    if let start = unsafe start { unsafe _ = madvise(start, byteCount, MADV_WILLNEED) }
  }
}
