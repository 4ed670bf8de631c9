// From an alternative for objects to what the states walk through: declared keys in order, kinds of new
// keys, and bits for the clauses that are still to be met.

import JSON
import JSONSchema

/// What a shape says about single members, by their names.
struct NamedMembers {
  /// The values of the properties of all rules.
  let properties: [JSONKey: [Literal]]
  let forbidden: Set<JSONKey>
  /// The rules that say something about members other than their properties.
  let rules: [ObjectShape.Rule]
  /// Whether the spelling of a name decides.
  let isSpelled: Bool

  init(_ shape: ObjectShape) {
    var properties: [JSONKey: [Literal]] = [:]
    for rule in shape.rules {
      for property in rule.properties {
        properties[property.name, default: []].append(property.value)
      }
    }
    self.properties = properties
    forbidden = Set(shape.forbidden)
    rules = shape.rules.filter { !$0.patterns.isEmpty || $0.others != .always }
    isSpelled =
      !shape.names.isEmpty
      || rules.contains { !$0.patterns.isEmpty || !$0.known.patterns.isEmpty }
  }
}

extension GrammarCompiler {
  static let greatestOptionCount = 256

  /// Returns what a member of a name must satisfy.
  ///
  /// - Parameter members: What the shape says by name.
  mutating func goal(
    of name: JSONKey, in shape: ObjectShape, _ members: NamedMembers
  ) throws(GrammarError) -> Goal {
    if members.forbidden.contains(name) { return .nothing }
    let spelling = members.isSpelled ? Self.spelled(name) : []
    for names in shape.names where !automaton.accepts(names, spelling) { return .nothing }
    var goal = Goal.anything
    for value in members.properties[name] ?? [] { goal.insert(value) }
    for rule in members.rules {
      for pattern in rule.patterns where automaton.accepts(pattern.names, spelling) {
        goal.insert(pattern.value)
      }
      if rule.others != .always, !contains(rule.known, name, spelling) { goal.insert(rule.others) }
    }
    return goal
  }

  /// A name as it stands after the opening quote.
  static func spelled(_ name: JSONKey) -> [UInt8] {
    Array(JSONValue.string(name.text).bytes.dropFirst())
  }

  private mutating func contains(_ set: NameSet, _ name: JSONKey, _ spelling: [UInt8]) -> Bool {
    set.isAll || set.names.contains(name)
      || set.patterns.contains { automaton.accepts($0, spelling) }
  }

  /// Lowers an alternative; nil if no object satisfies it.
  mutating func lower(
    _ shape: ObjectShape, _ pointer: String, _ path: String
  ) throws(GrammarError) -> Int32? {
    guard shape.clauses.count <= 60 else {
      throw .tooManyAlternatives(pointer: pointer, limit: 60)
    }
    var result = ObjectDefinition()
    let required = Set(shape.required)
    var names = declaredNames(shape)
    let members = NamedMembers(shape)
    var kinds = try newKinds(shape, pointer)
    if shape.least > 1 || !shape.clauses.isEmpty {
      // Names that are few are declared, so that it is known when they run out.
      var others: [(text: Term, goal: Goal, facts: [Int: [Literal]])] = []
      for kind in kinds {
        guard let texts = automaton.fewTexts(of: kind.text, limit: 64) else {
          others.append(kind)
          continue
        }
        for text in texts {
          guard let name = try? JSONValue.parse([0x22] + text).string,
            !names.contains(JSONKey(name))
          else { continue }
          names.append(JSONKey(name))
        }
      }
      kinds = others
    }
    var spellings: [Int32] = []
    for name in names {
      let number = spelling(of: name)
      let spelling = keySpellings[Int(number)].bytes
      result.taken = automaton.regexes.keys.adding(
        keySpellings[Int(number)].key, to: result.taken)
      let goal = try goal(of: name, in: shape, members)
      let isRequired = required.contains(name)
      if goal.isNothing {
        if isRequired { return nil }
        // A key that cannot be there is absent.
        for (i, clause) in shape.clauses.enumerated() where clause.contains(.absent(name)) {
          result.met |= 1 << UInt64(i)
        }
        continue
      }
      literals.append((path, spelling))
      var key = ObjectDefinition.Key(
        spelling: spelling, first: RegexSet.nothing, later: RegexSet.nothing)
      key.isRequired = isRequired
      let facts = facts(about: name, in: shape, &key)
      key.options = try options(
        goal, facts, pointer, path + JSONPointer(steps: [name.text]).description)
      result.keys.append(key)
      spellings.append(number)
    }
    for kind in kinds {
      let options = try options(kind.goal, kind.facts, pointer, path + "/*")
      if options.isEmpty { continue }
      var keys = ObjectDefinition.NewKeys(text: kind.text, options: options)
      if shape.least > 1 || !shape.clauses.isEmpty {
        keys.cost = automaton.length(holding: min(shape.least, 1000) + 64, of: kind.text)
      }
      result.newKeys.append(keys)
    }
    if !result.newKeys.isEmpty {
      result.greatestNew = options.limits.items
      result.place = place
    }
    let requiredCount = result.keys.count(where: \.isRequired)
    result.least = shape.least > requiredCount ? shape.least : 0
    let isBounded = shape.greatest < result.keys.count || !result.newKeys.isEmpty
    result.greatest = isBounded ? shape.greatest : .max
    result.pending = ((UInt64(1) << UInt64(shape.clauses.count)) - 1) & ~result.met
    if options.memberOrder != .any || !loosen(&result, clauses: shape.clauses.count) {
      for place in result.keys.indices {
        addTerms(to: &result.keys[place], spellings[place])
      }
    }
    keyCount += result.keys.count
    guard keyCount <= Self.greatestKeyCount else { throw .tooLarge(limit: Self.greatestKeyCount) }
    objects.append(result)
    return Int32(objects.count - 1)
  }

  /// Splits alternatives so that no clause asks for the absence of a member, where members may stand in
  /// any order and the splits are few.
  mutating func withoutAbsences(_ shapes: [ObjectShape]) throws(GrammarError) -> [ObjectShape] {
    guard options.memberOrder == .any else { return shapes }
    var result: [ObjectShape] = []
    for shape in shapes {
      var split = [shape]
      split[0].clauses = []
      let members = NamedMembers(shape)
      for clause in shape.clauses where !(try isCertain(clause, in: shape, members)) {
        var rest: [ObjectShape.Fact] = []
        var absent: [JSONKey] = []
        for fact in clause {
          if case .absent(let name) = fact { absent.append(name) } else { rest.append(fact) }
        }
        split = split.flatMap { part in
          var ways: [ObjectShape] = []
          if !rest.isEmpty {
            ways.append(part)
            ways[0].clauses.append(rest)
          }
          for name in absent where !part.required.contains(name) {
            var way = part
            if !way.forbidden.contains(name) { way.forbidden.append(name) }
            ways.append(way)
          }
          return ways
        }
        if split.count > 32 { break }
      }
      result.append(contentsOf: split.count > 32 ? [shape] : split)
    }
    return result
  }

  /// Whether every object of a shape meets a clause by a member that is required.
  private mutating func isCertain(
    _ clause: [ObjectShape.Fact], in shape: ObjectShape, _ members: NamedMembers
  ) throws(GrammarError) -> Bool {
    for fact in clause {
      switch fact {
      case .present(let name): if shape.required.contains(name) { return true }
      case .absent(let name): if members.forbidden.contains(name) { return true }
      case .member(let name, let value):
        guard shape.required.contains(name) else { continue }
        let other = try goal(of: name, in: shape, members)
          .inserting(value.negated)
        if try isSurelyEmpty(other) { return true }
      case .pattern, .outside: continue
      }
    }
    return false
  }

  /// Lets declared keys stand anywhere, if no clause asks for the absence of one.
  ///
  /// - Returns: Whether they may.
  private mutating func loosen(_ object: inout ObjectDefinition, clauses: Int) -> Bool {
    let required = object.keys.count(where: \.isRequired)
    guard object.keys.count > 1 || !object.newKeys.isEmpty, required + clauses <= 60,
      object.keys.allSatisfy({ $0.skipBits == 0 })
    else { return false }
    var bit = clauses
    var declared: [ObjectDefinition.NewKeys] = []
    for key in object.keys {
      var bits: UInt64 = 0
      if key.isRequired {
        bits = 1 << UInt64(bit)
        object.pending |= bits
        bit += 1
      }
      let options = key.options.map { option in
        var option = option
        option.bits |= bits
        return option
      }
      let spelling = Array(key.spelling.dropFirst())
      declared.append(
        ObjectDefinition.NewKeys(
          text: automaton.regexes.literal(spelling), options: options, isDeclared: true,
          key: automaton.regexes.keys.key(spelling), cost: spelling.count))
    }
    object.keys = []
    object.newKeys = declared + object.newKeys
    return true
  }

  /// The names that a shape mentions, in order.
  private func declaredNames(_ shape: ObjectShape) -> [JSONKey] {
    var names: [JSONKey] = []
    var seen: Set<JSONKey> = []
    func add(_ name: JSONKey) { if seen.insert(name).inserted { names.append(name) } }
    for rule in shape.rules {
      for property in rule.properties { add(property.name) }
    }
    for name in shape.required { add(name) }
    for clause in shape.clauses {
      for fact in clause {
        switch fact {
        case .present(let name), .absent(let name), .member(let name, _): add(name)
        case .pattern: break
        case .outside: break
        }
      }
    }
    for name in shape.forbidden { add(name) }
    for rule in shape.rules {
      for name in rule.known.names.sorted(by: { $0.text < $1.text }) { add(name) }
    }
    for clause in shape.clauses {
      for case .outside(let set, _) in clause {
        for name in set.names.sorted(by: { $0.text < $1.text }) { add(name) }
      }
    }
    return names
  }

  /// Returns for each clause the conditions of which one met by the member's value meets the clause.
  private mutating func facts(
    about name: JSONKey, in shape: ObjectShape, _ key: inout ObjectDefinition.Key
  ) -> [Int: [Literal]] {
    var facts: [Int: [Literal]] = [:]
    if shape.clauses.isEmpty { return facts }
    let spelling = Self.spelled(name)
    for (i, clause) in shape.clauses.enumerated() {
      for fact in clause {
        switch fact {
        case .present(name): facts[i, default: []].append(.always)
        case .absent(name): key.skipBits |= 1 << UInt64(i)
        case .member(name, let value): facts[i, default: []].append(value)
        case .pattern(let names, let value):
          if automaton.accepts(names, spelling) { facts[i, default: []].append(value) }
        case .outside(let set, let value):
          if !contains(set, name, spelling) { facts[i, default: []].append(value) }
        case .present, .absent, .member: break
        }
      }
    }
    return facts
  }

  /// Returns the kinds of names that are not declared, apart by the patterns that they match.
  private mutating func newKinds(
    _ shape: ObjectShape, _ pointer: String
  ) throws(GrammarError) -> [(text: Term, goal: Goal, facts: [Int: [Literal]])] {
    var patterns: [Term] = []
    func add(_ terms: [Term]) {
      for term in terms where !patterns.contains(term) { patterns.append(term) }
    }
    for rule in shape.rules { add(rule.patterns.map(\.names) + rule.known.patterns) }
    for clause in shape.clauses {
      for fact in clause {
        if case .pattern(let names, _) = fact { add([names]) }
        if case .outside(let set, _) = fact { add(set.patterns) }
      }
    }
    var text = terms.strings
    for names in shape.names { text = and(text, names, all: terms.strings) }
    if text == terms.strings, options.limits.string < GenerationLimits.unbounded {
      text = StringLowering(limits: options.limits).text(
        0, nil, place: place, into: &automaton.regexes)
    }
    var kinds: [(text: Term, matches: Set<Term>)] = []
    if text != RegexSet.nothing { kinds.append((text, [])) }
    for pattern in patterns {
      var split: [(text: Term, matches: Set<Term>)] = []
      for kind in kinds {
        let inside = and(kind.text, pattern, all: terms.strings)
        if inside == RegexSet.nothing {
          // What the pattern does not touch keeps its term, so that patterns apart cost no derivatives.
          split.append(kind)
          continue
        }
        split.append((inside, kind.matches.union([pattern])))
        let outside = and(kind.text, otherStrings(pattern), all: terms.strings)
        if outside != RegexSet.nothing { split.append((outside, kind.matches)) }
      }
      kinds = split
      automaton.checkLimits()
      if automaton.isExhausted {
        throw .exhausted(pointer: pointer, limit: LeafAutomaton.greatestStepCount)
      }
      guard kinds.count <= Self.greatestOptionCount else {
        throw .tooManyAlternatives(pointer: pointer, limit: Self.greatestOptionCount)
      }
    }
    var result: [(text: Term, goal: Goal, facts: [Int: [Literal]])] = []
    for kind in kinds {
      var goal = Goal.anything
      for rule in shape.rules {
        for pattern in rule.patterns where kind.matches.contains(pattern.names) {
          goal.insert(pattern.value)
        }
        let isKnown = rule.known.isAll || rule.known.patterns.contains { kind.matches.contains($0) }
        if !isKnown { goal.insert(rule.others) }
      }
      if goal.isNothing { continue }
      var facts: [Int: [Literal]] = [:]
      for (i, clause) in shape.clauses.enumerated() {
        for fact in clause {
          switch fact {
          case .pattern(let names, let value):
            if kind.matches.contains(names) { facts[i, default: []].append(value) }
          case .outside(let set, let value):
            if !set.isAll, !set.patterns.contains(where: { kind.matches.contains($0) }) {
              facts[i, default: []].append(value)
            }
          default: break
          }
        }
      }
      if facts.isEmpty,
        let same = result.firstIndex(where: { $0.goal == goal && $0.facts.isEmpty })
      {
        result[same].text = or(result[same].text, kind.text, all: terms.strings)
      } else {
        result.append((kind.text, goal, facts))
      }
    }
    return result
  }

  /// Returns the ways in which a value can satisfy a goal and meet clauses.
  mutating func options(
    _ goal: Goal, _ facts: [Int: [Literal]], _ pointer: String,
    _ path: @autoclosure () -> String,
    adds: [(goal: Goal, adds: UInt64)]? = nil
  ) throws(GrammarError) -> [ValueOption] {
    var ways: [(goal: Goal, bits: UInt64, adds: UInt64)] =
      adds?.map { ($0.goal, 0, $0.adds) } ?? [(goal, 0, 0)]
    for (clause, literals) in facts.sorted(by: { $0.key < $1.key }) {
      let bit: UInt64 = 1 << UInt64(clause)
      var next: [(goal: Goal, bits: UInt64, adds: UInt64)] = []
      for way in ways {
        var isCertain = false
        var added: [(goal: Goal, bits: UInt64, adds: UInt64)] = []
        for literal in literals where !isCertain {
          let with = way.goal.inserting(literal)
          let without = way.goal.inserting(literal.negated)
          let isImplied = with == way.goal ? true : try isSurelyEmpty(without)
          if isImplied {
            isCertain = true
            added = [(way.goal, way.bits | bit, way.adds)]
          } else if !with.isNothing, !(try isSurelyEmpty(with)) {
            added.append((with, way.bits | bit, way.adds))
          }
        }
        if !isCertain { next.append(way) }
        next.append(contentsOf: added)
      }
      ways = next
      guard ways.count <= Self.greatestOptionCount else {
        throw .tooManyAlternatives(pointer: pointer, limit: Self.greatestOptionCount)
      }
    }
    var result: [ValueOption] = []
    for way in ways where !way.goal.isNothing {
      if ways.count > 1, try isSurelyEmpty(way.goal) { continue }
      let option = ValueOption(
        value: try define(way.goal, path: path()), bits: way.bits, adds: way.adds)
      if !result.contains(option) { result.append(option) }
    }
    return result
  }

  /// Returns the number of the spelling of a name; objects share many names.
  private mutating func spelling(of name: JSONKey) -> Int32 {
    if let known = spellingNumbers[name] { return known }
    let bytes = JSONValue.string(name.text).bytes
    let number = Int32(keySpellings.count)
    keySpellings.append(
      KeySpelling(bytes: bytes, key: automaton.regexes.keys.key(bytes.dropFirst())))
    spellingNumbers[name] = number
    return number
  }

  /// Adds the terms of a declared key in its place.
  private mutating func addTerms(to key: inout ObjectDefinition.Key, _ number: Int32) {
    if let terms = keySpellings[Int(number)].terms {
      (key.first, key.later) = terms
      return
    }
    if options.whiteSpace == .any {
      key.first = automaton.regexes.concat(
        automaton.regexes.literal(key.spelling), punctuation.colon)
      key.later = automaton.regexes.concat(punctuation.comma, key.first)
    } else {
      let gap: [UInt8] = options.whiteSpace == .separators ? [0x20] : []
      let first = key.spelling + [0x3A] + gap
      key.first = automaton.regexes.literal(first)
      key.later = automaton.regexes.literal([0x2C] + gap + first)
    }
    keySpellings[Int(number)].terms = (key.first, key.later)
  }
}
