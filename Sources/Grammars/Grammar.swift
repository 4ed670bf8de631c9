// A compiled schema. Immutable; the automata that grow while masks are computed belong to `BoundGrammar`.

package import JSONSchema

/// A schema as a grammar, shared by all threads.
package struct Grammar: Sendable {
  var regexes: RegexSet { needs.automaton.regexes }
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
  /// The lengths of the shortest values, where every byte can be spelled.
  var needs: DefinitionNeeds
  let limits: GenerationLimits
  /// What becomes of a schema that no value satisfies.
  let contradictions: GrammarOptions.Contradictions
  /// What becomes of each keyword.
  package let report: EnforcementReport
  /// The schema that the grammar enforces.
  package let schema: Schema
}
