// The judge of finished values. It reads the schema directly and knows nothing of masks.

package import JSON

/// One way in which a value fails a schema.
package struct SchemaViolation: Equatable, Sendable {
  /// The place in the value.
  package let instance: String
  /// The place in the schema.
  package let schema: String
  /// The keyword that is violated.
  package let keyword: String
}

/// A judge of finished values under one schema.
package struct SchemaValidator: Sendable {
  /// Whether formats restrict strings.
  package enum Formats: Sendable {
    case assert
    case annotate
  }

  /// The schema.
  package let schema: Schema
  private let formats: Formats
  /// How often schemas may be applied to one value without going into one of its parts.
  private static let greatestDepth = 4096

  /// Creates a judge.
  ///
  /// - Throws: `SchemaError.unsupported` for a keyword that cannot be judged; none is ignored.
  package init(_ schema: Schema, formats: Formats = .assert) throws(SchemaError) {
    self.schema = schema
    self.formats = formats
    for node in schema.nodes { try Self.refuseUnsupported(node, formats: formats) }
  }

  private static func refuseUnsupported(
    _ node: SchemaNode, formats: Formats
  ) throws(SchemaError) {
    func refuse(_ keyword: String, _ detail: String) -> SchemaError {
      .unsupported(pointer: node.pointer, keyword: keyword, detail: detail)
    }
    if node.strings.pattern != nil { throw refuse("pattern", "regular expressions come later") }
    if let format = node.strings.format, formats == .assert, !FormatChecks.isSupported(format) {
      throw refuse("format", "the format \"\(format)\" cannot be checked yet")
    }
    if !node.objects.patternProperties.isEmpty {
      throw refuse("patternProperties", "regular expressions come later")
    }
    if node.arrays.unevaluatedItems != nil {
      throw refuse("unevaluatedItems", "what other keywords have looked at is not followed yet")
    }
    if node.objects.unevaluatedProperties != nil {
      throw refuse(
        "unevaluatedProperties", "what other keywords have looked at is not followed yet")
    }
    if node.combinators.dynamicRef?.anchor != nil {
      throw refuse("$dynamicRef", "references that depend on the path are not followed yet")
    }
  }

  /// Returns the violations of a value, at most `limit` of them; none means valid.
  package func violations(of value: JSONValue, limit: Int = 16) -> [SchemaViolation] {
    var run = Run(validator: self, limit: limit)
    _ = run.check(value, schema.root, at: "", depth: 0)
    return run.found
  }

  /// Returns whether a value satisfies the schema.
  package func isValid(_ value: JSONValue) -> Bool { isValid(value, under: schema.root) }

  /// Returns whether a value satisfies one node of the schema.
  package func isValid(_ value: JSONValue, under id: SchemaID) -> Bool {
    var run = Run(validator: self, limit: 0)
    return run.check(value, id, at: "", depth: 0)
  }

  /// One judgement, which collects violations up to a limit.
  private struct Run {
    let validator: SchemaValidator
    let limit: Int
    var found: [SchemaViolation] = []

    /// Notes a violation and returns false.
    mutating func fail(_ instance: String, _ node: SchemaNode, _ keyword: String) -> Bool {
      if found.count < limit {
        found.append(
          SchemaViolation(instance: instance, schema: node.pointer, keyword: keyword))
      }
      return false
    }

    /// Judges in silence, for schemas whose failure may be right.
    func holds(_ value: JSONValue, _ id: SchemaID, _ depth: Int) -> Bool {
      var run = Run(validator: validator, limit: 0)
      return run.check(value, id, at: "", depth: depth)
    }

    mutating func check(
      _ value: JSONValue, _ id: SchemaID, at place: String, depth: Int
    ) -> Bool {
      let node = validator.schema[id]
      if let flag = node.boolean { return flag || fail(place, node, "false") }
      // Only references that lead back to themselves get here; such a schema accepts nothing.
      guard depth < SchemaValidator.greatestDepth else { return fail(place, node, "$ref") }
      var valid = true
      if let types = node.types, !types.contains(SchemaTypes.of(value)) {
        valid = fail(place, node, "type")
      }
      if node.enumeration != nil, !node.enumerated.contains(value) {
        valid = fail(place, node, "enum")
      }
      if let constant = node.constant, constant != value { valid = fail(place, node, "const") }
      switch value {
      case .number(let number):
        if let keyword = node.numbers.violation(by: number.decimal) {
          valid = fail(place, node, keyword)
        }
      case .string(let text): valid = check(text, node, at: place) && valid
      case .array(let elements):
        valid = check(elements, node, at: place, depth: depth) && valid
      case .object(let object):
        valid = check(object, value, node, at: place, depth: depth) && valid
      default: break
      }
      return checkCombinators(value, node, at: place, depth: depth) && valid
    }

    private mutating func check(_ text: String, _ node: SchemaNode, at place: String) -> Bool {
      var valid = true
      if node.strings.minLength != nil || node.strings.maxLength != nil {
        let length = text.unicodeScalars.count
        if let least = node.strings.minLength, length < least {
          valid = fail(place, node, "minLength")
        }
        if let greatest = node.strings.maxLength, length > greatest {
          valid = fail(place, node, "maxLength")
        }
      }
      if let format = node.strings.format, validator.formats == .assert,
        !FormatChecks.accepts(text, format: format)
      {
        valid = fail(place, node, "format")
      }
      return valid
    }

    private mutating func check(
      _ elements: [JSONValue], _ node: SchemaNode, at place: String, depth: Int
    ) -> Bool {
      let keywords = node.arrays
      var valid = true
      if let least = keywords.minItems, elements.count < least {
        valid = fail(place, node, "minItems")
      }
      if let greatest = keywords.maxItems, elements.count > greatest {
        valid = fail(place, node, "maxItems")
      }
      if keywords.uniqueItems, Set(elements).count != elements.count {
        valid = fail(place, node, "uniqueItems")
      }
      for (i, element) in elements.enumerated() {
        let schema = i < keywords.prefixItems.count ? keywords.prefixItems[i] : keywords.items
        if let schema {
          valid = check(element, schema, at: "\(place)/\(i)", depth: depth + 1) && valid
        }
      }
      if let contains = keywords.contains {
        let matches = elements.count { holds($0, contains, depth + 1) }
        if matches < keywords.minContains ?? 1 { valid = fail(place, node, "contains") }
        if let greatest = keywords.maxContains, matches > greatest {
          valid = fail(place, node, "maxContains")
        }
      }
      return valid
    }

    private mutating func check(
      _ object: JSONObject, _ value: JSONValue, _ node: SchemaNode, at place: String, depth: Int
    ) -> Bool {
      let keywords = node.objects
      var valid = true
      for name in keywords.required where !object.contains(name) {
        valid = fail(place, node, "required")
      }
      if let least = keywords.minProperties, object.count < least {
        valid = fail(place, node, "minProperties")
      }
      if let greatest = keywords.maxProperties, object.count > greatest {
        valid = fail(place, node, "maxProperties")
      }
      for (name, names) in keywords.dependentRequired where object.contains(name) {
        for needed in names where !object.contains(needed) {
          valid = fail(place, node, "dependentRequired")
        }
      }
      for (name, schema) in keywords.dependentSchemas where object.contains(name) {
        valid = check(value, schema, at: place, depth: depth + 1) && valid
      }
      return checkMembers(object, node, at: place, depth: depth) && valid
    }

    private mutating func checkMembers(
      _ object: JSONObject, _ node: SchemaNode, at place: String, depth: Int
    ) -> Bool {
      let keywords = node.objects
      if keywords.properties.isEmpty, keywords.additionalProperties == nil,
        keywords.propertyNames == nil
      {
        return true
      }
      var valid = true
      var schemas: [JSONKey: SchemaID] = [:]
      for (name, schema) in keywords.properties { schemas[JSONKey(name)] = schema }
      for member in object.members {
        let inner = place + "/" + SchemaParser.escaped(member.key)
        if let names = keywords.propertyNames, !holds(.string(member.key), names, depth + 1) {
          valid = fail(inner, node, "propertyNames")
        }
        if let schema = schemas[JSONKey(member.key)] ?? keywords.additionalProperties {
          valid = check(member.value, schema, at: inner, depth: depth + 1) && valid
        }
      }
      return valid
    }

    private mutating func checkCombinators(
      _ value: JSONValue, _ node: SchemaNode, at place: String, depth: Int
    ) -> Bool {
      let keywords = node.combinators
      var valid = true
      for target in [keywords.ref, keywords.dynamicRef?.initial] {
        if let target { valid = check(value, target, at: place, depth: depth + 1) && valid }
      }
      for schema in keywords.allOf {
        valid = check(value, schema, at: place, depth: depth + 1) && valid
      }
      if !keywords.anyOf.isEmpty, !keywords.anyOf.contains(where: { holds(value, $0, depth + 1) }) {
        valid = fail(place, node, "anyOf")
      }
      if !keywords.oneOf.isEmpty, keywords.oneOf.count(where: { holds(value, $0, depth + 1) }) != 1
      {
        valid = fail(place, node, "oneOf")
      }
      if let schema = keywords.not, holds(value, schema, depth + 1) {
        valid = fail(place, node, "not")
      }
      if let condition = keywords.if {
        let branch = holds(value, condition, depth + 1) ? keywords.then : keywords.else
        if let branch { valid = check(value, branch, at: place, depth: depth + 1) && valid }
      }
      return valid
    }
  }
}
