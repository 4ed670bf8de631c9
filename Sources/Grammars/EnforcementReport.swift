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

  private let schema: Schema
  private let formats: GrammarOptions.Formats
  /// The keywords for which the masks allow too much.
  private let loosened: [Entry]
  /// The keyword because of which the schema does not compile.
  private let refused: Entry?

  /// Creates the report of a schema that compiles.
  ///
  /// A keyword that cannot be enforced stops the compilation and is named by its error.
  ///
  /// - Parameter checkedAfter: The keywords for which the masks allow too much.
  package init(
    _ schema: Schema, options: GrammarOptions = GrammarOptions(), checkedAfter: [Entry] = []
  ) {
    self.init(schema, formats: options.formats, loosened: checkedAfter, refused: nil)
  }

  private init(
    _ schema: Schema, formats: GrammarOptions.Formats, loosened: [Entry], refused: Entry?
  ) {
    self.schema = schema
    self.formats = formats
    self.loosened = loosened
    self.refused = refused
  }

  /// All keywords, in the order of the schema; found anew at each call.
  package var entries: [Entry] {
    var entries: [Entry] = []
    let isReached = schema.isReached
    for (place, node) in schema.nodes.enumerated() {
      for keyword in node.keywords {
        let idle = node.withoutEffect.first { $0.keyword == keyword }
        let enforcement: Enforcement
        var detail = ""
        if keyword == "x-verbatim" {
          (enforcement, detail) = (.inMask, "the masks are bound to the document")
        } else if keyword == Self.checks {
          (enforcement, detail) = (.checkedAfter, "in exact decimals")
        } else if let idle {
          (enforcement, detail) = (.noEffect, idle.why)
        } else if !isReached[place] {
          (enforcement, detail) = (.noEffect, "nothing refers to this schema")
        } else if keyword == "format", formats == .annotate {
          (enforcement, detail) = (.noEffect, "formats are annotations here")
        } else if let known = KeywordTable.keyword(keyword), known.isAsserting {
          enforcement = .inMask
        } else {
          (enforcement, detail) = (.noEffect, "it names or holds schemas")
        }
        entries.append(
          Entry(
            pointer: node.pointer, keyword: keyword, enforcement: enforcement, detail: detail))
      }
    }
    for later in loosened { Self.replace(later, in: &entries) }
    if let refused { Self.replace(refused, in: &entries) }
    return entries
  }

  /// The keyword whose checks are sums and equalities.
  private static let checks = "x-check"

  /// Puts an entry in the place of the one about the same keyword, or at the end.
  private static func replace(_ entry: Entry, in entries: inout [Entry]) {
    let place = entries.firstIndex {
      $0.pointer == entry.pointer && $0.keyword == entry.keyword
    }
    if let place { entries[place] = entry } else { entries.append(entry) }
  }

  /// Whether a keyword is only enforced by looking at the finished value.
  package var checksAfter: Bool {
    !loosened.isEmpty || schema.nodes.contains { $0.keywords.contains(Self.checks) }
  }

  /// Returns the report of a schema that does not compile, with the keyword that is to blame as refused.
  ///
  /// What stands behind that keyword was not looked at and keeps what it would be otherwise.
  package func refusing(_ error: GrammarError) -> EnforcementReport {
    guard let culprit = error.keyword else { return self }
    let refused = Entry(
      pointer: culprit.pointer, keyword: culprit.keyword, enforcement: .refused,
      detail: culprit.detail)
    return EnforcementReport(schema, formats: formats, loosened: loosened, refused: refused)
  }
}
