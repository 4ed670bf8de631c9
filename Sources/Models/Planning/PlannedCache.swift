// What a sequence costs at a length.

/// The bytes that a sequence takes at a length, and that one decoded token reads of them.
package struct PlannedCache: Equatable, Sendable {
  /// The bytes kept.
  package var kept: Double
  /// The bytes read by one token.
  package var read: Double
}
