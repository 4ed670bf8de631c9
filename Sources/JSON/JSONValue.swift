// JSON values and objects, with the order of their keys and the spelling of their numbers kept.
// A value holds objects and an object holds values: they share this file.
//
// Text is compared byte by byte: two keys that only look alike (composed and decomposed letters) are
// two keys, although `String` calls them equal.

/// A JSON value.
package enum JSONValue: Sendable {
  case null
  /// A truth value.
  case bool(Bool)
  /// A number, with its spelling.
  case number(JSONNumber)
  /// A text.
  case string(String)
  /// A list.
  case array([JSONValue])
  /// Members in the order in which they were written.
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

// MARK: - Objects

/// An ordered set of members with unique keys.
package struct JSONObject: Sendable {
  /// One key and its value.
  package struct Member: Sendable {
    /// The key.
    package let key: String
    /// The value.
    package var value: JSONValue
  }

  /// The members in order.
  package private(set) var members: [Member] = []
  /// The places of the keys, kept only for objects with more members than a scan is good for.
  private var places: [JSONKey: Int] = [:]

  private static let scanLimit = 12

  /// Creates an empty object.
  package init() {}

  /// The number of members.
  package var count: Int { members.count }

  /// Whether there are no members.
  package var isEmpty: Bool { members.isEmpty }

  /// The keys in order.
  package var keys: [String] { members.map(\.key) }

  /// Returns whether there is a member with this key.
  package func contains(_ key: String) -> Bool { place(of: key) != nil }

  /// The value of a key; setting a new key appends it, setting nil removes it.
  package subscript(key: String) -> JSONValue? {
    get { place(of: key).map { members[$0].value } }
    set {
      switch (place(of: key), newValue) {
      case (let place?, let value?): members[place].value = value
      case (let place?, nil):
        members.remove(at: place)
        reindex()
      case (nil, let value?): append(key, value)
      case (nil, nil): break
      }
    }
  }

  /// Appends a member whose key no other member has.
  mutating func append(_ key: String, _ value: JSONValue) {
    members.append(Member(key: key, value: value))
    if members.count == Self.scanLimit + 1 {
      reindex()
    } else if members.count > Self.scanLimit {
      places[JSONKey(key)] = members.count - 1
    }
  }

  private func place(of key: String) -> Int? {
    if members.count > Self.scanLimit { return places[JSONKey(key)] }
    let count = key.utf8.count
    return members.firstIndex {
      $0.key.utf8.count == count && $0.key.utf8.elementsEqual(key.utf8)
    }
  }

  private mutating func reindex() {
    places = [:]
    guard members.count > Self.scanLimit else { return }
    for (i, member) in members.enumerated() { places[JSONKey(member.key)] = i }
  }
}

extension JSONObject: Equatable {
  /// Whether two objects have equal members, in whatever order.
  package static func == (a: JSONObject, b: JSONObject) -> Bool {
    guard a.count == b.count else { return false }
    for member in a.members {
      guard let other = b[member.key], other == member.value else { return false }
    }
    return true
  }
}
