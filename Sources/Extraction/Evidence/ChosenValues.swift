// What a schema says of single values of an output: chosen from a list, or a verbatim part of the document.

package import JSON

/// The marks of a schema by the places of its values.
package struct ChosenValues: Sendable {
  private let schema: JSONValue
  private static let depthLimit = 64

  /// Reads a schema.
  package init(_ schema: JSONValue) { self.schema = schema }

  /// Returns whether an `enum` or `const` that applies at a pointer holds the value.
  ///
  /// Such a value was chosen from a list, so that the document need not hold it.
  package func holds(_ value: JSONValue, at pointer: JSONPointer) -> Bool {
    someSchema(at: pointer) { node in
      node["enum"]?.array?.contains(value) == true || node["const"] == value
    }
  }

  /// Returns whether the value at a pointer could only be a part of the document.
  package func isVerbatim(_ pointer: JSONPointer) -> Bool {
    someSchema(at: pointer) { $0["x-verbatim"]?.bool == true }
  }

  private func someSchema(
    at pointer: JSONPointer, satisfies condition: (JSONObject) -> Bool
  ) -> Bool {
    search(pointer.steps[...], schema, 0, condition)
  }

  private func search(
    _ steps: ArraySlice<String>, _ node: JSONValue, _ depth: Int, _ condition: (JSONObject) -> Bool
  ) -> Bool {
    guard let object = node.object, depth < Self.depthLimit else { return false }
    if steps.isEmpty && condition(object) { return true }
    if let reference = object["$ref"]?.string, reference.hasPrefix("#"),
      let target = JSONPointer(String(reference.dropFirst()))?.find(in: schema),
      search(steps, target, depth + 1, condition)
    {
      return true
    }
    for key in ["anyOf", "oneOf", "allOf"] {
      for part in object[key]?.array ?? [] where search(steps, part, depth + 1, condition) {
        return true
      }
    }
    guard let step = steps.first else { return false }
    let rest = steps.dropFirst()
    if let member = object["properties"]?[step] {
      return search(rest, member, depth + 1, condition)
    }
    if let index = Int(step) {
      let prefix = object["prefixItems"]?.array ?? object["items"]?.array ?? []
      if index < prefix.count { return search(rest, prefix[index], depth + 1, condition) }
      if let items = object["items"] { return search(rest, items, depth + 1, condition) }
    }
    guard let others = object["additionalProperties"] else { return false }
    return search(rest, others, depth + 1, condition)
  }
}
