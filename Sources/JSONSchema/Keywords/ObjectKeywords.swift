// Keywords that restrict objects.

import JSON

/// What a schema says about objects.
package struct ObjectKeywords: Sendable {
  /// The schemas of named members, in the order of the schema.
  package var properties: [(name: String, schema: SchemaID)] = []
  /// The schemas of members whose name matches a regular expression.
  package var patternProperties: [(pattern: String, schema: SchemaID)] = []
  /// The schema of members that neither of the two above names.
  package var additionalProperties: SchemaID?
  /// The schema of all names.
  package var propertyNames: SchemaID?
  /// The members that must be present.
  package var required: [String] = []
  /// The least number of members.
  package var minProperties: Int?
  /// The greatest number of members.
  package var maxProperties: Int?
  /// Members that must be present if another one is.
  package var dependentRequired: [(name: String, required: [String])] = []
  /// Schemas for the whole object if a member is present.
  package var dependentSchemas: [(name: String, schema: SchemaID)] = []
  /// The schema of members that no other keyword has looked at.
  package var unevaluatedProperties: SchemaID?
}

extension SchemaParser {
  /// Reads the keywords of objects.
  mutating func parseObjects(
    _ object: SchemaObject, into node: inout SchemaNode
  ) throws(SchemaError) {
    for (name, schema) in try map("properties", object) {
      node.objects.properties.append((name, schema))
    }
    for (pattern, schema) in try map("patternProperties", object) {
      node.objects.patternProperties.append((pattern, schema))
    }
    node.objects.additionalProperties = try schema("additionalProperties", object)
    if let value = object["required"] {
      if value.bool != nil, draft == .draft4 || dialectIsImplied {
        node.withoutEffect.append(("required", "a truth value has no meaning since draft 4"))
      } else {
        node.objects.required = try names(value, "required", object)
      }
    }
    node.objects.minProperties = try count("minProperties", object)
    node.objects.maxProperties = try count("maxProperties", object)
    if draft >= .draft6 {
      node.objects.propertyNames = try schema("propertyNames", object)
    }
    if draft >= .draft2019 {
      if let value = object["dependentRequired"] {
        guard let members = value.object else {
          throw .badKeyword(
            pointer: object.pointer, keyword: "dependentRequired", expected: "an object")
        }
        for member in members.members {
          node.objects.dependentRequired.append(
            (member.key, try names(member.value, "dependentRequired", object)))
        }
      }
      for (name, schema) in try map("dependentSchemas", object) {
        node.objects.dependentSchemas.append((name, schema))
      }
      node.objects.unevaluatedProperties = try schema("unevaluatedProperties", object)
    }
    if draft < .draft2019 || dialectIsImplied, let value = object["dependencies"] {
      guard let members = value.object else {
        throw .badKeyword(pointer: object.pointer, keyword: "dependencies", expected: "an object")
      }
      for member in members.members {
        if member.value.array != nil {
          node.objects.dependentRequired.append(
            (member.key, try names(member.value, "dependencies", object)))
        } else {
          let place = object.pointer + "/dependencies/" + Self.escaped(member.key)
          node.objects.dependentSchemas.append((member.key, try parse(member.value, at: place)))
        }
      }
    }
  }

  private func names(
    _ value: JSONValue, _ keyword: String, _ object: SchemaObject
  ) throws(SchemaError) -> [String] {
    let fault = SchemaError.badKeyword(
      pointer: object.pointer, keyword: keyword, expected: "a list of names")
    guard let elements = value.array else { throw fault }
    var result: [String] = []
    var seen: Set<JSONKey> = []
    for element in elements {
      guard let name = element.string else { throw fault }
      if seen.insert(JSONKey(name)).inserted { result.append(name) }
    }
    return result
  }
}
