// From an alternative for arrays to what the states walk through: elements by place, counts of elements
// that satisfy conditions, and bits for the clauses that are still to be met.

import JSON
import JSONSchema

extension GrammarCompiler {
  private static let greatestLaneCount = 4
  private static let greatestLane = 30_000
  /// How many elements that differ and may be arrays or objects are counted.
  private static let greatestCountedElements = 1000

  /// Lowers an alternative; nil if no array satisfies it.
  mutating func lower(
    _ shape: ArrayShape, _ pointer: String, _ path: String
  ) throws(GrammarError) -> Int32? {
    guard shape.clauses.count <= 60, shape.counts.count <= Self.greatestLaneCount else {
      throw .tooManyAlternatives(pointer: pointer, limit: Self.greatestLaneCount)
    }
    var different = 0
    for rule in shape.rules { different = max(different, rule.prefix.count) }
    for choice in shape.choices { different = max(different, choice.from) }
    for clause in shape.clauses {
      for fact in clause {
        switch fact {
        case .item(let place, _): different = max(different, place + 1)
        case .from(let place, _): different = max(different, place)
        }
      }
    }
    let limit = max(options.limits.items, shape.least)
    var result = ArrayDefinition(
      least: shape.least, greatest: min(shape.greatest, limit), isUnique: shape.isUnique)
    if result.greatest < shape.greatest { result.place = place }
    for i in 0..<min(different, result.greatest) {
      result.prefix.append(try elements(at: i, shape, pointer, "\(path)/\(i)"))
      if result.prefix[i].isEmpty {
        result.greatest = i
        result.prefix.removeLast()
        break
      }
    }
    if result.greatest > result.prefix.count {
      result.items = try elements(at: different, shape, pointer, path + "/*")
      if result.items.isEmpty { result.greatest = min(result.greatest, result.prefix.count) }
    }
    for count in shape.counts {
      guard max(count.least, count.greatest == .max ? 0 : count.greatest) <= Self.greatestLane
      else { throw .tooLarge(limit: Self.greatestLane) }
      result.lanes.append(
        ArrayDefinition.Lane(least: count.least, greatest: count.greatest))
    }
    result.pending = (UInt64(1) << UInt64(shape.clauses.count)) - 1
    if result.least > result.greatest { return nil }
    arrays.append(result)
    let number = Int32(arrays.count - 1)
    if result.isUnique { uniqueArrays.append((number, pointer)) }
    return number
  }

  private mutating func elements(
    at place: Int, _ shape: ArrayShape, _ pointer: String, _ path: String
  ) throws(GrammarError) -> [ValueOption] {
    var goal = Goal.anything
    for rule in shape.rules {
      goal.insert(place < rule.prefix.count ? rule.prefix[place] : rule.items)
    }
    if goal.isNothing { return [] }
    var ways: [(goal: Goal, adds: UInt64)] = [(goal, 0)]
    for choice in shape.choices where place >= choice.from {
      ways = ways.flatMap { way in
        choice.conditions.map { (way.goal.inserting($0), way.adds) }
      }
    }
    for (lane, count) in shape.counts.enumerated() {
      let one: UInt64 = 1 << UInt64(16 * lane)
      var next: [(goal: Goal, adds: UInt64)] = []
      for way in ways {
        let inside = way.goal.inserting(count.condition)
        let outside = way.goal.inserting(count.condition.negated)
        let isAlways = inside == way.goal ? true : try isSurelyEmpty(outside)
        if isAlways {
          next.append((way.goal, way.adds + one))
          continue
        }
        next.append((count.greatest < .max ? outside : way.goal, way.adds))
        if !(try isSurelyEmpty(inside)) { next.append((inside, way.adds + one)) }
      }
      ways = next
      guard ways.count <= Self.greatestOptionCount else {
        throw .tooManyAlternatives(pointer: pointer, limit: Self.greatestOptionCount)
      }
    }
    var facts: [Int: [Literal]] = [:]
    for (i, clause) in shape.clauses.enumerated() {
      for fact in clause {
        switch fact {
        case .item(place, let value): facts[i, default: []].append(value)
        case .from(let first, let value):
          if place >= first { facts[i, default: []].append(value) }
        default: break
        }
      }
    }
    return try options(goal, facts, pointer, path, adds: ways)
  }

  /// Finds out when the elements of arrays run out that must differ; where that is not known, nothing is
  /// asked of them here and the finished array is checked.
  mutating func checkUniqueArrays() {
    for (number, pointer) in uniqueArrays {
      var array = arrays[Int(number)]
      if array.greatest <= 1 { continue }
      // How many elements of one kind may be owed.
      let many = array.lanes.reduce(array.least) { max($0, $1.least) }
      var isHomogeneous = array.prefix.isEmpty && array.items.count == 1
      var fewest = Int.max
      var problem: String?
      for option in array.prefix.joined() + array.items {
        let definition = definitions[Int(option.value)]
        if !definition.arrays.isEmpty || !definition.objects.isEmpty {
          if hasUniqueParts(option.value) {
            problem = "elements that differ and whose own elements differ are not in the masks"
          }
          array.keepsTrail = true
          array.reordersMembers = array.reordersMembers || mayReorderMembers(option.value)
          continue
        }
        if let texts = automaton.fewTexts(of: definition.distinctLeaf, limit: 1000) {
          fewest = min(fewest, texts.count)
        }
      }
      if fewest < .max, array.pending != 0 || !array.lanes.isEmpty { isHomogeneous = false }
      if array.keepsTrail, many > 1, fewest < .max || !isHomogeneous || array.hasLedger {
        problem =
          problem ?? "elements of several kinds that must be many and differ are not in the masks"
      }
      if array.keepsTrail, many > Self.greatestCountedElements {
        problem = problem ?? "so many elements that differ are not in the masks"
      }
      if fewest < .max, !isHomogeneous, many > 1 {
        problem = problem ?? "few values at different places are not kept apart in the masks"
      }
      if let problem {
        checkAfter("uniqueItems", at: pointer, problem)
        arrays[Int(number)].isUnique = false
        continue
      }
      if isHomogeneous, !array.keepsTrail { array.greatest = min(array.greatest, fewest) }
      if array.least > array.greatest { array.least = .max }
      let costs = array.prefix.joined() + array.items
      array.cost = 0
      for option in costs {
        array.cost = max(
          array.cost,
          automaton.length(
            holding: min(many, 100_000) + 1, of: definitions[Int(option.value)].distinctLeaf))
      }
      arrays[Int(number)] = array
    }
  }

  /// Whether a value holds arrays whose elements must differ in turn.
  private func hasUniqueParts(_ value: Int32) -> Bool {
    parts(of: value).contains { number in
      definitions[Int(number)].arrays.contains {
        arrays[Int($0)].isUnique && arrays[Int($0)].greatest > 1
      }
    }
  }

  /// Whether a value holds objects whose members may stand in several orders.
  private func mayReorderMembers(_ value: Int32) -> Bool {
    parts(of: value).contains { number in
      let objects = definitions[Int(number)].objects.map { self.objects[Int($0)] }
      return objects.count > 1
        || objects.contains { object in
          object.greatestNew > 1 && !object.newKeys.isEmpty
            && (object.newKeys.count > 1 || !object.newKeys[0].isDeclared)
        }
    }
  }

  /// Returns the definitions of a value and all its parts.
  private func parts(of value: Int32) -> [Int32] {
    var result = [value]
    var seen: Set<Int32> = [value]
    var next = 0
    while next < result.count {
      let definition = definitions[Int(result[next])]
      next += 1
      var children: [ValueOption] = []
      for array in definition.arrays.map({ arrays[Int($0)] }) {
        children += array.prefix.joined() + array.items
      }
      for object in definition.objects.map({ objects[Int($0)] }) {
        for key in object.keys { children += key.options }
        for key in object.newKeys { children += key.options }
      }
      for child in children where seen.insert(child.value).inserted { result.append(child.value) }
    }
    return result
  }
}
