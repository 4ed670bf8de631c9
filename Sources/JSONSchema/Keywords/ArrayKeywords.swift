// Keywords that restrict arrays.

import JSON

/// What a schema says about arrays.
package struct ArrayKeywords: Sendable, Equatable {
  /// The schemas of the first elements, one each.
  package var prefixItems: [SchemaID] = []
  /// The schema of the other elements.
  package var items: SchemaID?
  /// The least number of elements.
  package var minItems: Int?
  /// The greatest number of elements.
  package var maxItems: Int?
  /// Whether all elements must differ.
  package var uniqueItems = false
  /// A schema that some elements must satisfy.
  package var contains: SchemaID?
  /// How many elements must satisfy `contains` at least; one if absent.
  package var minContains: Int?
  /// How many elements may satisfy `contains`.
  package var maxContains: Int?
  /// Whether an element that satisfies `contains` counts as looked at.
  package var containsEvaluates = false
  /// The schema of elements that no other keyword has looked at.
  package var unevaluatedItems: SchemaID?
}

extension SchemaParser {
  /// Reads the keywords of arrays.
  mutating func parseArrays(_ object: SchemaObject, into node: inout SchemaNode) throws(SchemaError)
  {
    node.arrays.minItems = try count("minItems", object)
    node.arrays.maxItems = try count("maxItems", object)
    if let value = object["uniqueItems"] {
      guard let flag = value.bool else {
        throw .badKeyword(
          pointer: object.pointer, keyword: "uniqueItems", expected: "true or false")
      }
      node.arrays.uniqueItems = flag
    }
    if draft >= .draft2020, object["prefixItems"] != nil {
      node.arrays.prefixItems = try list("prefixItems", object, mayBeEmpty: false)
      node.arrays.items = try schema("items", object)
    } else if object["items"]?.array != nil, draft < .draft2020 || dialectIsImplied {
      node.arrays.prefixItems = try list("items", object, mayBeEmpty: true)
      node.arrays.items = try schema("additionalItems", object)
    } else {
      node.arrays.items = try schema("items", object)
      if draft < .draft2020, object["additionalItems"] != nil {
        _ = try schema("additionalItems", object)
        node.withoutEffect.append(
          ("additionalItems", "it applies only where \"items\" is an array"))
      }
    }
    if draft >= .draft6 {
      node.arrays.contains = try schema("contains", object)
    }
    if draft >= .draft2019 {
      node.arrays.containsEvaluates = draft >= .draft2020
      node.arrays.minContains = try count("minContains", object)
      node.arrays.maxContains = try count("maxContains", object)
      if node.arrays.contains == nil {
        for name in ["minContains", "maxContains"] where object[name] != nil {
          node.withoutEffect.append((name, "there is no \"contains\" beside it"))
        }
      }
      node.arrays.unevaluatedItems = try schema("unevaluatedItems", object)
    }
  }
}
