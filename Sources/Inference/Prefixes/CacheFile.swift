// The one form of a sequence's state on disk:
//
//   0   "QUERNKV1"
//   8   length of the key u32, little-endian
//  12   key: UTF-8 text, one line each for model, program, backend, layout, position and tokens
//   …   the state, in the pieces of the cache
//   end SHA-256 of all bytes before it
//
// A file is bound to what its key says. Another model's, program's or precision's file, and one that
// is damaged, is ignored: the state is computed anew. Files are written whole under another name
// and then renamed.

import Digests
package import Models
package import Posix
package import Tokens

/// What a stored state belongs to.
package struct CacheKey: Equatable, Sendable {
  /// The digest of the checkpoint.
  package var model: String
  /// The program and its version.
  package var program: String
  /// The backend, instruction set and precision.
  package var backend: String
  /// The tokens of the sequence.
  package var tokens: [TokenID]

  /// Creates a key.
  package init(model: String, program: String, backend: String, tokens: [TokenID]) {
    self.model = model
    self.program = program
    self.backend = backend
    self.tokens = tokens
  }

  /// The key of a cache as text.
  func text(_ layout: String) -> String {
    var hash = SHA256()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 * tokens.count)
    for token in tokens {
      for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: token.rawValue >> (8 * shift))) }
    }
    hash.update(bytes.span)
    return [model, program, backend, layout, "\(tokens.count)", hash.digest().hex]
      .joined(separator: "\n")
  }
}

/// Writes states to disk and reads them back.
package enum CacheFile {
  private static let magic = Array("QUERNKV1".utf8)
  private static let sumBytes = 32

  /// Writes the state of a cache.
  ///
  /// - Parameter path: The file, which is replaced.
  /// - Precondition: The cache stands behind the key's tokens.
  package static func save(
    _ cache: any StorableCache, key: CacheKey, to path: FilePath
  ) throws(PosixError) {
    precondition(cache.position == key.tokens.count, "a state belongs to its tokens")
    let files = PosixFileSystem()
    let folder = try FileDescriptor.open(path.parent ?? ".", .directory)
    let name = path.lastComponent
    let temporary = FilePath(bytes: name.bytes + Array(".part".utf8))
    if try files.exists(temporary, in: folder) { try files.unlink(temporary, in: folder) }
    let file = try files.open(temporary, in: folder, .createExclusive, permissions: 0o600)
    var hash = SHA256()
    var offset = 0
    func write(_ bytes: [UInt8]) throws(PosixError) {
      try files.writeAll(bytes, to: file, at: offset)
      hash.update(bytes.span)
      offset += bytes.count
    }
    let text = Array(key.text(cache.layout).utf8)
    try write(magic + (0..<4).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text)
    try cache.save(write)
    try files.writeAll(hash.digest().bytes, to: file, at: offset)
    try files.sync(file)
    try files.rename(temporary, in: folder, to: name, in: folder, .replace)
    try files.sync(folder)
  }

  /// Reads a state into a cache that is empty.
  ///
  /// - Returns: Whether the file was there and belongs to the key; otherwise the cache is empty.
  package static func load(
    _ path: FilePath, key: CacheKey, into cache: any StorableCache
  ) -> Bool {
    guard let file = try? MappedFile(path) else { return false }
    let text = Array(key.text(cache.layout).utf8)
    let start = magic.count + 4 + text.count
    let head = magic + (0..<4).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
    guard file.byteCount >= start + sumBytes, file.bytes(0..<start) == head else { return false }
    let end = file.byteCount - sumBytes
    var hash = SHA256()
    file.withSpan(0..<end) { hash.update($0) }
    guard hash.digest().bytes == file.bytes(end..<file.byteCount) else { return false }
    var offset = start
    let isWhole = cache.load(position: key.tokens.count) { count in
      guard count >= 0, count <= end - offset else { return nil }
      defer { offset += count }
      return file.bytes(offset..<offset + count)
    }
    if isWhole, offset == end { return true }
    _ = cache.rewind(to: 0)
    return false
  }
}
