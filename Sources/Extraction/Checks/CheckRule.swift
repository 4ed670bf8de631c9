// One rule of `x-check`: a sum or an equality among the values of an object, in exact decimals.
//
//   {"name":"total","level":"assert","sum":"/items/*/amount","equals":"/total","tolerance":"0.01"}
//   {"name":"same","level":"check","left":"/net","right":"/gross"}
//
// Pointers begin at the object that the rule stands on; a step `*` means every element or member.

package import JSON

/// A rule that a finished object must satisfy, or that is reported.
package struct CheckRule: Sendable, Equatable {
  /// What a violation leads to.
  package enum Level: String, Sendable {
    /// The job fails.
    case assert
    /// The record says so.
    case check
  }

  /// The name in the record.
  package let name: String
  /// What a violation leads to.
  package let level: Level
  /// The values that are added, or the one on the left of an equality.
  private let left: JSONPointer
  private let right: JSONPointer
  private let isSum: Bool
  private let tolerance: Decimal

  private static let keys = ["name", "level", "sum", "equals", "left", "right", "tolerance"]
  /// The most values that one sum adds.
  private static let operandLimit = 100_000

  /// Reads a rule.
  ///
  /// - Throws: `RuleProblem` with half a sentence.
  init(_ value: JSONValue) throws(RuleProblem) {
    guard let object = value.object else { throw RuleProblem("a rule must be an object") }
    for key in object.keys where !Self.keys.contains(key) {
      throw RuleProblem(
        "a rule has no member \"\(key)\"; known are \(Self.keys.joined(separator: ", "))")
    }
    guard let name = object["name"]?.string, !name.isEmpty else {
      throw RuleProblem("a rule needs a \"name\"")
    }
    self.name = name
    guard let level = Level(rawValue: (object["level"] ?? "check").string ?? "") else {
      throw RuleProblem("\"level\" of the rule \"\(name)\" must be \"assert\" or \"check\"")
    }
    self.level = level
    func pointer(_ key: String) throws(RuleProblem) -> JSONPointer? {
      guard let value = object[key] else { return nil }
      guard let text = value.string, let pointer = JSONPointer(text), !pointer.steps.isEmpty else {
        throw RuleProblem(
          "\"\(key)\" of the rule \"\(name)\" must be a JSON pointer such as \"/total\"")
      }
      return pointer
    }
    switch (try pointer("sum"), try pointer("equals"), try pointer("left"), try pointer("right")) {
    case (let sum?, let equals?, nil, nil): (left, right, isSum) = (sum, equals, true)
    case (nil, nil, let first?, let second?): (left, right, isSum) = (first, second, false)
    default:
      throw RuleProblem(
        "the rule \"\(name)\" needs either \"sum\" and \"equals\" or \"left\" and \"right\"")
    }
    for pointer in isSum ? [right] : [left, right] where pointer.steps.contains("*") {
      throw RuleProblem("only \"sum\" of the rule \"\(name)\" may name several values with *")
    }
    let spelled: Decimal?
    switch object["tolerance"] {
    case nil: spelled = .zero
    case .string(let text): spelled = Decimal(text)
    case .number(let number): spelled = number.decimal
    default: spelled = nil
    }
    guard let tolerance = spelled, !tolerance.isNegative else {
      throw RuleProblem(
        "\"tolerance\" of the rule \"\(name)\" must be a number that is not negative")
    }
    self.tolerance = tolerance
  }

  /// Evaluates the rule on an object.
  func outcome(on object: JSONValue, at place: JSONPointer) -> CheckOutcome {
    var outcome = CheckOutcome(name: name, level: level, place: place, verdict: .skipped)
    let operands = Self.values(left.steps[...], in: object)
    guard let target = Self.values(right.steps[...], in: object), let operands,
      let expected = target.first
    else { return outcome }
    if isSum {
      let numbers = operands.compactMap(Self.decimal)
      guard numbers.count == operands.count, numbers.count <= Self.operandLimit,
        let wanted = Self.decimal(expected)
      else { return outcome }
      var sum = Decimal.zero
      for number in numbers {
        guard let next = sum.adding(number) else { return outcome }
        sum = next
      }
      judge(sum, wanted, &outcome)
    } else if let first = operands.first {
      if let a = Self.decimal(first), let b = Self.decimal(expected) {
        judge(a, b, &outcome)
      } else {
        guard first != .null, expected != .null else { return outcome }
        outcome.verdict = first == expected ? .holds : .violated
        outcome.left = first
        outcome.right = expected
      }
    }
    return outcome
  }

  private func judge(_ found: Decimal, _ wanted: Decimal, _ outcome: inout CheckOutcome) {
    guard let difference = found.adding(-wanted) else { return }
    outcome.verdict = difference.magnitude <= tolerance ? .holds : .violated
    outcome.left = Self.number(found)
    outcome.right = Self.number(wanted)
  }

  private static func number(_ value: Decimal) -> JSONValue? {
    guard value.scale.magnitude <= 1000 else { return nil }
    return JSONNumber(literal: value.plainText).map { .number($0) }
  }

  /// Returns a number, or a text that spells one.
  private static func decimal(_ value: JSONValue) -> Decimal? {
    switch value {
    case .number(let number): number.decimal
    case .string(let text): Decimal(text)
    default: nil
    }
  }

  /// Returns the values that a path names, nil where one of them is missing.
  private static func values(_ steps: ArraySlice<String>, in value: JSONValue) -> [JSONValue]? {
    guard let step = steps.first else { return [value] }
    let rest = steps.dropFirst()
    if step == "*" {
      let parts: [JSONValue]
      switch value {
      case .array(let elements): parts = elements
      case .object(let object): parts = object.members.map(\.value)
      default: return nil
      }
      var all: [JSONValue] = []
      for part in parts {
        guard let found = values(rest, in: part) else { return nil }
        all += found
      }
      return all
    }
    guard let next = JSONPointer(steps: [step]).find(in: value) else { return nil }
    return values(rest, in: next)
  }
}

/// Why a rule cannot be used.
struct RuleProblem: Error {
  /// Half a sentence.
  let sentence: String

  init(_ sentence: String) { self.sentence = sentence }
}

/// What became of one rule on one object.
package struct CheckOutcome: Sendable, Equatable {
  /// Whether the rule holds.
  package enum Verdict: Sendable {
    case holds
    case violated
    /// A value that it needs is missing, or is no number.
    case skipped
  }

  /// The rule's name.
  package var name: String
  /// What a violation leads to.
  package var level: CheckRule.Level
  /// The object that the rule stands on.
  package var place: JSONPointer
  /// Whether the rule holds.
  package var verdict: Verdict
  /// The sum, or the value on the left.
  package var left: JSONValue?
  /// What it was compared with.
  package var right: JSONValue?

  /// The outcome as records write it.
  package var json: JSONValue {
    var object = JSONObject()
    object["name"] = .string(name)
    object["level"] = .string(level.rawValue)
    if !place.steps.isEmpty { object["field"] = .string(place.description) }
    switch verdict {
    case .holds: object["ok"] = true
    case .violated: object["ok"] = false
    case .skipped: object["skipped"] = true
    }
    if let left { object["left"] = left }
    if let right { object["right"] = right }
    return .object(object)
  }

  /// One sentence about a violation, without the place.
  package var problem: String {
    let compared = left.flatMap { left in right.map { ": \(left.text) against \($0.text)" } } ?? ""
    return "the check \"\(name)\" does not hold\(compared)"
  }
}
