// Conditions on one value, and sets of them. A condition may be negated; a goal is what one value must
// satisfy. Values inside a value stay goals, so that intersections of recursive schemas are new positions
// and not endless expansions.

import JSON
import JSONSchema

/// A condition on a value, without sign.
enum Condition: Hashable, Sendable {
  /// A node of the schema, reached on a path that has bound dynamic anchors.
  case node(SchemaID, scope: Int32)
  /// Equality with a value, by its number.
  case constant(Int32)
  /// No value at all.
  case never
}

/// A condition with its sign: the condition's number times two, plus one if it is negated.
struct Literal: Hashable, Comparable, Sendable {
  let code: Int32

  init(condition: Int32, isNegated: Bool = false) { code = condition << 1 | (isNegated ? 1 : 0) }

  private init(code: Int32) { self.code = code }

  var condition: Int { Int(code >> 1) }
  var isNegated: Bool { code & 1 == 1 }
  var negated: Literal { Literal(code: code ^ 1) }

  static func < (a: Literal, b: Literal) -> Bool { a.code < b.code }

  /// What no value satisfies.
  static let never = Literal(condition: 0)
  /// What every value satisfies.
  static let always = Literal(condition: 0, isNegated: true)
}

/// What one value must satisfy: all of these conditions.
///
/// The empty set is every value.
struct Goal: Hashable, Sendable {
  /// Ascending, without repeats.
  private(set) var literals: [Literal] = []

  static let anything = Goal()
  static let nothing = Goal(.never)

  init() {}

  init(_ literal: Literal) { insert(literal) }

  mutating func insert(_ literal: Literal) {
    if literal == .always || isNothing { return }
    if literal == .never {
      literals = [.never]
      return
    }
    if let i = literals.firstIndex(where: { $0 >= literal }) {
      if literals[i] == literal { return }
      literals.insert(literal, at: i)
    } else {
      literals.append(literal)
    }
    if literals.contains(literal.negated) { literals = [.never] }
  }

  var isNothing: Bool { literals.first == .never }

  func inserting(_ literal: Literal) -> Goal {
    var result = self
    result.insert(literal)
    return result
  }
}

/// The schemas that a node applies to its own value.
struct ConditionParts {
  /// What must all hold: references, `allOf`, and `not` with its sign turned.
  var all: [Literal] = []
  /// Of these at least one, if there are any.
  var any: [Literal] = []
  /// Of these exactly one, if there are any.
  var one: [Literal] = []
  /// `if`, `then` and `else`.
  var choice: (condition: Literal, then: Literal, otherwise: Literal)?

  /// Whether `if` decides anything about the value.
  var decides: Bool {
    choice.map { $0.then != .always || $0.otherwise != .always } ?? false
  }
}

/// All conditions by number.
struct ConditionTable: Sendable {
  private(set) var conditions: [Condition] = [.never]
  private var numbers: [Condition: Int32] = [.never: 0]
  private(set) var constants: [JSONValue] = []
  private var constantNumbers: [JSONValue: Int32] = [:]

  init(_ schema: Schema) {
    for index in schema.nodes.indices { _ = number(.node(SchemaID(index), scope: 0)) }
  }

  private mutating func number(_ condition: Condition) -> Int32 {
    if let known = numbers[condition] { return known }
    let number = Int32(conditions.count)
    conditions.append(condition)
    numbers[condition] = number
    return number
  }

  subscript(literal: Literal) -> Condition { conditions[literal.condition] }

  mutating func node(_ id: SchemaID, scope: Int32 = 0) -> Literal {
    Literal(condition: number(.node(id, scope: scope)))
  }

  mutating func constant(_ value: JSONValue) -> Literal {
    let index: Int32
    if let known = constantNumbers[value] {
      index = known
    } else {
      index = Int32(constants.count)
      constants.append(value)
      constantNumbers[value] = index
    }
    return Literal(condition: number(.constant(index)))
  }
}
