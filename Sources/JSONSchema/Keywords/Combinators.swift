// Keywords that apply other schemas to the same value.

import JSON

/// The schemas that a schema applies to the same value.
package struct Combinators: Sendable, Equatable {
  /// Schemas that must all hold.
  package var allOf: [SchemaID] = []
  /// Schemas of which at least one must hold; empty if absent.
  package var anyOf: [SchemaID] = []
  /// Schemas of which exactly one must hold; empty if absent.
  package var oneOf: [SchemaID] = []
  /// A schema that must not hold.
  package var not: SchemaID?
  /// The condition of `then` and `else`.
  package var `if`: SchemaID?
  /// What must hold if the condition does.
  package var then: SchemaID?
  /// What must hold if the condition does not.
  package var `else`: SchemaID?
  /// The schema that a reference names.
  package var ref: SchemaID?
  /// The schema that a dynamic reference names, and the dynamic anchor that may move it.
  package var dynamicRef: DynamicReference?
}

/// A reference whose target may depend on the path by which it was reached.
package struct DynamicReference: Sendable, Equatable {
  /// The target if nothing on the path moves it.
  package var initial: SchemaID
  /// The name of the dynamic anchor, `DynamicName.recursive` in draft 2019-09; nil if the reference is
  /// an ordinary one.
  package var anchor: String?
}

extension SchemaParser {
  /// Reads the keywords that apply schemas to the same value.
  mutating func parseCombinators(
    _ object: SchemaObject, into node: inout SchemaNode
  ) throws(SchemaError) {
    node.combinators.allOf = try list("allOf", object, mayBeEmpty: false)
    node.combinators.anyOf = try list("anyOf", object, mayBeEmpty: false)
    node.combinators.oneOf = try list("oneOf", object, mayBeEmpty: false)
    node.combinators.not = try schema("not", object)
    guard draft >= .draft7 else { return }
    node.combinators.if = try schema("if", object)
    let then = try schema("then", object)
    let otherwise = try schema("else", object)
    if node.combinators.if != nil {
      node.combinators.then = then
      node.combinators.else = otherwise
    } else {
      for name in ["then", "else"] where object[name] != nil {
        node.withoutEffect.append((name, "there is no \"if\" beside it"))
      }
    }
  }
}
