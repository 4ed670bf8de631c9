// A compiled schema: definitions of values that refer to each other by number. Immutable; the automata
// that grow while masks are computed belong to `BoundGrammar`.
//
//   value  = a leaf (one regular expression for all scalars) | arrays | objects
//   array  = '[' items counted by a number ']'
//   object = '{' declared keys in order, then new keys '}'

package import JSONSchema

/// A value position.
struct Definition: Sendable {
  /// All scalars and literal values, `nothing` if there are none.
  var leaf: Term = RegexSet.nothing
  /// The arrays among the values.
  var arrays: [Int32] = []
  /// The objects among the values.
  var objects: [Int32] = []
  /// The enumeration that this is, -1 if it is none.
  var labels: Int32 = -1
  /// Whether values can contain values of the same definition, at any distance.
  var isRecursive = false
  /// The place to report if the depth limit restricts this value.
  var place: Int32 = 0
}

/// An array among the values of a position.
struct ArrayDefinition: Sendable {
  var prefix: [Int32] = []
  var items: Int32
  var least: Int
  /// The greatest count, `Int.max` without limit.
  var greatest: Int
  /// The place to report when a queue limit ends the array, zero if none can.
  var place: Int32

  func item(_ index: Int) -> Int32 { index < prefix.count ? prefix[index] : items }
}

/// An object among the values of a position.
struct ObjectDefinition: Sendable {
  struct Key: Sendable {
    /// The key with quotes and colon, and with the comma before it.
    var first: Term
    var later: Term
    var value: Int32
    var isRequired: Bool
  }
  /// A kind of keys that are not declared.
  struct NewKeys: Sendable {
    /// The text inside the quotes.
    var text: Term
    var value: Int32
  }

  var keys: [Key] = []
  var newKeys: [NewKeys] = []
  /// The declared keys, which a new key may not repeat.
  var taken: Int32 = KeyPool.none
  /// The greatest number of new keys, `Int.max` without limit.
  var greatestNew: Int = .max
  var place: Int32 = 0
}

/// The terms between values.
struct Punctuation: Sendable {
  var openArray: Term
  var openObject: Term
  /// Closing brackets right after the opening one.
  var closeEmptyArray: Term
  var closeEmptyObject: Term
  var closeArray: Term
  var closeObject: Term
  var comma: Term
  var colon: Term
  /// What stands between the brace or the last value and the text of a new key.
  var firstQuote: Term
  var laterQuote: Term
  /// White space around the whole value.
  var margin: Term
}

/// A schema as a grammar, shared by all threads.
package struct Grammar: Sendable {
  var regexes: RegexSet
  var definitions: [Definition]
  var arrays: [ArrayDefinition]
  var objects: [ObjectDefinition]
  var root: Int32
  var punctuation: Punctuation
  /// The spellings of the enumerations.
  var labels: [[[UInt8]]]
  /// The names of places, by number; number zero is no place.
  var places: [String]
  /// The literals of the schema and where they stand, for the check against a vocabulary.
  var literals: [(pointer: String, bytes: [UInt8])]
  let limits: GenerationLimits
  /// What becomes of a schema that no value satisfies.
  let contradictions: GrammarOptions.Contradictions
  /// What becomes of each keyword.
  package let report: EnforcementReport
  /// The schema that the grammar enforces.
  package let schema: Schema
}
