// The conditions that a schema puts on the same value by other schemas, with references followed.

import JSON
import JSONSchema

extension GrammarCompiler {
  /// Returns the parts of a condition that is a node.
  mutating func parts(of literal: Literal) -> ConditionParts {
    guard case .node(let id, let scope) = conditions[literal] else { return ConditionParts() }
    if let known = partsMemo[literal.condition] { return known }
    let combinators = schema[id].combinators
    var parts = ConditionParts()
    if let target = combinators.ref { parts.all.append(self.literal(target, scope)) }
    if let reference = combinators.dynamicRef {
      parts.all.append(dynamicTarget(reference, scope))
    }
    for member in combinators.allOf { parts.all.append(self.literal(member, scope)) }
    if let member = combinators.not { parts.all.append(self.literal(member, scope).negated) }
    parts.all.removeAll { $0 == .always }
    for member in combinators.anyOf { parts.any.append(self.literal(member, scope)) }
    for member in combinators.oneOf { parts.one.append(self.literal(member, scope)) }
    if let condition = combinators.if {
      parts.choice = (
        self.literal(condition, scope),
        combinators.then.map { self.literal($0, scope) } ?? .always,
        combinators.else.map { self.literal($0, scope) } ?? .always
      )
    }
    partsMemo[literal.condition] = parts
    return parts
  }

  /// Returns the condition of a node that is reached from a scope; nodes that only refer to another or
  /// restrict nothing are replaced.
  mutating func literal(_ id: SchemaID, _ scope: Int32) -> Literal {
    let place = Int64(id.index) << 32 | Int64(scope)
    if let known = literalMemo[place] { return known }
    let result = newLiteral(id, scope)
    literalMemo[place] = result
    return result
  }

  private mutating func newLiteral(_ id: SchemaID, _ scope: Int32) -> Literal {
    var id = id
    var scope = enter(id, scope)
    for _ in 0..<64 {
      if let flag = schema[id].boolean { return flag ? .always : .never }
      guard let target = onlyReference(schema[id], scope) else {
        return Self.isTrivial(schema[id]) ? .always : conditions.node(id, scope: scope)
      }
      id = target
      scope = enter(id, scope)
    }
    return conditions.node(id, scope: scope)
  }

  /// Returns what a node refers to in a scope if it says nothing else.
  private func onlyReference(_ node: SchemaNode, _ scope: Int32) -> SchemaID? {
    guard Self.saysNothing(node), Self.combinesNothing(node.combinators) else { return nil }
    switch (node.combinators.ref, node.combinators.dynamicRef) {
    case (let target?, nil): return target
    case (nil, let reference?): return target(of: reference, scope)
    default: return nil
    }
  }

  private static func isTrivial(_ node: SchemaNode) -> Bool {
    node.combinators.ref == nil && node.combinators.dynamicRef == nil
      && combinesNothing(node.combinators) && saysNothing(node)
  }

  private static func combinesNothing(_ combinators: Combinators) -> Bool {
    combinators.allOf.isEmpty && combinators.anyOf.isEmpty && combinators.oneOf.isEmpty
      && combinators.not == nil && combinators.if == nil
  }

  /// Whether a node has no keywords but combinators.
  private static func saysNothing(_ node: SchemaNode) -> Bool {
    node.types == nil && node.enumeration == nil && node.constant == nil && node.numbers.isIdle
      && node.strings.isIdle && node.arrays.isIdle && node.objects.isIdle
  }

  // MARK: - Dynamic scope

  /// Returns the scope inside a node: the outermost resource that has a name keeps it.
  private mutating func enter(_ id: SchemaID, _ scope: Int32) -> Int32 {
    if dynamicNames.isEmpty { return scope }
    var bound = scopes[Int(scope)]
    for name in dynamicNames where bound[name] == nil {
      let key = DynamicName(resource: schema[id].resource, name: name)
      if let target = schema.dynamicAnchors[key] { bound[name] = target }
    }
    if let known = scopes.firstIndex(of: bound) { return Int32(known) }
    scopes.append(bound)
    return Int32(scopes.count - 1)
  }

  private mutating func dynamicTarget(_ reference: DynamicReference, _ scope: Int32) -> Literal {
    literal(target(of: reference, scope), scope)
  }

  private func target(of reference: DynamicReference, _ scope: Int32) -> SchemaID {
    reference.anchor.flatMap { scopes[Int(scope)][$0] } ?? reference.initial
  }
}

extension NumberKeywords {
  /// Whether nothing is restricted.
  var isIdle: Bool {
    minimum == nil && maximum == nil && exclusiveMinimum == nil && exclusiveMaximum == nil
      && multipleOf == nil
  }
}

extension StringKeywords {
  /// Whether nothing is restricted.
  var isIdle: Bool { minLength == nil && maxLength == nil && pattern == nil && format == nil }
}

extension ArrayKeywords {
  /// Whether nothing is restricted.
  var isIdle: Bool {
    prefixItems.isEmpty && items == nil && minItems == nil && maxItems == nil && !uniqueItems
      && contains == nil && unevaluatedItems == nil
  }
}

extension ObjectKeywords {
  /// Whether nothing is restricted.
  var isIdle: Bool {
    properties.isEmpty && patternProperties.isEmpty && additionalProperties == nil
      && propertyNames == nil && required.isEmpty && minProperties == nil && maxProperties == nil
      && dependentRequired.isEmpty && dependentSchemas.isEmpty && unevaluatedProperties == nil
  }
}
