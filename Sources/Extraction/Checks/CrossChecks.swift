// The rules of `x-check` in a schema, and their evaluation on a finished output.
//
// A rule stands on an object schema that is reached through `properties`, `items`, `prefixItems`,
// `additionalProperties`, `allOf`, references, and alternatives of which one alone may be an object. A rule at
// any other place could not be evaluated with certainty, so the schema is refused.

package import JSON

/// All rules of one schema.
package struct CrossChecks: Sendable {
  private let schema: JSONValue
  /// The rules by the place of their schema.
  private let rules: [JSONPointer: [CheckRule]]

  private static let keyword = "x-check"
  private static let alternatives = ["anyOf", "oneOf"]
  /// The most references in a row.
  private static let referenceLimit = 64
  /// The most places of a schema that are read.
  private static let placeLimit = 100_000

  /// Whether the schema has no rules.
  package var isEmpty: Bool { rules.isEmpty }

  /// Reads the rules of a schema.
  ///
  /// - Throws: `JobFailure.schema` for a rule that is malformed or could not be evaluated.
  package init(_ schema: JSONValue) throws(JobFailure) {
    self.schema = schema
    var marked: [JSONPointer] = []
    Self.findMarks(in: schema, at: JSONPointer(), &marked)
    guard !marked.isEmpty else {
      rules = [:]
      return
    }
    var rules: [JSONPointer: [CheckRule]] = [:]
    var reached: Set<JSONPointer> = []
    var waiting = [JSONPointer()]
    while let place = waiting.popLast() {
      guard reached.count < Self.placeLimit, reached.insert(place).inserted,
        let node = place.find(in: schema), node.object != nil
      else { continue }
      if let list = node[Self.keyword] {
        rules[place] = try Self.rules(list, at: place)
      }
      waiting += Self.parts(of: node, at: place, in: schema)
    }
    for mark in marked where rules[mark] == nil {
      throw .schema(
        pointer: mark.appending(Self.keyword).description,
        problem: "\"x-check\" stands at a place where it cannot be evaluated")
    }
    self.rules = rules
  }

  private static func rules(
    _ value: JSONValue, at place: JSONPointer
  ) throws(JobFailure) -> [CheckRule] {
    let pointer = place.appending(keyword).description
    guard let list = value.array else {
      throw .schema(pointer: pointer, problem: "\"x-check\" must be a list of rules")
    }
    var rules: [CheckRule] = []
    for value in list {
      do throws(RuleProblem) {
        rules.append(try CheckRule(value))
      } catch { throw .schema(pointer: pointer, problem: error.sentence) }
    }
    return rules
  }

  /// Returns what becomes of every rule on an output, in the order of the output.
  package func outcomes(on output: JSONValue) -> [CheckOutcome] {
    var outcomes: [CheckOutcome] = []
    if !isEmpty { evaluate(output, JSONPointer(), JSONPointer(), 0, &outcomes) }
    return outcomes
  }
}

// MARK: - The walk

extension CrossChecks {
  /// The keywords whose value is data, not schemas.
  private static let data: Set<String> = ["enum", "const", "default", "examples", "x-check"]
  /// The keywords whose members are schemas under names of the user.
  private static let maps: Set<String> = [
    "properties", "$defs", "definitions", "patternProperties", "dependentSchemas", "dependencies",
  ]

  private static func findMarks(
    in value: JSONValue, at place: JSONPointer, _ marked: inout [JSONPointer]
  ) {
    switch value {
    case .object(let object):
      if object[keyword] != nil { marked.append(place) }
      for member in object.members where !data.contains(member.key) {
        let inner = place.appending(member.key)
        if maps.contains(member.key), let named = member.value.object {
          for entry in named.members {
            findMarks(in: entry.value, at: inner.appending(entry.key), &marked)
          }
        } else {
          findMarks(in: member.value, at: inner, &marked)
        }
      }
    case .array(let elements):
      for (index, element) in elements.enumerated() {
        findMarks(in: element, at: place.appending(String(index)), &marked)
      }
    default: break
    }
  }

  /// Returns the places of the schemas that describe a value's parts, and of those that describe it as well.
  private static func parts(
    of node: JSONValue, at place: JSONPointer, in schema: JSONValue
  ) -> [JSONPointer] {
    var parts = same(as: node, at: place, in: schema)
    for name in node["properties"]?.object?.keys ?? [] {
      parts.append(place.appending("properties").appending(name))
    }
    for key in ["items", "additionalProperties"] where node[key]?.object != nil {
      parts.append(place.appending(key))
    }
    for key in ["prefixItems", "items"] {
      for index in (node[key]?.array ?? []).indices {
        parts.append(place.appending(key).appending(String(index)))
      }
    }
    return parts
  }

  /// Returns the places of the schemas that describe the same value as another.
  private static func same(
    as node: JSONValue, at place: JSONPointer, in schema: JSONValue
  ) -> [JSONPointer] {
    var places: [JSONPointer] = []
    if let reference = node["$ref"]?.string, reference.hasPrefix("#"),
      let target = JSONPointer(String(reference.dropFirst()))
    {
      places.append(target)
    }
    for index in (node["allOf"]?.array ?? []).indices {
      places.append(place.appending("allOf").appending(String(index)))
    }
    for key in alternatives {
      let branches = node[key]?.array ?? []
      let objects = branches.indices.filter { mayBeObject(branches[$0], in: schema, 0) }
      if objects.count == 1, let only = objects.first {
        places.append(place.appending(key).appending(String(only)))
      }
    }
    return places
  }

  private static func mayBeObject(_ node: JSONValue, in schema: JSONValue, _ depth: Int) -> Bool {
    if node.bool == false { return false }
    guard depth < referenceLimit else { return true }
    switch node["type"] {
    case .string(let name): return name == "object"
    case .array(let names): return names.contains("object")
    default: break
    }
    if let values = node["enum"]?.array { return values.contains { $0.object != nil } }
    if let value = node["const"] { return value.object != nil }
    if let reference = node["$ref"]?.string, reference.hasPrefix("#"),
      let target = JSONPointer(String(reference.dropFirst()))?.find(in: schema)
    {
      return mayBeObject(target, in: schema, depth + 1)
    }
    return true
  }

  private func evaluate(
    _ value: JSONValue, _ place: JSONPointer, _ at: JSONPointer, _ depth: Int,
    _ outcomes: inout [CheckOutcome]
  ) {
    guard depth < Self.referenceLimit, let node = at.find(in: schema), node.object != nil else {
      return
    }
    if value.object != nil {
      for rule in rules[at] ?? [] { outcomes.append(rule.outcome(on: value, at: place)) }
    }
    for other in Self.same(as: node, at: at, in: schema) {
      evaluate(value, place, other, depth + 1, &outcomes)
    }
    switch value {
    case .object(let object):
      for member in object.members {
        let inner = place.appending(member.key)
        if node["properties"]?[member.key] != nil {
          let next = at.appending("properties").appending(member.key)
          evaluate(member.value, inner, next, 0, &outcomes)
        } else if node["additionalProperties"]?.object != nil {
          evaluate(member.value, inner, at.appending("additionalProperties"), 0, &outcomes)
        }
      }
    case .array(let elements):
      let key = node["prefixItems"] != nil ? "prefixItems" : "items"
      let prefix = node[key]?.array?.count ?? 0
      for (index, element) in elements.enumerated() {
        let inner = place.appending(String(index))
        if index < prefix {
          evaluate(element, inner, at.appending(key).appending(String(index)), 0, &outcomes)
        } else if node["items"]?.object != nil {
          evaluate(element, inner, at.appending("items"), 0, &outcomes)
        }
      }
    default: break
    }
  }
}
