// Why a schema cannot be used. Every case names the place in the schema by JSON pointer.

/// Why a schema cannot be read, or cannot be honored.
package enum SchemaError: Error, Equatable {
  /// A schema is neither an object nor a truth value.
  case notASchema(pointer: String, found: String)
  /// A keyword's value has the wrong form.
  case badKeyword(pointer: String, keyword: String, expected: String)
  /// A name that is not a keyword is so close to one that it is taken for a slip.
  case nearMiss(pointer: String, keyword: String, meant: String)
  /// A reference leads nowhere.
  case unresolvedReference(pointer: String, reference: String)
  /// Schemas are nested too deeply.
  case tooDeep(pointer: String, limit: Int)
  /// The schema has more parts than the limit.
  case tooLarge(limit: Int)
  /// Two schemas have the same identifier or anchor.
  case duplicateIdentifier(pointer: String, identifier: String)
  /// A reference leads back to itself below a negation, so that nothing decides it.
  case endlessReference(pointer: String)
  /// Judging a value applies more schemas inside one another than the limit.
  case judgementTooDeep(pointer: String, limit: Int)
  /// Judging a value takes more steps than the limit.
  case judgementTooLong(limit: Int)
  /// A keyword of the dialect that cannot be checked.
  case unsupported(pointer: String, keyword: String, detail: String)
}

extension SchemaError: CustomStringConvertible {
  /// One sentence for a person, without a final full stop.
  package var description: String {
    switch self {
    case .notASchema(let pointer, let found):
      return "a schema must be an object, true or false; found \(found) at \(shown(pointer))"
    case .badKeyword(let pointer, let keyword, let expected):
      return "\"\(keyword)\" at \(shown(pointer)) must be \(expected)"
    case .nearMiss(let pointer, let keyword, let meant):
      return
        "\"\(keyword)\" at \(shown(pointer)) is no keyword; did you mean \"\(meant)\"? "
        + "(\"unknown_keywords\": \"allow\" accepts it)"
    case .unresolvedReference(let pointer, let reference):
      return
        "the reference \"\(reference)\" at \(shown(pointer)) leads nowhere; remote schemas are only "
        + "read from files that are given"
    case .tooDeep(let pointer, let limit):
      return "schemas are nested deeper than \(limit) levels at \(shown(pointer))"
    case .tooLarge(let limit): return "the schema has more than \(limit) subschemas"
    case .duplicateIdentifier(let pointer, let identifier):
      return "the identifier \"\(identifier)\" at \(shown(pointer)) is already taken"
    case .endlessReference(let pointer):
      return "the reference to \(shown(pointer)) leads back to itself, so that nothing decides it"
    case .judgementTooDeep(let pointer, let limit):
      return "judging a value goes more than \(limit) schemas deep at \(shown(pointer))"
    case .judgementTooLong(let limit): return "judging a value takes more than \(limit) steps"
    case .unsupported(let pointer, let keyword, let detail):
      return "\"\(keyword)\" at \(shown(pointer)) is not supported: \(detail)"
    }
  }

  /// The place in the schema, if there is one.
  package var pointer: String? {
    switch self {
    case .notASchema(let pointer, _), .badKeyword(let pointer, _, _), .nearMiss(let pointer, _, _),
      .unresolvedReference(let pointer, _), .tooDeep(let pointer, _),
      .duplicateIdentifier(let pointer, _), .unsupported(let pointer, _, _),
      .endlessReference(let pointer), .judgementTooDeep(let pointer, _):
      return pointer
    case .tooLarge, .judgementTooLong: return nil
    }
  }

  private func shown(_ pointer: String) -> String { pointer.isEmpty ? "the root" : pointer }
}
