// Stored prefixes on disk: one `CacheFile` each, in a folder that may be emptied at any time.
//
// A file's name is the digest of its key, so that a prefix of another model, program, backend or
// layout has another name. What is damaged, or is no file of ours, is not read and is replaced
// by the next save. Where the files together would take more than the limit, those written longest
// ago leave first.

import Digests
import Models
package import Posix
import Tokens

/// A folder of prompt prefixes that outlive the process.
package struct PrefixFolder: Sendable {
  /// The folder, which must exist.
  package let path: FilePath
  /// The program that computes the states, in all that can change their bits.
  package let program: String
  /// The bytes that all files together may take.
  package let byteLimit: Int

  /// The bytes that a folder may take where nothing else is said.
  package static let standardByteLimit = 1 << 30

  /// Names a folder.
  package init(
    _ path: FilePath, program: String, byteLimit: Int = PrefixFolder.standardByteLimit
  ) {
    self.path = path
    self.program = program
    self.byteLimit = byteLimit
  }

  private func key(_ tokens: [TokenID], of engine: Engine) -> CacheKey {
    CacheKey(
      model: engine.modelDigest, program: program, backend: engine.backendName, tokens: tokens)
  }

  private func name(_ key: CacheKey, layout: String) -> FilePath {
    FilePath(SHA256.hash(Array(key.text(layout).utf8)).hex)
  }

  /// Reads the state behind some tokens into an empty cache.
  ///
  /// - Returns: Whether it was there; otherwise the cache is empty.
  func load(_ tokens: [TokenID], of engine: Engine, into cache: any SequenceCache) -> Bool {
    guard let cache = cache as? any StorableCache else { return false }
    let key = key(tokens, of: engine)
    return CacheFile.load(path / name(key, layout: cache.layout), key: key, into: cache)
  }

  /// Writes the state behind some tokens, unless it can never fit.
  ///
  /// A state that cannot be written is computed again by the next process: no answer depends on it.
  func save(_ cache: any SequenceCache, _ tokens: [TokenID], of engine: Engine) {
    guard let cache = cache as? any StorableCache else { return }
    let (bytes, overflows) = tokens.count.multipliedReportingOverflow(
      by: engine.model.cacheBytesPerPosition)
    guard !overflows, bytes <= byteLimit else { return }
    let key = key(tokens, of: engine)
    let name = name(key, layout: cache.layout)
    do throws(PosixError) {
      try makeRoom(bytes, besides: name)
      try CacheFile.save(cache, key: key, to: path / name)
      // The file's length was an estimate: caches may hold more than their positions.
      try makeRoom(0, besides: name)
    } catch {
      // A full disk or a folder that is gone costs time, not correctness.
    }
  }

  /// Removes files until the others and `bytes` more stay below the limit.
  private func makeRoom(_ bytes: Int, besides name: FilePath) throws(PosixError) {
    let files = PosixFileSystem()
    let folder = try FileDescriptor.open(path, .directory)
    var found: [(name: FilePath, status: FileStatus)] = []
    for each in try files.list(folder) {
      // Another process may remove files at the same time.
      guard let status = try? files.status(of: each, in: folder), status.kind == .regular
      else { continue }
      found.append((each, status))
    }
    found.sort { $0.status.modifiedNanoseconds < $1.status.modifiedNanoseconds }
    var total = found.reduce(bytes) { $0 + $1.status.byteCount }
    for each in found where total > byteLimit && (each.name != name || bytes == 0) {
      try? files.unlink(each.name, in: folder)
      total -= each.status.byteCount
    }
  }
}
