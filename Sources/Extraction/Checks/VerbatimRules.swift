// Where `x-verbatim` may stand: on strings whose form the schema leaves open, reached by plain ways.
//
// The masks let such a string be any part of the document. A pattern or a list of values beside the mark could
// leave no part that satisfies both, so it is refused.

import JSON

/// The marks of verbatim strings in one schema.
struct VerbatimRules: Sendable {
  /// Whether the schema marks any string.
  private(set) var isUsed = false

  private static let mark = "x-verbatim"
  /// What may stand beside the mark.
  private static let neighbors: Set<String> = [
    "type", "x-verbatim", "x-evidence", "x-abstain", "minLength", "maxLength", "title",
    "description", "$comment", "default", "examples", "deprecated", "readOnly", "writeOnly",
  ]
  /// The keywords through which the place of a string is known.
  private static let ways: Set<String> = [
    "properties", "items", "prefixItems", "additionalProperties", "$defs", "definitions", "anyOf",
    "oneOf", "allOf",
  ]
  private static let maps: Set<String> = [
    "properties", "$defs", "definitions", "patternProperties", "dependentSchemas", "dependencies",
  ]
  private static let data: Set<String> = ["enum", "const", "default", "examples", "x-check"]

  /// Looks through a schema.
  ///
  /// - Throws: `JobFailure.schema` for a mark that cannot be honored.
  init(_ schema: JSONValue) throws(JobFailure) {
    try visit(schema, JSONPointer(), isPlain: true)
  }

  private mutating func visit(
    _ node: JSONValue, _ place: JSONPointer, isPlain: Bool
  ) throws(JobFailure) {
    if let elements = node.array {
      for (index, element) in elements.enumerated() {
        try visit(element, place.appending(String(index)), isPlain: isPlain)
      }
    }
    guard let object = node.object else { return }
    if let value = object[Self.mark], value != false { try check(object, value, place, isPlain) }
    for member in object.members where !Self.data.contains(member.key) {
      let inner = place.appending(member.key)
      let stays = isPlain && Self.ways.contains(member.key)
      if Self.maps.contains(member.key), let named = member.value.object {
        for entry in named.members {
          try visit(entry.value, inner.appending(entry.key), isPlain: stays)
        }
      } else {
        try visit(member.value, inner, isPlain: stays)
      }
    }
  }

  private mutating func check(
    _ object: JSONObject, _ value: JSONValue, _ place: JSONPointer, _ isPlain: Bool
  ) throws(JobFailure) {
    let pointer = place.appending(Self.mark).description
    guard value == true else {
      throw .schema(pointer: pointer, problem: "\"x-verbatim\" must be true or false")
    }
    guard isPlain else {
      throw .schema(
        pointer: pointer, problem: "\"x-verbatim\" stands at a place where masks cannot honor it")
    }
    guard object["type"] == "string" else {
      throw .schema(
        pointer: pointer, problem: "\"x-verbatim\" needs \"type\": \"string\" beside it")
    }
    for key in object.keys where !Self.neighbors.contains(key) && !key.hasPrefix("x-") {
      throw .schema(
        pointer: pointer, problem: "\"x-verbatim\" cannot be honored together with \"\(key)\"")
    }
    if let least = object["minLength"]?.int, least > 1 {
      throw .schema(
        pointer: pointer,
        problem: "\"x-verbatim\" cannot be honored together with a \"minLength\" above 1")
    }
    isUsed = true
  }
}
