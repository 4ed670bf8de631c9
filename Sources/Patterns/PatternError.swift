// Why a pattern cannot be used, with the place.

/// Why a pattern cannot be used.
package enum PatternError: Error, Equatable, Sendable {
  /// No pattern of ECMA-262; `offset` counts scalars from the pattern's start.
  case syntax(offset: Int, reason: String)
  /// A pattern of ECMA-262 with a part that is not supported.
  case unsupported(feature: String)
  /// The pattern has more scalars than allowed.
  case tooLong(count: Int, limit: Int)
  /// Groups are nested deeper than allowed.
  case tooDeep(offset: Int, limit: Int)
  /// The bound of a repetition is greater than allowed.
  case tooManyRepetitions(offset: Int, limit: Int)
  /// The classes have more ranges than allowed.
  case classesTooLarge(offset: Int, limit: Int)
  /// The pattern has more look-arounds than allowed.
  case tooManyLookArounds(limit: Int)
  /// A matcher would need more states than allowed.
  case tooManyStates(limit: Int)
}

extension PatternError: CustomStringConvertible {
  /// One sentence for a person, without a final full stop.
  package var description: String {
    switch self {
    case .syntax(let offset, let reason):
      "not a regular expression of ECMA-262: \(reason) at character \(offset + 1)"
    case .unsupported(let feature): "\(feature) is not supported in regular expressions"
    case .tooLong(let count, let limit):
      "the regular expression has \(count) characters, more than \(limit)"
    case .tooDeep(let offset, let limit):
      "groups are nested deeper than \(limit) at character \(offset + 1)"
    case .tooManyRepetitions(let offset, let limit):
      "a repetition counts beyond \(limit) at character \(offset + 1)"
    case .classesTooLarge(let offset, let limit):
      "the character classes have more than \(limit) ranges at character \(offset + 1)"
    case .tooManyLookArounds(let limit):
      "the regular expression has more than \(limit) look-arounds"
    case .tooManyStates(let limit):
      "the regular expression needs more than \(limit) states"
    }
  }
}
