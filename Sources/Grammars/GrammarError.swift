// Why a schema cannot become a grammar, or a grammar cannot meet a vocabulary.

package import JSONSchema

/// Why a schema cannot be enforced by masks.
package enum GrammarError: Error, Equatable {
  /// The schema itself is faulty.
  case schema(SchemaError)
  /// A keyword that cannot be enforced.
  case refused(pointer: String, keyword: String, detail: String)
  /// No value satisfies the schema.
  case unsatisfiable(pointer: String)
  /// The alternatives of one value exceed the limit.
  case tooManyAlternatives(pointer: String, limit: Int)
  /// Schemas that apply to one value stand inside each other deeper than the limit.
  case tooDeep(pointer: String, limit: Int)
  /// The grammar has more parts than the limit.
  case tooLarge(limit: Int)
  /// The automata of a part take more steps than the limit.
  case exhausted(pointer: String, limit: Int)
  /// A text that the schema demands holds a byte that the vocabulary cannot spell.
  case unspellable(pointer: String, byte: UInt8)
}

extension GrammarError: CustomStringConvertible {
  /// One sentence for a person, without a final full stop.
  package var description: String {
    func shown(_ pointer: String) -> String { pointer.isEmpty ? "the root" : pointer }
    switch self {
    case .schema(let error): return error.description
    case .refused(let pointer, let keyword, let detail):
      return "\"\(keyword)\" at \(shown(pointer)) cannot be enforced: \(detail)"
    case .unsatisfiable(let pointer):
      return "no value can satisfy the schema; the contradiction shows at \(shown(pointer))"
    case .tooManyAlternatives(let pointer, let limit):
      return "the combinations of alternatives at \(shown(pointer)) exceed \(limit)"
    case .tooDeep(let pointer, let limit):
      return "the schemas that apply to one value are more than \(limit) deep at \(shown(pointer))"
    case .tooLarge(let limit): return "the grammar would have more than \(limit) parts"
    case .exhausted(let pointer, let limit):
      return "the automata of \(shown(pointer)) take more than \(limit) steps to make"
    case .unspellable(let pointer, let byte):
      return
        "a text demanded at \(shown(pointer)) holds the byte \(byte), which this model's vocabulary "
        + "cannot spell"
    }
  }
}

extension GrammarError {
  /// The keyword that is to blame, its place, and why; nil where no single one is.
  var keyword: (pointer: String, keyword: String, detail: String)? {
    switch self {
    case .refused(let pointer, let keyword, let detail),
      .schema(.unsupported(let pointer, let keyword, let detail)):
      (pointer, keyword, detail)
    case .schema(.badKeyword(let pointer, let keyword, let expected)):
      (pointer, keyword, "it must be " + expected)
    default: nil
    }
  }
}
