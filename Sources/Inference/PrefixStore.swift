// Caches of prompt prefixes that many jobs share, in memory.
//
// A prefix is looked up by its tokens. What is stored is bit for bit what a cold run computes, since
// every reduction is fixed by absolute positions; so reuse changes no result.

import Models
import Tokens

/// The stored prefixes, the least recently used ones leaving first.
struct PrefixStore {
  private var entries: [(tokens: [TokenID], cache: any SequenceCache)] = []
  /// The greatest number of prefixes that are kept.
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// Returns the cache of a prefix and marks it as used.
  mutating func find(_ tokens: ArraySlice<TokenID>) -> (any SequenceCache)? {
    guard let place = entries.firstIndex(where: { $0.tokens[...] == tokens }) else { return nil }
    let entry = entries.remove(at: place)
    entries.append(entry)
    return entry.cache
  }

  /// The number of stored prefixes.
  var count: Int { entries.count }

  /// The number of positions that all stored caches have room for.
  var positions: Int { entries.reduce(0) { $0 + $1.cache.capacity } }

  /// Keeps a cache.
  mutating func add(_ tokens: [TokenID], _ cache: any SequenceCache) {
    guard limit > 0 else { return }
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
