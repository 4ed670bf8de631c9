// JSON values with the order of their keys and the spelling of their numbers kept.
//
// Text is compared byte by byte: two keys that only look alike (composed and decomposed letters) are
// two keys, although `String` calls them equal.

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

  /// The value as a native integer, if it is one and fits.
  package var int: Int? { decimal.int }

  /// The nearest double.
  package var double: Double { Double(literal) ?? 0 }

  /// Whether two numbers have one value, whatever their spelling.
  package static func == (a: JSONNumber, b: JSONNumber) -> Bool { a.decimal == b.decimal }

  /// Hashes the value.
  package func hash(into hasher: inout Hasher) { hasher.combine(decimal) }
}

/// A JSON value.
package enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
}

extension JSONValue: Hashable {
  /// Whether two values are equal as JSON Schema has it: numbers by value, objects without order.
  package static func == (a: JSONValue, b: JSONValue) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let x), .bool(let y)): x == y
    case (.number(let x), .number(let y)): x == y
    case (.string(let x), .string(let y)): x.utf8.elementsEqual(y.utf8)
    case (.array(let x), .array(let y)): x == y
    case (.object(let x), .object(let y)): x == y
    default: false
    }
  }

  package func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .bool(let value): hasher.combine(value)
    case .number(let value): hasher.combine(value)
    case .string(let value): for byte in value.utf8 { hasher.combine(byte) }
    case .array(let values): hasher.combine(values)
    case .object(let value): hasher.combine(value.count)
    }
  }
}

extension JSONValue {
  /// The members, if this is an object.
  package var object: JSONObject? {
    if case .object(let value) = self { value } else { nil }
  }

  /// The elements, if this is an array.
  package var array: [JSONValue]? {
    if case .array(let value) = self { value } else { nil }
  }

  /// The text, if this is a string.
  package var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The number, if this is one.
  package var number: JSONNumber? {
    if case .number(let value) = self { value } else { nil }
  }

  /// The truth value, if this is one.
  package var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The value as a native integer, if it is a whole number that fits.
  package var int: Int? { number?.int }

  /// The value of a key, if this is an object that has it.
  package subscript(key: String) -> JSONValue? { object?[key] }

  /// The word that JSON Schema uses for this kind of value.
  package var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
  ExpressibleByNilLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    var object = JSONObject()
    for (key, value) in elements { object[key] = value }
    self = .object(object)
  }
  package init(nilLiteral: ()) { self = .null }
}
