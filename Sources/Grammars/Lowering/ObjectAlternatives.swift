// What conditions say about objects, taken apart into alternatives.

import JSON
import JSONSchema

extension ObjectShape: Alternative {
  init(clause: [Fact]) { self.init(clauses: [clause]) }

  func excludes(_ other: ObjectShape) -> Bool {
    other.forbidden.contains { required.contains($0) }
      || other.required.contains { forbidden.contains($0) }
  }
}

extension GrammarCompiler {
  /// Returns the alternatives of a goal for objects; none means that no object satisfies it.
  mutating func objects(of goal: Goal) throws(GrammarError) -> [ObjectShape] {
    var result = [ObjectShape()]
    for literal in goal.literals {
      result = try both(result, try objects(of: literal), at: literal)
    }
    return result
  }

  /// Returns the alternatives of a condition for objects.
  ///
  /// - Parameter tracks: Whether alternatives must tell what they have evaluated.
  mutating func objects(
    of literal: Literal, tracks: Bool = false
  ) throws(GrammarError) -> [ObjectShape] {
    let key = ShapeKey(literal: literal, tracks: tracks)
    if let known = objectMemo[key] { return known }
    let result: [ObjectShape]
    switch conditions[literal] {
    case .never: result = literal.isNegated ? [ObjectShape()] : []
    case .constant(let number):
      result = objects(equal: conditions.constants[Int(number)], isNegated: literal.isNegated)
    case .node(let id, let scope):
      guard !openShapes.contains(key) else { return [] }
      try checkDepth(openShapes.count, literal)
      openShapes.insert(key)
      defer { openShapes.remove(key) }
      let node = schema.nodes[id.index]
      if literal.isNegated {
        result = try objects(outside: node, literal, scope)
      } else {
        result = try objects(inside: node, literal, scope, tracks: tracks)
      }
    }
    objectMemo[key] = result
    return result
  }

  // MARK: - Products and sums

  private mutating func both(
    _ a: consuming [ObjectShape], _ b: [ObjectShape], at literal: Literal
  ) throws(GrammarError) -> [ObjectShape] {
    try product(consume a, b, at: literal) { (compiler, shape, last) throws(GrammarError) in
      // What says nothing about values makes no member impossible but those that it asks for.
      let isPlain = last.rules.isEmpty && last.names.isEmpty
      return try compiler.isContradiction(shape, of: isPlain ? last.required : shape.required)
    }
  }

  /// Whether no object can satisfy a shape, as far as that shows at once by some required members.
  private mutating func isContradiction(
    _ shape: ObjectShape, of required: [JSONKey]
  ) throws(GrammarError) -> Bool {
    if shape.least > shape.greatest || shape.required.count > shape.greatest { return true }
    if required.isEmpty { return false }
    // What is both required and forbidden is left out before.
    if shape.rules.isEmpty, shape.names.isEmpty { return false }
    let members = NamedMembers(shape)
    work += required.count * (1 + members.rules.count) + members.properties.count
    for name in required {
      if members.forbidden.contains(name) { return true }
      let goal = try goal(of: name, in: shape, members)
      if try isSurelyEmpty(goal) {
        if emptyMember == nil { emptyMember = goal }
        return true
      }
    }
    return false
  }

  // MARK: - A node that holds

  private mutating func objects(
    inside node: SchemaNode, _ literal: Literal, _ scope: Int32, tracks: Bool
  ) throws(GrammarError) -> [ObjectShape] {
    if let flag = node.boolean { return flag ? [ObjectShape()] : [] }
    if let types = node.types, !types.contains(.object) { return [] }
    let unevaluated = node.objects.unevaluatedProperties
    let tracks = tracks || unevaluated != nil
    let parts = parts(of: literal)
    var result = try ownObjects(node, scope, tracks: tracks)
    for values in [node.enumeration, node.constant.map { [$0] }] {
      guard let values else { continue }
      result = try both(result, try objects(among: values, at: literal), at: literal)
    }
    for part in parts.all {
      let more = try objects(of: part, tracks: tracks)
      result = try both(consume result, more, at: literal)
    }
    if !parts.any.isEmpty {
      let some =
        try tracks
        ? everySplit(parts.any, at: literal) : anyOf(parts.any, at: literal)
      result = try both(result, some, at: literal)
    }
    if !parts.one.isEmpty {
      result = try both(result, try exactlyOne(parts.one, literal, tracks: tracks), at: literal)
    }
    if let choice = parts.choice, tracks || parts.decides {
      result = try both(
        result, try branch(choice, at: literal, tracks: tracks), at: literal)
    }
    for (name, dependent) in node.objects.dependentSchemas {
      let free = try objects(of: self.literal(dependent, scope), tracks: tracks)
      // Where nothing is evaluated, the dependent schema may hold whether or not the member is there.
      let holds =
        tracks ? try both([ObjectShape(required: [JSONKey(name)])], free, at: literal) : free
      let absent = ObjectShape(forbidden: [JSONKey(name)])
      result = try both(consume result, either([absent], holds), at: literal)
    }
    if let unevaluated {
      let rest = self.literal(unevaluated, scope)
      result = result.map { shape in
        var shape = shape
        if !shape.evaluated.isAll, rest != .always {
          shape.rules.append(ObjectShape.Rule(others: rest, known: shape.evaluated))
        }
        shape.evaluated = NameSet(isAll: true)
        return shape
      }
    }
    if !tracks {
      result = result.map { shape in
        var shape = shape
        shape.evaluated = NameSet()
        return shape
      }
    }
    return result
  }

  /// Returns the objects among some values; apart, for what calls it calls itself and needs its stack.
  @inline(never)
  private mutating func objects(
    among values: [JSONValue], at literal: Literal
  ) throws(GrammarError) -> [ObjectShape] {
    var listed = AlternativeSum<ObjectShape>()
    for value in values {
      listed.add(objects(equal: value, isNegated: false))
      try checkCount(listed.shapes.count, literal)
    }
    return listed.shapes
  }

  private mutating func anyOf(
    _ parts: [Literal], at literal: Literal
  ) throws(GrammarError) -> [ObjectShape] {
    var result = AlternativeSum<ObjectShape>()
    for part in parts {
      result.add(try objects(of: part))
      try checkCount(result.shapes.count, literal)
    }
    return result.shapes
  }

  /// Returns the alternatives of which parts hold, for all ways but the one in which none does.
  private mutating func everySplit(
    _ parts: [Literal], at literal: Literal
  ) throws(GrammarError) -> [ObjectShape] {
    var none = [ObjectShape()]
    var some: [ObjectShape] = []
    for part in parts {
      let inside = try objects(of: part, tracks: true)
      let outside = try objects(of: part.negated)
      some = either(
        try both(some, inside, at: literal),
        either(try both(some, outside, at: literal), try both(none, inside, at: literal)))
      none = try both(none, outside, at: literal)
    }
    return some
  }

  private mutating func branch(
    _ choice: (condition: Literal, then: Literal, otherwise: Literal), at literal: Literal,
    tracks: Bool
  ) throws(GrammarError) -> [ObjectShape] {
    let holds = try both(
      try objects(of: choice.condition, tracks: tracks),
      try objects(of: choice.then, tracks: tracks), at: literal)
    let fails = try both(
      try objects(of: choice.condition.negated),
      try objects(of: choice.otherwise, tracks: tracks), at: literal)
    return either(holds, fails)
  }

  private mutating func exactlyOne(
    _ parts: [Literal], _ literal: Literal, tracks: Bool
  ) throws(GrammarError) -> [ObjectShape] {
    var inside: [[ObjectShape]] = []
    for part in parts { inside.append(try objects(of: part, tracks: tracks)) }
    let live = parts.indices.filter { !inside[$0].isEmpty }
    let rivals = rivals(among: live, inside)
    var result = AlternativeSum<ObjectShape>()
    for i in live {
      var one = inside[i]
      for j in rivals(i) where j != i {
        if inside[i].count * inside[j].count <= 64,
          try both(inside[i], inside[j], at: literal).isEmpty
        {
          continue
        }
        one = try both(one, try objects(of: parts[j].negated), at: literal)
        if one.isEmpty { break }
      }
      result.add(one)
      try checkCount(result.shapes.count, literal)
    }
    return result.shapes
  }

  /// Returns for each of some alternatives those with which it may share an object: those that list the same value
  /// for a required member, and those that list none.
  private func rivals(
    among live: [Int], _ shapes: [[ObjectShape]]
  ) -> (Int) -> [Int] {
    guard live.count > 2,
      let name = shapes[live[0]].first?.required.first(where: { name in
        live.allSatisfy { tags(name, shapes[$0]) != nil }
      })
    else { return { _ in live } }
    var holders: [JSONValue: [Int]] = [:]
    for place in live {
      for value in tags(name, shapes[place]) ?? [] { holders[value, default: []].append(place) }
    }
    return { place in
      let values = tags(name, shapes[place]) ?? []
      return Set(values.flatMap { holders[$0] ?? [] }).sorted()
    }
  }

  /// Returns the scalars of which a required member must be one by some shapes, nil if that does not show at once.
  private func tags(_ name: JSONKey, _ shapes: [ObjectShape]) -> Set<JSONValue>? {
    var result: Set<JSONValue> = []
    for shape in shapes {
      guard shape.required.contains(name) else { return nil }
      var listed: [JSONValue]?
      for rule in shape.rules {
        for property in rule.properties where property.name == name && listed == nil {
          listed = constants(property.value)
        }
      }
      guard let listed, listed.allSatisfy({ $0.array == nil && $0.object == nil }) else {
        return nil
      }
      result.formUnion(listed)
    }
    return result
  }

  /// Returns the values that a condition lists itself, nil if it lists none.
  private func constants(_ literal: Literal) -> [JSONValue]? {
    if literal.isNegated { return nil }
    switch conditions[literal] {
    case .never: return nil
    case .constant(let number): return [conditions.constants[Int(number)]]
    case .node(let id, _): return schema[id].constant.map { [$0] } ?? schema[id].enumeration
    }
  }

  /// Returns what the keywords of objects of a node say.
  private mutating func ownObjects(
    _ node: SchemaNode, _ scope: Int32, tracks: Bool
  ) throws(GrammarError) -> [ObjectShape] {
    let keywords = node.objects
    var shape = ObjectShape()
    let rule = try rule(of: node, scope)
    if let rule {
      shape.rules.append(rule)
      shape.evaluated = rule.known
      if keywords.additionalProperties != nil { shape.evaluated.isAll = true }
    }
    if let names = keywords.propertyNames {
      shape.names.append(try scalars(of: literal(names, scope)).strings)
    }
    shape.required = keywords.required.map { JSONKey($0) }
    shape.least = keywords.minProperties ?? 0
    shape.greatest = keywords.maxProperties ?? .max
    for (name, needed) in keywords.dependentRequired {
      for other in needed where other != name {
        shape.clauses.append([.absent(JSONKey(name)), .present(JSONKey(other))])
      }
    }
    return try isContradiction(shape, of: shape.required) ? [] : [shape]
  }

  private mutating func rule(
    of node: SchemaNode, _ scope: Int32
  ) throws(GrammarError) -> ObjectShape.Rule? {
    let keywords = node.objects
    guard
      !keywords.properties.isEmpty || !keywords.patternProperties.isEmpty
        || keywords.additionalProperties != nil
    else { return nil }
    var rule = ObjectShape.Rule()
    for (name, value) in keywords.properties {
      rule.properties.append(.init(name: JSONKey(name), value: literal(value, scope)))
      rule.known.names.insert(JSONKey(name))
    }
    for (pattern, value) in keywords.patternProperties {
      let names = try patternTerm(pattern, keyword: "patternProperties", node)
      rule.patterns.append(.init(names: names, value: literal(value, scope)))
      rule.known.formUnion(NameSet(patterns: [names]))
    }
    if let others = keywords.additionalProperties { rule.others = literal(others, scope) }
    return rule
  }

  // MARK: - A node that does not hold

  private mutating func objects(
    outside node: SchemaNode, _ literal: Literal, _ scope: Int32
  ) throws(GrammarError) -> [ObjectShape] {
    if let flag = node.boolean { return flag ? [] : [ObjectShape()] }
    if let types = node.types, !types.contains(.object) { return [ObjectShape()] }
    let keywords = node.objects
    var facts: [ObjectShape.Fact] = []
    var result: [ObjectShape] = []
    if let rule = try rule(of: node, scope) {
      for property in rule.properties where property.value != .always {
        facts.append(.member(property.name, property.value.negated))
      }
      for pattern in rule.patterns where pattern.value != .always {
        facts.append(.pattern(pattern.names, pattern.value.negated))
      }
      if rule.others != .always { facts.append(.outside(rule.known, rule.others.negated)) }
    }
    if let names = keywords.propertyNames {
      let inside = try scalars(of: self.literal(names, scope)).strings
      let outside = otherStrings(inside)
      if outside != RegexSet.nothing { facts.append(.pattern(outside, .always)) }
    }
    for name in keywords.required { facts.append(.absent(JSONKey(name))) }
    if let least = keywords.minProperties, least > 0 {
      result.append(ObjectShape(greatest: least - 1))
    }
    if let greatest = keywords.maxProperties { result.append(ObjectShape(least: greatest + 1)) }
    for (name, needed) in keywords.dependentRequired {
      for other in needed where other != name {
        result.append(ObjectShape(required: [JSONKey(name)], forbidden: [JSONKey(other)]))
      }
    }
    for (name, dependent) in keywords.dependentSchemas {
      result = either(
        result,
        try both(
          [ObjectShape(required: [JSONKey(name)])],
          try objects(of: self.literal(dependent, scope).negated), at: literal))
    }
    for values in [node.enumeration, node.constant.map { [$0] }] {
      guard let values else { continue }
      var others = [ObjectShape()]
      for value in values {
        others = try both(others, objects(equal: value, isNegated: true), at: literal)
      }
      result = either(result, others)
    }
    let parts = parts(of: literal)
    for part in parts.all { result = either(result, try objects(of: part.negated)) }
    if !parts.any.isEmpty {
      var none = [ObjectShape()]
      for part in parts.any { none = try both(none, try objects(of: part.negated), at: literal) }
      result = either(result, none)
    }
    if !parts.one.isEmpty {
      result = either(result, try notExactlyOne(parts.one, literal))
    }
    if let choice = parts.choice, parts.decides {
      result = either(
        result,
        try branch(
          (choice.condition, choice.then.negated, choice.otherwise.negated), at: literal,
          tracks: false))
    }
    if let unevaluated = keywords.unevaluatedProperties {
      result = either(
        result, try unevaluatedFails(self.literal(unevaluated, scope), literal))
    }
    return merged(result, facts)
  }

  private mutating func notExactlyOne(
    _ parts: [Literal], _ literal: Literal
  ) throws(GrammarError) -> [ObjectShape] {
    var none = [ObjectShape()]
    var one: [ObjectShape] = []
    var more: [ObjectShape] = []
    for part in parts {
      let inside = try objects(of: part)
      let outside = try objects(of: part.negated)
      more = either(more, try both(one, inside, at: literal))
      one = either(try both(one, outside, at: literal), try both(none, inside, at: literal))
      none = try both(none, outside, at: literal)
      try checkCount(more.count + one.count + none.count, literal)
    }
    return either(none, more)
  }

  /// Returns the objects with a member that nothing else has evaluated and that fails.
  private mutating func unevaluatedFails(
    _ rest: Literal, _ literal: Literal
  ) throws(GrammarError) -> [ObjectShape] {
    guard rest != .always, case .node(let id, let scope) = conditions[literal] else { return [] }
    var node = schema.nodes[id.index]
    node.objects.unevaluatedProperties = nil
    let inside = try objects(inside: node, literal.negated, scope, tracks: true)
    return inside.compactMap { shape in
      if shape.evaluated.isAll { return nil }
      var shape = shape
      shape.clauses.append([.outside(shape.evaluated, rest.negated)])
      shape.evaluated = NameSet()
      return shape
    }
  }

  // MARK: - Values

  private mutating func objects(equal value: JSONValue, isNegated: Bool) -> [ObjectShape] {
    guard let object = value.object else { return isNegated ? [ObjectShape()] : [] }
    var rule = ObjectShape.Rule(others: .never)
    var facts: [ObjectShape.Fact] = []
    for member in object.members {
      let name = JSONKey(member.key)
      let value = conditions.constant(member.value)
      rule.properties.append(.init(name: name, value: value))
      rule.known.names.insert(name)
      facts.append(.absent(name))
      facts.append(.member(name, value.negated))
    }
    if isNegated {
      facts.append(.outside(rule.known, .always))
      return [ObjectShape(clauses: [facts])]
    }
    return [
      ObjectShape(
        rules: [rule], required: object.members.map { JSONKey($0.key) },
        evaluated: NameSet(isAll: false))
    ]
  }
}
