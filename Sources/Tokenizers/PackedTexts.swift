// Many short texts in one array: a vocabulary of 152,000 pieces is two allocations, not 152,000.

/// A list of byte strings that lie one after another.
package struct PackedTexts: Equatable, Sendable {
  /// All texts, joined.
  package private(set) var bytes: [UInt8] = []
  /// The start of each text in `bytes`, with the total as a last entry.
  package private(set) var offsets: [Int32] = [0]

  /// Creates an empty list.
  package init() {}

  /// Creates a list of texts.
  package init(_ texts: some Sequence<some Sequence<UInt8>>) {
    offsets.reserveCapacity(texts.underestimatedCount + 1)
    for text in texts { append(text) }
  }

  /// Creates a list of strings in UTF-8.
  package init(strings: some Sequence<String>) {
    self.init(strings.lazy.map(\.utf8))
  }

  /// The number of texts.
  package var count: Int { offsets.count - 1 }

  /// Returns a text.
  package subscript(index: Int) -> ArraySlice<UInt8> {
    bytes[Int(offsets[index])..<Int(offsets[index + 1])]
  }

  /// Adds a text at the end.
  ///
  /// - Precondition: All texts together stay below 2 GiB; checkpoint readers bound them.
  package mutating func append(_ text: some Sequence<UInt8>) {
    bytes.append(contentsOf: text)
    precondition(bytes.count <= Int32.max, "packed texts stay below 2 GiB")
    offsets.append(Int32(bytes.count))
  }
}
