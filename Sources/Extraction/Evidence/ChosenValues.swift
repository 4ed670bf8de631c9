// Which values of an output were chosen from a list that the schema gives, so that the document need not hold them.

package import JSON

/// The places of a schema at which values come from a list.
package struct ChosenValues: Sendable {
  private let schema: JSONValue
  private static let depthLimit = 64

  /// Reads a schema.
  package init(_ schema: JSONValue) { self.schema = schema }

  /// Returns whether an `enum` or `const` that applies at a pointer holds the value.
  package func holds(_ value: JSONValue, at pointer: JSONPointer) -> Bool {
    holds(value, pointer.steps[...], schema, 0)
  }

  private func holds(
    _ value: JSONValue, _ steps: ArraySlice<String>, _ node: JSONValue, _ depth: Int
  ) -> Bool {
    guard let object = node.object, depth < Self.depthLimit else { return false }
    if steps.isEmpty {
      if object["enum"]?.array?.contains(value) == true || object["const"] == value { return true }
    }
    if let reference = object["$ref"]?.string, reference.hasPrefix("#"),
      let target = JSONPointer(String(reference.dropFirst()))?.find(in: schema),
      holds(value, steps, target, depth + 1)
    {
      return true
    }
    for key in ["anyOf", "oneOf", "allOf"] {
      for part in object[key]?.array ?? [] where holds(value, steps, part, depth + 1) {
        return true
      }
    }
    guard let step = steps.first else { return false }
    let rest = steps.dropFirst()
    if let member = object["properties"]?[step] { return holds(value, rest, member, depth + 1) }
    if let index = Int(step) {
      let prefix = object["prefixItems"]?.array ?? object["items"]?.array ?? []
      if index < prefix.count { return holds(value, rest, prefix[index], depth + 1) }
      if let items = object["items"] { return holds(value, rest, items, depth + 1) }
    }
    guard let others = object["additionalProperties"] else { return false }
    return holds(value, rest, others, depth + 1)
  }
}
