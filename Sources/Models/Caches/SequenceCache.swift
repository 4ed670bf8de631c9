// What an architecture remembers of one sequence.

/// All state of one sequence, owned by its architecture.
package protocol SequenceCache: AnyObject {
  /// The number of tokens taken so far.
  var position: Int { get }
  /// The greatest number of tokens it can take.
  var capacity: Int { get }

  /// The least position to which it can go back, besides zero.
  ///
  /// At most 64 behind the greatest position that the sequence has stood at since it was last
  /// empty: steps back share those 64 tokens until it has grown past that position again. Caches
  /// of attention to all positions can go back anywhere.
  var earliestRewind: Int { get }

  /// Forgets the tokens from `position` on.
  ///
  /// Works for zero and from `earliestRewind` to `position`; otherwise nothing changes.
  ///
  /// - Returns: Whether the state could go back that far.
  func rewind(to position: Int) -> Bool

  /// Makes another cache of the same state; neither changes the other.
  ///
  /// - Parameters:
  ///   - capacity: The new cache's greatest number of tokens, at least `position`.
  ///   - borrows: Whether it may read this cache's memory, and so keep all of it, instead of copying the state.
  func fork(capacity: Int, borrows: Bool) throws(ModelError) -> any SequenceCache
}

extension SequenceCache {
  /// The start: attention to all positions forgets any number of tokens.
  package var earliestRewind: Int { 0 }
}

/// A cache whose state can be written down and taken back.
package protocol StorableCache: SequenceCache {
  /// What the bytes mean: architecture, sizes and element type; equal texts, equal layouts.
  var layout: String { get }

  /// Hands out the state piece by piece, always in the same pieces for one position.
  func save<E: Error>(_ body: ([UInt8]) throws(E) -> Void) throws(E)

  /// Takes back a state that `save` gave at a position, piece by piece.
  ///
  /// - Parameters:
  ///   - position: Where the state stood, at most the capacity.
  ///   - next: Returns the next bytes of a length, nil if there are no more.
  /// - Returns: Whether all pieces were there; otherwise the cache is empty.
  func load(position: Int, _ next: (Int) -> [UInt8]?) -> Bool
}
