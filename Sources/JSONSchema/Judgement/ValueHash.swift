// Hashes of JSON values that equal values share, made of the hashes of their parts: objects have no order,
// and numbers are what they are worth, not how they are spelled.

import JSON

/// A maker of hashes of JSON values, stable within one process.
enum ValueHash {
  /// Returns the hash of a value.
  ///
  /// - Complexity: O(size of the value).
  static func of(_ value: JSONValue) -> Int {
    switch value {
    case .array(let elements): array(elements.map(of))
    case .object(let object):
      self.object(object.members.map { member(key: $0.key, value: of($0.value)) })
    default: scalar(value)
    }
  }

  /// Returns the hash of a value without parts.
  static func scalar(_ value: JSONValue) -> Int {
    var hasher = Hasher()
    switch value {
    case .null: hasher.combine(0)
    case .bool(let flag): hasher.combine(flag)
    case .number(let number): hasher.combine(number.decimal)
    case .string(let text):
      hasher.combine(1)
      for byte in text.utf8 { hasher.combine(byte) }
    case .array, .object: preconditionFailure("a scalar has no parts")
    }
    return hasher.finalize()
  }

  /// Returns the hash of an array from those of its elements.
  static func array(_ elements: some Sequence<Int>) -> Int {
    var hasher = Hasher()
    hasher.combine(2)
    for element in elements { hasher.combine(element) }
    return hasher.finalize()
  }

  /// Returns the hash of an object from those of its members.
  static func object(_ members: some Sequence<Int>) -> Int {
    // A sum does not depend on the order.
    var sum = 3
    for member in members { sum &+= member }
    var hasher = Hasher()
    hasher.combine(sum)
    return hasher.finalize()
  }

  /// Returns the hash of a member of an object.
  static func member(key: String, value: Int) -> Int {
    var hasher = Hasher()
    hasher.combine(scalar(.string(key)))
    hasher.combine(value)
    return hasher.finalize()
  }
}
