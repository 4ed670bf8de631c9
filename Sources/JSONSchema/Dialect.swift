// What a schema's `$schema` stands for: a draft, and of the later drafts a choice of vocabularies.
//
// A metaschema of the user's own is followed as far as its `$vocabulary` goes: keywords of a vocabulary
// that it leaves out have no effect. The rest of a metaschema says what schemas look like, not what they
// mean, and is not needed here.

import JSON

/// The rules by which a resource is read.
struct Dialect: Sendable, Hashable {
  /// The draft.
  var draft: Draft
  /// Whether nothing says which draft it is: older spellings keep their meaning.
  var isImplied: Bool
  /// The groups of keywords that have an effect, nil for all.
  var vocabularies: Set<Keyword.Vocabulary>?
  /// Whether formats restrict strings, whatever the caller wants.
  var assertsFormats = false

  /// The dialect of a schema that does not name one.
  static let implied = Dialect(draft: .draft2020, isImplied: true, vocabularies: nil)

  /// How many metaschemas may stand between a schema and a draft.
  private static let greatestDistance = 16

  /// Returns the dialect of a metaschema, nil if the name says nothing.
  ///
  /// - Parameters:
  ///   - uri: The value of `$schema`.
  ///   - documents: The metaschemas that are given.
  ///   - pointer: The place that an error names.
  /// - Throws: `SchemaError.unsupported` for a vocabulary that is required and unknown.
  static func named(
    _ uri: String, documents: [String: JSONValue], pointer: String
  ) throws(SchemaError) -> Dialect? {
    var name = withoutEmptyFragment(uri)
    if let draft = draft(name) {
      return Dialect(draft: draft, isImplied: false, vocabularies: nil)
    }
    var chosen: JSONObject?
    for _ in 0..<greatestDistance {
      guard let document = documents[name] else { return nil }
      chosen = chosen ?? document["$vocabulary"]?.object
      guard let next = document["$schema"]?.string else { return nil }
      name = withoutEmptyFragment(next)
      guard let draft = draft(name) else { continue }
      var dialect = Dialect(draft: draft, isImplied: false, vocabularies: nil)
      if let chosen, draft >= .draft2019 { try dialect.choose(chosen, pointer: pointer) }
      return dialect
    }
    return nil
  }

  private mutating func choose(_ table: JSONObject, pointer: String) throws(SchemaError) {
    var active: Set<Keyword.Vocabulary> = [.core]
    for member in table.members {
      let isRequired = member.value.bool == true
      let uri = Self.withoutEmptyFragment(member.key)
      let prefix =
        "https://json-schema.org/draft/" + (draft == .draft2019 ? "2019-09" : "2020-12") + "/vocab/"
      let name = uri.hasPrefix(prefix) ? String(uri.dropFirst(prefix.count)) : ""
      guard let vocabulary = Self.vocabulary(name, draft) else {
        guard isRequired else { continue }
        throw .unsupported(
          pointer: pointer, keyword: "$vocabulary",
          detail: "the metaschema asks for the unknown vocabulary \"\(member.key)\"")
      }
      active.insert(vocabulary)
      // Before 2020-12 applicators and what is unevaluated were one vocabulary.
      if name == "applicator", draft == .draft2019 { active.insert(.unevaluated) }
      if name == "format-assertion" || (name == "format" && isRequired) { assertsFormats = true }
    }
    vocabularies = active
  }

  private static func vocabulary(_ name: String, _ draft: Draft) -> Keyword.Vocabulary? {
    switch name {
    case "core": .core
    case "applicator": .applicator
    case "validation": .validation
    case "meta-data": .metaData
    case "content": .content
    case "unevaluated": draft >= .draft2020 ? .unevaluated : nil
    case "format-annotation", "format-assertion": draft >= .draft2020 ? .format : nil
    case "format": draft == .draft2019 ? .format : nil
    default: nil
    }
  }

  /// Returns the draft whose metaschema has a name.
  private static func draft(_ uri: String) -> Draft? {
    let known: [(String, Draft)] = [
      ("draft-04/schema", .draft4), ("draft-06/schema", .draft6), ("draft-07/schema", .draft7),
      ("draft/2019-09/schema", .draft2019), ("draft/2020-12/schema", .draft2020),
    ]
    return known.first { uri.hasSuffix("json-schema.org/" + $0.0) }?.1
  }

  /// Returns a URI without the `#` that names the whole document.
  static func withoutEmptyFragment(_ uri: String) -> String {
    uri.utf8.last == 0x23 ? String(uri.dropLast()) : uri
  }
}
