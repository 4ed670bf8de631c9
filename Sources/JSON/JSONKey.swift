// Keys of objects: two keys are equal when their bytes are.

/// A text compared byte by byte, for sets and dictionaries of keys.
package struct JSONKey: Hashable, Sendable {
  /// The text.
  package let text: String

  /// Creates a key.
  package init(_ text: String) { self.text = text }

  package static func == (a: JSONKey, b: JSONKey) -> Bool {
    a.text.utf8.count == b.text.utf8.count && a.text.utf8.elementsEqual(b.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    // Texts of the same bytes are equal as `String` has it too, and hash alike.
    hasher.combine(text)
  }
}
