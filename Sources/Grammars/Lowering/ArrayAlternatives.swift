// What conditions say about arrays, taken apart into alternatives in the manner of ObjectAlternatives.swift.

import JSON
import JSONSchema

extension ArrayShape: Alternative {
  init(clause: [Fact]) { self.init(clauses: [clause]) }

  func excludes(_ other: ArrayShape) -> Bool { false }
}

extension GrammarCompiler {
  /// Returns the alternatives of a goal for arrays; none means that no array satisfies it.
  mutating func arrays(of goal: Goal) throws(GrammarError) -> [ArrayShape] {
    var result = [ArrayShape()]
    for literal in goal.literals { result = try both(result, try arrays(of: literal), at: literal) }
    return result
  }

  /// Returns the alternatives of a condition for arrays.
  mutating func arrays(
    of literal: Literal, tracks: Bool = false
  ) throws(GrammarError) -> [ArrayShape] {
    let key = ShapeKey(literal: literal, tracks: tracks)
    if let known = arrayMemo[key] { return known }
    let result: [ArrayShape]
    switch conditions[literal] {
    case .never: result = literal.isNegated ? [ArrayShape()] : []
    case .constant(let number):
      result = arrays(equal: conditions.constants[Int(number)], isNegated: literal.isNegated)
    case .node(let id, let scope):
      guard !openShapes.contains(key) else { return [] }
      try checkDepth(openShapes.count, literal)
      openShapes.insert(key)
      defer { openShapes.remove(key) }
      let node = schema.nodes[id.index]
      if literal.isNegated {
        result = try arrays(outside: node, literal, scope)
      } else {
        result = try arrays(inside: node, literal, scope, tracks: tracks)
      }
    }
    arrayMemo[key] = result
    return result
  }

  // MARK: - Products and sums

  private mutating func both(
    _ a: consuming [ArrayShape], _ b: [ArrayShape], at literal: Literal
  ) throws(GrammarError) -> [ArrayShape] {
    try product(consume a, b, at: literal) { (_, shape, _) in
      shape.least > shape.greatest || shape.counts.contains { $0.least > $0.greatest }
    }
  }

  // MARK: - A node that holds

  private mutating func arrays(
    inside node: SchemaNode, _ literal: Literal, _ scope: Int32, tracks: Bool
  ) throws(GrammarError) -> [ArrayShape] {
    if let flag = node.boolean { return flag ? [ArrayShape()] : [] }
    if let types = node.types, !types.contains(.array) { return [] }
    let unevaluated = node.arrays.unevaluatedItems
    let tracks = tracks || unevaluated != nil
    let parts = parts(of: literal)
    var result = ownArrays(node, scope)
    for values in [node.enumeration, node.constant.map { [$0] }] {
      guard let values else { continue }
      result = try both(result, try arrays(among: values, at: literal), at: literal)
    }
    for part in parts.all {
      let more = try arrays(of: part, tracks: tracks)
      result = try both(consume result, more, at: literal)
    }
    if !parts.any.isEmpty {
      result = try both(result, try anyOf(parts.any, literal, tracks: tracks), at: literal)
    }
    if !parts.one.isEmpty {
      result = try both(
        result, try counted(parts.one, literal, tracks: tracks).one, at: literal)
    }
    if let choice = parts.choice, tracks || parts.decides {
      result = try both(result, try branch(choice, literal, tracks: tracks), at: literal)
    }
    if let unevaluated {
      let rest = self.literal(unevaluated, scope)
      result = result.map { shape in
        var shape = shape
        if !shape.evaluated.isAll, rest != .always {
          shape.choices.append(
            ArrayShape.Choice(
              from: shape.evaluated.prefix, conditions: shape.evaluated.matching + [rest]))
        }
        shape.evaluated = ArrayShape.Evaluated(isAll: true)
        return shape
      }
    }
    if !tracks {
      result = result.map { shape in
        var shape = shape
        shape.evaluated = ArrayShape.Evaluated()
        return shape
      }
    }
    return result
  }

  /// Returns the arrays among some values; apart, for what calls it calls itself and needs its stack.
  @inline(never)
  private mutating func arrays(
    among values: [JSONValue], at literal: Literal
  ) throws(GrammarError) -> [ArrayShape] {
    var listed = AlternativeSum<ArrayShape>()
    for value in values {
      listed.add(arrays(equal: value, isNegated: false))
      try checkCount(listed.shapes.count, literal)
    }
    return listed.shapes
  }

  private mutating func anyOf(
    _ parts: [Literal], _ literal: Literal, tracks: Bool
  ) throws(GrammarError) -> [ArrayShape] {
    if tracks {
      let count = try counted(parts, literal, tracks: true)
      return either(count.one, count.more)
    }
    var result = AlternativeSum<ArrayShape>()
    for part in parts { result.add(try arrays(of: part)) }
    try checkCount(result.shapes.count, literal)
    return result.shapes
  }

  private mutating func branch(
    _ choice: (condition: Literal, then: Literal, otherwise: Literal), _ literal: Literal,
    tracks: Bool
  ) throws(GrammarError) -> [ArrayShape] {
    let holds = try both(
      try arrays(of: choice.condition, tracks: tracks),
      try arrays(of: choice.then, tracks: tracks), at: literal)
    let fails = try both(
      try arrays(of: choice.condition.negated),
      try arrays(of: choice.otherwise, tracks: tracks), at: literal)
    return either(holds, fails)
  }

  /// Returns the arrays that satisfy none, one, and more of some conditions.
  private mutating func counted(
    _ parts: [Literal], _ literal: Literal, tracks: Bool
  ) throws(GrammarError) -> (none: [ArrayShape], one: [ArrayShape], more: [ArrayShape]) {
    var none = [ArrayShape()]
    var one: [ArrayShape] = []
    var more: [ArrayShape] = []
    for part in parts {
      let inside = try arrays(of: part, tracks: tracks)
      // What holds for no array at all needs no counting.
      if inside.isEmpty { continue }
      let outside = try arrays(of: part.negated)
      more = either(
        try both(one, inside, at: literal),
        either(try both(more, inside, at: literal), try both(more, outside, at: literal)))
      one = either(try both(one, outside, at: literal), try both(none, inside, at: literal))
      none = try both(none, outside, at: literal)
      try checkCount(more.count + one.count + none.count, literal)
    }
    return (none, one, more)
  }

  private mutating func ownArrays(_ node: SchemaNode, _ scope: Int32) -> [ArrayShape] {
    let keywords = node.arrays
    var shape = ArrayShape()
    shape.least = keywords.minItems ?? 0
    shape.greatest = keywords.maxItems ?? .max
    shape.isUnique = keywords.uniqueItems
    if !keywords.prefixItems.isEmpty || keywords.items != nil {
      var rule = ArrayShape.Rule()
      for item in keywords.prefixItems { rule.prefix.append(literal(item, scope)) }
      if let items = keywords.items { rule.items = literal(items, scope) }
      shape.rules.append(rule)
      shape.evaluated.prefix = rule.prefix.count
      shape.evaluated.isAll = keywords.items != nil
    }
    if let contains = keywords.contains {
      let condition = literal(contains, scope)
      let count = ArrayShape.Count(
        condition: condition, least: keywords.minContains ?? 1,
        greatest: keywords.maxContains ?? .max)
      if count.least > 0 || count.greatest < .max { shape.counts.append(count) }
      if node.draft >= .draft2020 { shape.evaluated.matching.append(condition) }
      if count.least > count.greatest { return [] }
    }
    return shape.least > shape.greatest ? [] : [shape]
  }

  // MARK: - A node that does not hold

  private mutating func arrays(
    outside node: SchemaNode, _ literal: Literal, _ scope: Int32
  ) throws(GrammarError) -> [ArrayShape] {
    if let flag = node.boolean { return flag ? [] : [ArrayShape()] }
    if let types = node.types, !types.contains(.array) { return [ArrayShape()] }
    let keywords = node.arrays
    var facts: [ArrayShape.Fact] = []
    var result: [ArrayShape] = []
    for (i, item) in keywords.prefixItems.enumerated() {
      let value = self.literal(item, scope)
      if value != .always { facts.append(.item(i, value.negated)) }
    }
    if let items = keywords.items {
      let value = self.literal(items, scope)
      if value != .always { facts.append(.from(keywords.prefixItems.count, value.negated)) }
    }
    if let least = keywords.minItems, least > 0 { result.append(ArrayShape(greatest: least - 1)) }
    if let greatest = keywords.maxItems { result.append(ArrayShape(least: greatest + 1)) }
    if keywords.uniqueItems {
      checkAfter(
        "uniqueItems", at: node.pointer,
        "elements of which some must be equal are not in the masks")
      result.append(ArrayShape(least: 2))
    }
    if let contains = keywords.contains {
      let condition = self.literal(contains, scope)
      let least = keywords.minContains ?? 1
      if least > 0 {
        result.append(
          ArrayShape(counts: [.init(condition: condition, least: 0, greatest: least - 1)]))
      }
      if let greatest = keywords.maxContains {
        result.append(
          ArrayShape(counts: [.init(condition: condition, least: greatest + 1, greatest: .max)]))
      }
    }
    for values in [node.enumeration, node.constant.map { [$0] }] {
      guard let values else { continue }
      var others = [ArrayShape()]
      for value in values {
        others = try both(others, arrays(equal: value, isNegated: true), at: literal)
      }
      result = either(result, others)
    }
    let parts = parts(of: literal)
    for part in parts.all { result = either(result, try arrays(of: part.negated)) }
    if !parts.any.isEmpty {
      var none = [ArrayShape()]
      for part in parts.any { none = try both(none, try arrays(of: part.negated), at: literal) }
      result = either(result, none)
    }
    if !parts.one.isEmpty {
      let count = try counted(parts.one, literal, tracks: false)
      result = either(result, either(count.none, count.more))
    }
    if let choice = parts.choice, parts.decides {
      result = either(
        result,
        try branch(
          (choice.condition, choice.then.negated, choice.otherwise.negated), literal,
          tracks: false))
    }
    if let unevaluated = keywords.unevaluatedItems {
      let rest = self.literal(unevaluated, scope)
      result = either(result, try unevaluatedFails(rest, literal))
    }
    return merged(result, facts)
  }

  /// Returns the arrays with an element that nothing else has evaluated and that fails.
  private mutating func unevaluatedFails(
    _ rest: Literal, _ literal: Literal
  ) throws(GrammarError) -> [ArrayShape] {
    guard rest != .always, case .node(let id, let scope) = conditions[literal] else { return [] }
    var node = schema.nodes[id.index]
    node.arrays.unevaluatedItems = nil
    let inside = try arrays(inside: node, literal.negated, scope, tracks: true)
    var result: [ArrayShape] = []
    for shape in inside where !shape.evaluated.isAll {
      guard shape.evaluated.matching.isEmpty else {
        throw .refused(
          pointer: node.pointer, keyword: "unevaluatedItems",
          detail: "its negation beside \"contains\" is not in the masks")
      }
      var shape = shape
      shape.clauses.append([.from(shape.evaluated.prefix, rest.negated)])
      shape.evaluated = ArrayShape.Evaluated()
      result.append(shape)
    }
    return result
  }

  // MARK: - Values

  private mutating func arrays(equal value: JSONValue, isNegated: Bool) -> [ArrayShape] {
    guard let elements = value.array else { return isNegated ? [ArrayShape()] : [] }
    let items = elements.map { conditions.constant($0) }
    if !isNegated {
      return [
        ArrayShape(
          rules: items.isEmpty ? [] : [ArrayShape.Rule(prefix: items, items: .never)],
          least: items.count, greatest: items.count)
      ]
    }
    var result = [ArrayShape(least: items.count + 1)]
    if !items.isEmpty {
      result.append(ArrayShape(greatest: items.count - 1))
      result.append(
        ArrayShape(clauses: [items.enumerated().map { .item($0.offset, $0.element.negated) }]))
    }
    return result
  }
}
