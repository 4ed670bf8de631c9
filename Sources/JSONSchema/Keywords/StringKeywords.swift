// Keywords that restrict strings. Lengths count Unicode scalars.

import JSON

/// What a schema says about strings.
package struct StringKeywords: Sendable, Equatable {
  /// The least number of Unicode scalars.
  package var minLength: Int?
  /// The greatest number of Unicode scalars.
  package var maxLength: Int?
  /// A regular expression that must match somewhere.
  package var pattern: String?
  /// The name of a format.
  package var format: String?
  /// Whether the metaschema says that formats restrict strings.
  package var assertsFormat = false
}

extension SchemaParser {
  /// Reads the keywords of strings.
  mutating func parseStrings(
    _ object: SchemaObject, into node: inout SchemaNode
  ) throws(SchemaError) {
    node.strings.minLength = try count("minLength", object)
    node.strings.maxLength = try count("maxLength", object)
    if let value = object["pattern"] {
      guard let text = value.string else {
        throw .badKeyword(pointer: object.pointer, keyword: "pattern", expected: "a string")
      }
      node.strings.pattern = text
    }
    if let value = object["format"] {
      guard let text = value.string else {
        throw .badKeyword(pointer: object.pointer, keyword: "format", expected: "a string")
      }
      if FormatChecks.isKnown(text) {
        node.strings.format = text
        node.strings.assertsFormat = assertsFormats
      } else {
        node.withoutEffect.append(("format", "the format \"\(text)\" is unknown"))
      }
    }
  }

  /// Reads a keyword whose value is a whole number of at least zero.
  ///
  /// Values beyond `Int` are clamped: no text is that long.
  func count(
    _ name: String, _ object: SchemaObject
  ) throws(SchemaError) -> Int? {
    guard let value = object[name] else { return nil }
    guard let number = value.number, number.decimal.isInteger, !number.decimal.isNegative else {
      throw .badKeyword(
        pointer: object.pointer, keyword: name, expected: "a whole number of at least 0")
    }
    return min(number.int ?? Self.greatestCount, Self.greatestCount)
  }
}
