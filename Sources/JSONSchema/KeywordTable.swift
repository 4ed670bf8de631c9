// Every keyword of the four drafts: what kind it is and where it belongs.
// Knows names only; what a keyword means stands in Keywords/.

/// A version of the JSON Schema dialect.
package enum Draft: Int, Comparable, Sendable {
  case draft4, draft6, draft7, draft2019, draft2020

  package static func < (a: Draft, b: Draft) -> Bool { a.rawValue < b.rawValue }
}

/// One keyword of the dialect.
package struct Keyword: Sendable {
  /// What a keyword does.
  package enum Role: Sendable {
    /// Identifies, refers or holds definitions.
    case core
    /// Applies subschemas to the value or its parts.
    case applicator
    /// Restricts the value.
    case assertion
    /// Says something about the value without restricting it.
    case annotation
  }

  /// A group of keywords that a metaschema may leave out.
  package enum Vocabulary: Sendable {
    case core, applicator, unevaluated, validation, format, metaData, content
  }

  /// The name.
  package let name: String
  /// What it does.
  package let role: Role
  /// The first draft that has it.
  package let since: Draft
  /// The last draft that has it.
  package let until: Draft

  /// Whether leaving the keyword out can change which values are valid.
  package var isAsserting: Bool {
    role == .assertion || role == .applicator
      || ["$ref", "$dynamicRef", "$recursiveRef"].contains(name)
  }

  /// The group that it belongs to.
  package var vocabulary: Vocabulary {
    switch role {
    case .core: .core
    case .applicator: name.hasPrefix("unevaluated") ? .unevaluated : .applicator
    case .assertion: name == "format" ? .format : .validation
    case .annotation: name.hasPrefix("content") ? .content : .metaData
    }
  }
}

/// The keywords of all drafts by name.
package enum KeywordTable {
  /// All keywords.
  package static let all: [Keyword] =
    group(.core, since: .draft4, ["$schema", "$ref", "definitions"])
    + group(.core, since: .draft4, until: .draft4, ["id"])
    + group(.core, since: .draft6, ["$id"])
    + group(.core, since: .draft7, ["$comment"])
    + group(.core, since: .draft2019, ["$defs", "$anchor", "$vocabulary"])
    + group(
      .core, since: .draft2019, until: .draft2019, ["$recursiveRef", "$recursiveAnchor"])
    + group(.core, since: .draft2020, ["$dynamicRef", "$dynamicAnchor"])
    + group(
      .applicator, since: .draft4,
      [
        "properties", "patternProperties", "additionalProperties", "items", "allOf", "anyOf",
        "oneOf", "not",
      ])
    + group(.applicator, since: .draft4, until: .draft2019, ["additionalItems"])
    + group(.applicator, since: .draft4, until: .draft7, ["dependencies"])
    + group(.applicator, since: .draft6, ["contains", "propertyNames"])
    + group(.applicator, since: .draft7, ["if", "then", "else"])
    + group(
      .applicator, since: .draft2019,
      ["dependentSchemas", "unevaluatedItems", "unevaluatedProperties"])
    + group(.applicator, since: .draft2020, ["prefixItems"])
    + group(
      .assertion, since: .draft4,
      [
        "type", "enum", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum",
        "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems",
        "maxProperties", "minProperties", "required", "format",
      ])
    + group(.assertion, since: .draft6, ["const"])
    + group(.assertion, since: .draft2019, ["maxContains", "minContains", "dependentRequired"])
    + group(.annotation, since: .draft4, ["title", "description", "default"])
    + group(.annotation, since: .draft6, ["examples"])
    + group(
      .annotation, since: .draft7, ["readOnly", "writeOnly", "contentEncoding", "contentMediaType"])
    + group(.annotation, since: .draft2019, ["deprecated", "contentSchema"])

  private static let byName: [String: Keyword] = Dictionary(
    all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  private static func group(
    _ role: Keyword.Role, since: Draft, until: Draft = .draft2020, _ names: [String]
  ) -> [Keyword] {
    names.map { Keyword(name: $0, role: role, since: since, until: until) }
  }

  /// Returns the keyword of a name, whatever the draft.
  package static func keyword(_ name: String) -> Keyword? { byName[name] }

  /// Returns the asserting keyword that a name was probably meant to be.
  ///
  /// Names that begin with a letter are compared, without case, with asserting keywords of five or more
  /// letters: one edit or one swap of neighbors apart, two from nine letters on.
  package static func nearMiss(of name: String) -> Keyword? {
    guard byName[name] == nil, let first = name.unicodeScalars.first,
      first.properties.isAlphabetic, name.utf8.count <= 64
    else { return nil }
    let letters = Array(name.lowercased().utf8)
    for keyword in all where keyword.isAsserting && keyword.name.utf8.count >= 5 {
      let target = Array(keyword.name.lowercased().utf8)
      let allowed = target.count >= 9 ? 2 : 1
      if abs(target.count - letters.count) <= allowed, edits(letters, target) <= allowed {
        return keyword
      }
    }
    return nil
  }

  /// Returns the least number of insertions, removals, replacements and swaps of neighbors.
  private static func edits(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 1...a.count {
      var row = [i] + [Int](repeating: 0, count: b.count)
      for j in 1...b.count {
        row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
        if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
          row[j] = min(row[j], beforeLast[j - 2] + 1)
        }
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }
}
