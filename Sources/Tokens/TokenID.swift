// The number of one token in a vocabulary.

/// A token's index in its vocabulary.
package struct TokenID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The index, counted from zero.
  package let rawValue: Int32

  /// Creates an id from an index.
  @inlinable
  package init(_ rawValue: Int32) { self.rawValue = rawValue }

  /// Creates an id from an index that fits 32 bits.
  @inlinable
  package init(_ index: Int) { self.rawValue = Int32(index) }

  /// The index as a native integer.
  @inlinable
  package var index: Int { Int(rawValue) }

  @inlinable
  package static func < (a: TokenID, b: TokenID) -> Bool { a.rawValue < b.rawValue }

  package var description: String { "#\(rawValue)" }
}
