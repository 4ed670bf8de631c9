// What can be said about the values of a schema by reading it, without judging any value.
// Errs on the side of more: what is not understood may be anything.

import JSON
import JSONSchema

/// A schema's text with its definitions at hand.
struct SchemaReading {
  /// The whole schema.
  let root: JSONValue
  /// How many references and alternatives are followed.
  private static let depthLimit = 32

  init(_ root: JSONValue) { self.root = root }

  /// A definition that a reference names: the member that holds it and its name.
  struct Definition: Hashable {
    /// `$defs` or `definitions`.
    let home: String
    /// The name.
    let name: JSONKey
    /// The name as text.
    let text: String

    static func == (a: Self, b: Self) -> Bool { a.home == b.home && a.name == b.name }

    func hash(into hasher: inout Hasher) {
      hasher.combine(home)
      hasher.combine(name)
    }
  }

  /// Returns the definition at the root that a reference names, nil for any other reference.
  func definition(_ reference: String) -> Definition? {
    guard reference.utf8.first == UInt8(ascii: "#"), !reference.contains("%"),
      let pointer = JSONPointer(String(reference.dropFirst())), pointer.steps.count == 2,
      ["$defs", "definitions"].contains(pointer.steps[0]),
      pointer.find(in: root) != nil
    else { return nil }
    return Definition(
      home: pointer.steps[0], name: JSONKey(pointer.steps[1]), text: pointer.steps[1])
  }

  /// Returns the schema of a definition.
  func schema(_ definition: Definition) -> JSONValue? { root[definition.home]?[definition.text] }

  /// Returns a schema itself, or what it refers to if it is a reference to a definition.
  func resolved(_ schema: JSONValue) -> JSONValue {
    var schema = schema
    for _ in 0..<Self.depthLimit {
      guard let reference = schema["$ref"]?.string, let definition = definition(reference),
        let next = self.schema(definition)
      else { return schema }
      schema = next
    }
    return schema
  }

  /// Returns the types that values may have.
  func types(_ schema: JSONValue, depth: Int = 0) -> SchemaTypes {
    guard let object = schema.object, depth < Self.depthLimit else { return .any }
    var types = SchemaTypes.any
    switch object["type"] {
    case .string(let name): types = SchemaTypes.named(name) ?? .any
    case .array(let names):
      types = names.reduce(into: []) {
        $0.formUnion($1.string.flatMap { SchemaTypes.named($0) } ?? [])
      }
    default: break
    }
    if let value = object["const"] { types.formIntersection(.ofAllSpellings(value)) }
    if let values = object["enum"]?.array {
      types.formIntersection(values.reduce(into: []) { $0.formUnion(.ofAllSpellings($1)) })
    }
    if let reference = object["$ref"]?.string, let definition = definition(reference),
      let target = self.schema(definition)
    {
      types.formIntersection(self.types(target, depth: depth + 1))
    }
    for key in ["anyOf", "oneOf"] {
      guard let alternatives = object[key]?.array else { continue }
      types.formIntersection(
        alternatives.reduce(into: []) { $0.formUnion(self.types($1, depth: depth + 1)) })
    }
    for part in object["allOf"]?.array ?? [] {
      types.formIntersection(self.types(part, depth: depth + 1))
    }
    return types
  }

  /// Keywords beside a list of values that leave all of them in.
  private static let silent: Set<String> = [
    "enum", "type", "title", "description", "$comment", "default", "examples", "deprecated",
    "readOnly", "writeOnly",
  ]

  /// Returns the spellings of the values that a schema lists, none unless it lists scalars and says no more.
  func labels(_ schema: JSONValue) -> [[UInt8]] {
    let schema = resolved(schema)
    guard let object = schema.object, let values = object["enum"]?.array,
      object.keys.allSatisfy({ Self.silent.contains($0) || $0.hasPrefix("x-") })
    else { return [] }
    let types = types(schema)
    guard values.allSatisfy({ $0.array == nil && $0.object == nil && types.contains(.of($0)) })
    else { return [] }
    return values.map(\.bytes)
  }

  /// Returns whether null is a value, as far as reading tells; the validator judges the output.
  func acceptsNull(_ schema: JSONValue, depth: Int = 0) -> Bool {
    if let boolean = schema.bool { return boolean }
    guard let object = schema.object, depth < Self.depthLimit else { return false }
    guard types(schema, depth: depth).contains(.null) else { return false }
    if object["not"] != nil || object["if"] != nil { return false }
    if let value = object["const"], value != .null { return false }
    if let values = object["enum"]?.array, !values.contains(.null) { return false }
    for key in ["anyOf", "oneOf"] {
      guard let alternatives = object[key]?.array else { continue }
      if !alternatives.contains(where: { acceptsNull($0, depth: depth + 1) }) { return false }
    }
    return true
  }

  /// Returns whether every object among the values has a member other than one.
  func demandsMember(otherThan name: String, _ schema: JSONValue, depth: Int = 0) -> Bool {
    guard depth < Self.depthLimit else { return false }
    if !types(schema, depth: depth).contains(.object) { return true }
    let schema = resolved(schema)
    if let required = schema["required"]?.array,
      required.contains(where: { $0.string != nil && $0 != .string(name) })
    {
      return true
    }
    for key in ["anyOf", "oneOf"] {
      if let alternatives = schema[key]?.array,
        alternatives.allSatisfy({ demandsMember(otherThan: name, $0, depth: depth + 1) })
      {
        return true
      }
    }
    return false
  }
}
