// Numbers of JSON: the spelling as it was written, and the exact value.

/// A number that keeps its spelling.
package struct JSONNumber: Hashable, Sendable {
  /// The literal as it was written.
  package let literal: String
  /// The exact value.
  package let decimal: Decimal

  /// Creates a number from a literal, nil if it is none.
  package init?(literal: String) {
    guard let decimal = Decimal(literal) else { return nil }
    self.literal = literal
    self.decimal = decimal
  }

  /// Creates a number from a whole number.
  package init(_ value: Int) {
    self.literal = String(value)
    self.decimal = Decimal(value)
  }

  init(literal: String, decimal: Decimal) {
    self.literal = literal
    self.decimal = decimal
  }

  /// Whether the literal has neither a fraction nor an exponent.
  package var isSpelledPlain: Bool {
    literal.utf8.allSatisfy { $0 == 0x2D || (0x30...0x39).contains($0) }
  }

  /// The value as a native integer, if it is one and fits.
  package var int: Int? { decimal.int }

  /// The nearest double.
  package var double: Double { Double(literal) ?? 0 }

  /// Whether two numbers have one value, whatever their spelling.
  package static func == (a: JSONNumber, b: JSONNumber) -> Bool { a.decimal == b.decimal }

  /// Hashes the value.
  package func hash(into hasher: inout Hasher) { hasher.combine(decimal) }
}
