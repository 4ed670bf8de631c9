// Keywords that restrict numbers. Bounds are exact decimals and never pass through a double.

package import JSON

/// What a schema says about numbers.
package struct NumberKeywords: Sendable, Equatable {
  /// The least allowed value.
  package var minimum: Decimal?
  /// The greatest allowed value.
  package var maximum: Decimal?
  /// A bound below every allowed value.
  package var exclusiveMinimum: Decimal?
  /// A bound above every allowed value.
  package var exclusiveMaximum: Decimal?
  /// A divisor of every allowed value.
  package var multipleOf: Decimal?

  /// Returns the first keyword that a number violates.
  func violation(by value: Decimal) -> String? {
    if let minimum, value < minimum { return "minimum" }
    if let maximum, maximum < value { return "maximum" }
    if let exclusiveMinimum, !(exclusiveMinimum < value) { return "exclusiveMinimum" }
    if let exclusiveMaximum, !(value < exclusiveMaximum) { return "exclusiveMaximum" }
    if let multipleOf, value.isMultiple(of: multipleOf) != true { return "multipleOf" }
    return nil
  }
}

extension SchemaParser {
  /// Reads the keywords of numbers.
  mutating func parseNumbers(
    _ object: SchemaObject, into node: inout SchemaNode
  ) throws(SchemaError) {
    node.numbers.minimum = try decimal("minimum", object)
    node.numbers.maximum = try decimal("maximum", object)
    let pairs = [("exclusiveMinimum", true), ("exclusiveMaximum", false)]
    for (name, isLower) in pairs {
      guard let value = object[name] else { continue }
      if let flag = value.bool, draft == .draft4 || dialectIsImplied {
        guard flag else { continue }
        if isLower {
          node.numbers.exclusiveMinimum = node.numbers.minimum
          node.numbers.minimum = nil
        } else {
          node.numbers.exclusiveMaximum = node.numbers.maximum
          node.numbers.maximum = nil
        }
      } else {
        let bound = try decimal(name, object)
        if isLower {
          node.numbers.exclusiveMinimum = bound
        } else {
          node.numbers.exclusiveMaximum = bound
        }
      }
    }
    if let divisor = try decimal("multipleOf", object) {
      guard !divisor.isZero, !divisor.isNegative, divisor.digits.count <= 17 else {
        throw .badKeyword(
          pointer: object.pointer, keyword: "multipleOf",
          expected: "a number above zero with at most 17 significant digits")
      }
      node.numbers.multipleOf = divisor
    }
  }

  private func decimal(
    _ name: String, _ object: SchemaObject
  ) throws(SchemaError) -> Decimal? {
    guard let value = object[name] else { return nil }
    guard let number = value.number else {
      throw .badKeyword(pointer: object.pointer, keyword: name, expected: "a number")
    }
    return number.decimal
  }
}
