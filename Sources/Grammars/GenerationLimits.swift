// Queue limits against endless strings, lists and digits.

/// Bounds of what is generated where a schema sets no tighter one.
///
/// A schema whose own minimum exceeds a limit is honored.
package struct GenerationLimits: Sendable, Hashable {
  /// The greatest number of Unicode scalars in a string.
  package var string: Int
  /// The greatest number of elements in an array and of additional members in an object.
  package var items: Int
  /// The greatest number of digits before the decimal point.
  package var integerDigits: Int
  /// The greatest number of digits after the decimal point.
  package var fractionDigits: Int
  /// The greatest nesting of arrays and objects in schemas that can nest for ever.
  package var depth: Int

  /// Creates limits; the defaults are those of a queue.
  package init(
    string: Int = 2000, items: Int = 500, integerDigits: Int = 19, fractionDigits: Int = 12,
    depth: Int = 16
  ) {
    self.string = max(0, string)
    self.items = max(0, items)
    self.integerDigits = max(1, integerDigits)
    self.fractionDigits = max(0, fractionDigits)
    self.depth = max(0, depth)
  }

  /// No bounds but those of the schema.
  package static let none = GenerationLimits(
    string: unbounded, items: unbounded, integerDigits: unbounded, fractionDigits: unbounded,
    depth: unbounded)

  static let unbounded = Int.max
}
