// Caches of prompt prefixes that many jobs share, in memory and behind it on disk.
//
// A prefix is looked up by its tokens. What is stored is bit for bit what a cold run computes, since
// every reduction is fixed by absolute positions; so reuse changes no result.

import Models
import Tokens

/// The stored prefixes, the least recently used ones leaving memory first.
struct PrefixStore {
  private var entries: [(tokens: [TokenID], cache: any SequenceCache)] = []
  /// The greatest number of prefixes that are kept in memory.
  private let limit: Int
  /// Where prefixes outlive the process, nil for nowhere.
  private let folder: PrefixFolder?

  init(limit: Int, folder: PrefixFolder?) {
    self.limit = limit
    self.folder = limit > 0 ? folder : nil
  }

  /// Returns the cache of a prefix and marks it as used.
  mutating func find(_ tokens: ArraySlice<TokenID>) -> (any SequenceCache)? {
    guard let place = entries.firstIndex(where: { $0.tokens[...] == tokens }) else { return nil }
    let entry = entries.remove(at: place)
    entries.append(entry)
    return entry.cache
  }

  /// Reads a prefix from disk and keeps it.
  ///
  /// - Returns: Its cache, nil where the disk has none.
  mutating func restore(_ tokens: [TokenID], of engine: Engine) -> (any SequenceCache)? {
    guard let folder, let cache = try? engine.makeCache(capacity: tokens.count),
      folder.load(tokens, of: engine, into: cache)
    else { return nil }
    keep(tokens, cache)
    return cache
  }

  /// The number of positions that all stored caches have room for.
  var positions: Int { entries.reduce(0) { $0 + $1.cache.capacity } }

  /// Keeps a cache, and writes it to disk.
  mutating func add(_ tokens: [TokenID], _ cache: any SequenceCache, of engine: Engine) {
    guard limit > 0 else { return }
    keep(tokens, cache)
    folder?.save(cache, tokens, of: engine)
  }

  private mutating func keep(_ tokens: [TokenID], _ cache: any SequenceCache) {
    if entries.count >= limit { entries.removeFirst() }
    entries.append((tokens, cache))
  }

  /// Forgets the prefix that was not used for longest.
  ///
  /// - Returns: Whether there was one.
  mutating func removeOldest() -> Bool {
    guard !entries.isEmpty else { return false }
    entries.removeFirst()
    return true
  }
}
