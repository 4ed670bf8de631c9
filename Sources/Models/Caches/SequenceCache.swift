// What an architecture remembers of one sequence.

/// All state of one sequence, owned by its architecture.
package protocol SequenceCache: AnyObject {
  /// The number of tokens taken so far.
  var position: Int { get }
  /// The greatest number of tokens it can take.
  var capacity: Int { get }

  /// Forgets the tokens from `position` on.
  ///
  /// Guaranteed for the last 64 tokens; attention caches can forget any number.
  ///
  /// - Returns: Whether the state could go back that far.
  func rewind(to position: Int) -> Bool

  /// Makes an independent copy of the state.
  ///
  /// - Parameter capacity: The copy's greatest number of tokens, at least `position`.
  func fork(capacity: Int) throws(ModelError) -> any SequenceCache
}
