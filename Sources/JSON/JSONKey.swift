// Keys of objects: two keys are equal when their bytes are.

/// A text compared byte by byte, for sets and dictionaries of keys.
package struct JSONKey: Hashable, Sendable {
  /// The text.
  package let text: String

  /// Creates a key.
  package init(_ text: String) { self.text = text }

  package static func == (a: JSONKey, b: JSONKey) -> Bool {
    // Texts that are not equal as strings are not equal as bytes, and that shows without looking at the bytes.
    guard a.text.utf8.count == b.text.utf8.count, a.text == b.text else { return false }
    let (own, other) = (a.text.utf8.span, b.text.utf8.span)
    for i in own.indices where own[i] != other[i] { return false }
    return true
  }

  package func hash(into hasher: inout Hasher) {
    // Texts of the same bytes are equal as `String` has it too, and hash alike.
    hasher.combine(text)
  }
}
