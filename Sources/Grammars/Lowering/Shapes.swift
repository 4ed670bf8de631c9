// Alternatives of what holds for an object or an array. An alternative holds rules for all parts and clauses;
// a clause is a list of facts of which one must be true, so that negated schemas do not multiply the
// alternatives.

import JSON

/// Names that are known, and patterns of names.
struct NameSet: Hashable, Sendable {
  var names: Set<JSONKey> = []
  /// Languages of spelled names, after the opening quote.
  var patterns: [Term] = []
  /// Whether all names are in it.
  var isAll = false

  mutating func formUnion(_ other: NameSet) {
    names.formUnion(other.names)
    for pattern in other.patterns where !patterns.contains(pattern) { patterns.append(pattern) }
    isAll = isAll || other.isAll
  }
}

/// One alternative of what holds for an object.
struct ObjectShape: Hashable, Sendable {
  /// What one schema says about members.
  struct Rule: Hashable, Sendable {
    struct Property: Hashable, Sendable {
      var name: JSONKey
      var value: Literal
    }
    struct Pattern: Hashable, Sendable {
      var names: Term
      var value: Literal
    }
    var properties: [Property] = []
    var patterns: [Pattern] = []
    /// What holds for members outside of `known`.
    var others = Literal.always
    var known = NameSet()
  }

  /// Something that may be true of an object.
  enum Fact: Hashable, Sendable {
    case present(JSONKey)
    case absent(JSONKey)
    /// The member is there and its value satisfies a condition.
    case member(JSONKey, Literal)
    /// A member whose name is in a language.
    case pattern(Term, Literal)
    /// A member whose name is not in a set.
    case outside(NameSet, Literal)
  }

  var rules: [Rule] = []
  /// Languages of the names that members may have.
  var names: [Term] = []
  var required: [JSONKey] = []
  var forbidden: [JSONKey] = []
  var least = 0
  var greatest = Int.max
  var clauses: [[Fact]] = []
  /// The names that keywords have looked at.
  var evaluated = NameSet()

  var onlyClause: [Fact]? {
    var other = self
    other.evaluated = NameSet()
    other.clauses = []
    return clauses.count == 1 && other == ObjectShape() ? clauses[0] : nil
  }

  var size: Int {
    rules.count + names.count + required.count + forbidden.count + clauses.count
      + evaluated.names.count + evaluated.patterns.count
  }

  /// Whether a rule is said; the number of a value tells most rules apart before their names do.
  private func holds(_ rule: Rule) -> Bool {
    let value = rule.properties.first?.value
    return rules.indices.contains {
      rules[$0].properties.first?.value == value && rules[$0] == rule
    }
  }

  mutating func formUnion(_ other: ObjectShape) {
    for rule in other.rules where !holds(rule) { rules.append(rule) }
    for name in other.names where !names.contains(name) { names.append(name) }
    for name in other.required where !required.contains(name) { required.append(name) }
    for name in other.forbidden where !forbidden.contains(name) { forbidden.append(name) }
    least = max(least, other.least)
    greatest = min(greatest, other.greatest)
    for clause in other.clauses where !clauses.contains(clause) { clauses.append(clause) }
    evaluated.formUnion(other.evaluated)
  }
}

extension ObjectShape {
  /// Hashes what is said, but for what alternatives of one condition seldom differ in.
  ///
  /// Alternatives are many and hold the same names again and again, so that names are read as words.
  func hash(into hasher: inout Hasher) {
    var words = WordHash()
    words.combine(UInt64(rules.count) << 32 | UInt64(evaluated.names.count))
    for rule in rules {
      for property in rule.properties {
        words.combine(property.name)
        words.combine(property.value.code, 0)
      }
      for pattern in rule.patterns { words.combine(pattern.names, pattern.value.code) }
      words.combine(rule.others.code, 1)
    }
    for term in names { words.combine(term, 2) }
    for list in [required, forbidden] {
      words.combine(UInt64(list.count))
      for name in list { words.combine(name) }
    }
    words.combine(UInt64(least))
    words.combine(UInt64(greatest))
    hasher.combine(words.value)
    hasher.combine(clauses)
  }
}

extension WordHash {
  /// Takes the bytes of a name.
  fileprivate mutating func combine(_ name: JSONKey) {
    let bytes = name.text.utf8.span
    var word = UInt64(bytes.count)
    for i in bytes.indices {
      word = word << 8 | UInt64(bytes[i])
      if i & 7 == 7 { combine(word) }
    }
    combine(word)
  }
}

/// One alternative of what holds for an array.
struct ArrayShape: Hashable, Sendable {
  /// What one schema says about elements.
  struct Rule: Hashable, Sendable {
    var prefix: [Literal] = []
    var items = Literal.always
  }

  /// How many elements satisfy a condition.
  struct Count: Hashable, Sendable {
    var condition: Literal
    var least: Int
    var greatest: Int
  }

  /// Something that may be true of an array.
  enum Fact: Hashable, Sendable {
    /// The element at a place is there and satisfies a condition.
    case item(Int, Literal)
    /// An element from a place on satisfies a condition.
    case from(Int, Literal)
  }

  /// The elements that keywords have looked at.
  struct Evaluated: Hashable, Sendable {
    var prefix = 0
    var isAll = false
    /// Elements that satisfy any of these.
    var matching: [Literal] = []

    mutating func formUnion(_ other: Evaluated) {
      prefix = max(prefix, other.prefix)
      isAll = isAll || other.isAll
      for literal in other.matching where !matching.contains(literal) { matching.append(literal) }
    }
  }

  var rules: [Rule] = []
  /// Elements from a place on satisfy one of several conditions.
  var choices: [Choice] = []
  var least = 0
  var greatest = Int.max
  var isUnique = false
  var counts: [Count] = []
  var clauses: [[Fact]] = []
  var evaluated = Evaluated()

  /// Elements from a place on satisfy one of several conditions.
  struct Choice: Hashable, Sendable {
    var from: Int
    var conditions: [Literal]
  }

  var onlyClause: [Fact]? {
    var other = self
    other.evaluated = Evaluated()
    other.clauses = []
    return clauses.count == 1 && other == ArrayShape() ? clauses[0] : nil
  }

  var size: Int {
    rules.count + choices.count + counts.count + clauses.count + evaluated.matching.count
  }

  mutating func formUnion(_ other: ArrayShape) {
    for rule in other.rules where !rules.contains(rule) { rules.append(rule) }
    for choice in other.choices where !choices.contains(choice) { choices.append(choice) }
    least = max(least, other.least)
    greatest = min(greatest, other.greatest)
    isUnique = isUnique || other.isUnique
    for count in other.counts {
      if let i = counts.firstIndex(where: { $0.condition == count.condition }) {
        counts[i].least = max(counts[i].least, count.least)
        counts[i].greatest = min(counts[i].greatest, count.greatest)
      } else {
        counts.append(count)
      }
    }
    for clause in other.clauses where !clauses.contains(clause) { clauses.append(clause) }
    evaluated.formUnion(other.evaluated)
  }
}

/// A condition whose alternatives are known, and in which way.
struct ShapeKey: Hashable, Sendable {
  var literal: Literal
  var tracks: Bool
}
