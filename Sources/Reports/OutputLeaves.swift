// The leaves of an output: what has a value of its own.

import JSON

/// The walk over an output.
enum OutputLeaves {
  /// Visits all scalars, and all lists and objects without parts, in order.
  static func forEach(in value: JSONValue, _ visit: (JSONPointer, JSONValue) -> Void) {
    walk(value, JSONPointer(), visit)
  }

  private static func walk(
    _ value: JSONValue, _ pointer: JSONPointer, _ visit: (JSONPointer, JSONValue) -> Void
  ) {
    switch value {
    case .object(let object) where !object.isEmpty:
      for member in object.members { walk(member.value, pointer.appending(member.key), visit) }
    case .array(let elements) where !elements.isEmpty:
      for (index, element) in elements.enumerated() {
        walk(element, pointer.appending(String(index)), visit)
      }
    default: visit(pointer, value)
    }
  }
}
