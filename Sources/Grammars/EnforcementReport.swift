// What becomes of each keyword of a schema, said before any model time is spent.

package import JSONSchema

/// What becomes of every keyword of a schema.
package struct EnforcementReport: Sendable {
  /// How a keyword is honored.
  package enum Enforcement: Equatable, Sendable {
    /// No output can violate it.
    case inMask
    /// The finished value is checked and repaired.
    case checkedAfter
    /// The schema is refused because of it.
    case refused
    /// It restricts nothing.
    case noEffect
  }

  /// One keyword at one place.
  package struct Entry: Equatable, Sendable {
    /// The place of the schema that holds it.
    package let pointer: String
    /// Its name.
    package let keyword: String
    /// What becomes of it.
    package let enforcement: Enforcement
    /// Why, where that is not plain.
    package let detail: String
  }

  /// All keywords, in the order of the schema.
  package let entries: [Entry]

  /// The first keyword because of which the schema is refused.
  package var firstRefusal: Entry? { entries.first { $0.enforcement == .refused } }

  /// Creates the report of a schema.
  package init(_ schema: Schema) {
    var entries: [Entry] = []
    for node in schema.nodes {
      for keyword in node.keywords {
        if let idle = node.withoutEffect.first(where: { $0.keyword == keyword }) {
          entries.append(
            Entry(
              pointer: node.pointer, keyword: keyword, enforcement: .noEffect, detail: idle.why))
        } else if let why = Self.refusal(of: keyword, in: node) {
          entries.append(
            Entry(pointer: node.pointer, keyword: keyword, enforcement: .refused, detail: why))
        } else if let known = KeywordTable.keyword(keyword), known.isAsserting {
          entries.append(
            Entry(pointer: node.pointer, keyword: keyword, enforcement: .inMask, detail: ""))
        } else {
          entries.append(
            Entry(
              pointer: node.pointer, keyword: keyword, enforcement: .noEffect,
              detail: "it names or holds schemas"))
        }
      }
    }
    self.entries = entries
  }

  private static let unsupported: [String: String] = [
    "pattern": "regular expressions are not in the masks yet",
    "patternProperties": "regular expressions are not in the masks yet",
    "propertyNames": "restricted names are not in the masks yet",
    "minProperties": "counting members is not in the masks yet",
    "maxProperties": "counting members is not in the masks yet",
    "dependentRequired": "members that depend on each other are not in the masks yet",
    "dependentSchemas": "members that depend on each other are not in the masks yet",
    "dependencies": "members that depend on each other are not in the masks yet",
    "uniqueItems": "elements that must differ are not in the masks yet",
    "contains": "elements of which some must match are not in the masks yet",
    "unevaluatedItems": "what other keywords have looked at is not followed yet",
    "unevaluatedProperties": "what other keywords have looked at is not followed yet",
    "oneOf": "exactly one of several schemas is not in the masks yet",
    "not": "negation is not in the masks yet",
    "if": "conditions are not in the masks yet",
    "multipleOf": "multiples are not in the masks yet",
  ]

  /// Returns why a keyword cannot be enforced, nil if it can.
  private static func refusal(of keyword: String, in node: SchemaNode) -> String? {
    switch keyword {
    case "uniqueItems": return node.arrays.uniqueItems ? unsupported[keyword] : nil
    case "format":
      guard let format = node.strings.format, !StringLowering.supports(format: format) else {
        return nil
      }
      return "the format \"\(format)\" is not in the masks yet"
    case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
      let types = node.types ?? .any
      return types.contains(.fraction)
        ? "ranges are in the masks only where \"type\" is integer" : nil
    case "$dynamicRef":
      return node.combinators.dynamicRef?.anchor == nil
        ? nil : "references that depend on the path are not followed yet"
    default: return unsupported[keyword]
    }
  }
}
