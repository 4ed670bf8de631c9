// The length of the shortest value of every definition: the least solution of "a value is its cheapest
// alternative, an alternative is the sum of its parts", found by repeating until nothing changes.

/// Shortest lengths in bytes for one grammar over the bytes that a vocabulary can spell.
struct DefinitionNeeds: Sendable {
  static let unreachable = LeafAutomaton.unreachable

  var automaton: LeafAutomaton
  private let arrays: [ArrayDefinition]
  private let objects: [ObjectDefinition]
  private let punctuation: Punctuation
  private(set) var values: [Int]
  /// For each object and declared key, the bytes from there to the end if a comma is due.
  private var objectRests: [[Int]] = []
  private var openArray = 0
  private var openObject = 0
  private var closeEmptyArray = 0
  private var closeEmptyObject = 0
  private var closeArray = 0
  private var closeObject = 0
  private var comma = 0
  private var colon = 0

  init(grammar: Grammar, spells: [Bool]) {
    automaton = LeafAutomaton(regexes: grammar.regexes, spells: spells)
    arrays = grammar.arrays
    objects = grammar.objects
    punctuation = grammar.punctuation
    values = grammar.definitions.map { _ in Self.unreachable }
    openArray = automaton.need(punctuation.openArray)
    openObject = automaton.need(punctuation.openObject)
    closeEmptyArray = automaton.need(punctuation.closeEmptyArray)
    closeEmptyObject = automaton.need(punctuation.closeEmptyObject)
    closeArray = automaton.need(punctuation.closeArray)
    closeObject = automaton.need(punctuation.closeObject)
    comma = automaton.need(punctuation.comma)
    colon = automaton.need(punctuation.colon)
    solve(grammar.definitions)
    objectRests = objects.map { _ in [] }
    for i in objects.indices { objectRests[i] = rests(objects[i]) }
  }

  func isUnreachable(_ definition: Int32) -> Bool {
    values[Int(definition)] >= Self.unreachable
  }

  private static func sum(_ a: Int, _ b: Int) -> Int { min(unreachable, a + b) }

  private static func product(_ a: Int, _ count: Int) -> Int {
    if count == 0 { return 0 }
    let (result, overflow) = a.multipliedReportingOverflow(by: count)
    return overflow ? unreachable : min(unreachable, result)
  }

  private mutating func solve(_ definitions: [Definition]) {
    // Parts that do not depend on other definitions.
    for (i, definition) in definitions.enumerated() {
      values[i] = automaton.need(definition.leaf)
    }
    var changed = true
    while changed {
      changed = false
      for (i, definition) in definitions.enumerated().reversed() {
        var least = values[i]
        for array in definition.arrays {
          least = min(least, Self.sum(openArray, arrayRest(array, 0)))
        }
        for object in definition.objects {
          let keys = rests(objects[Int(object)])
          least = min(least, Self.sum(openObject, objectRest(object, keys, 0, isFirst: true)))
        }
        if least < values[i] {
          values[i] = least
          changed = true
        }
      }
    }
  }

  /// Returns the bytes from after `count` elements to after the closing bracket.
  func arrayRest(_ array: Int32, _ count: Int) -> Int {
    let definition = arrays[Int(array)]
    let missing = definition.least - count
    if missing <= 0 { return count == 0 ? closeEmptyArray : closeArray }
    var result = Self.product(comma, count == 0 ? missing - 1 : missing)
    var index = count
    while index < min(definition.prefix.count, definition.least) {
      result = Self.sum(result, values[Int(definition.prefix[index])])
      index += 1
    }
    if index < definition.least {
      let rest = Self.product(values[Int(definition.items)], definition.least - index)
      result = Self.sum(result, rest)
    }
    return Self.sum(result, closeArray)
  }

  private mutating func rests(_ object: ObjectDefinition) -> [Int] {
    var result = [Int](repeating: closeObject, count: object.keys.count + 1)
    for (i, key) in object.keys.enumerated().reversed() {
      result[i] = result[i + 1]
      guard key.isRequired else { continue }
      let cost = Self.sum(automaton.need(key.later), values[Int(key.value)])
      result[i] = Self.sum(result[i], cost)
    }
    return result
  }

  /// Returns the bytes from before the declared key `index` to after the closing brace.
  mutating func objectRest(_ object: Int32, _ index: Int, isFirst: Bool) -> Int {
    objectRest(object, objectRests[Int(object)], index, isFirst: isFirst)
  }

  private mutating func objectRest(
    _ object: Int32, _ rests: [Int], _ index: Int, isFirst: Bool
  ) -> Int {
    let keys = objects[Int(object)].keys
    guard isFirst else { return rests[min(index, keys.count)] }
    guard let key = keys[min(index, keys.count)...].first(where: \.isRequired) else {
      return closeEmptyObject
    }
    let rest = rests[index]
    if rest >= Self.unreachable { return rest }
    return rest - automaton.need(key.later) + automaton.need(key.first)
  }

  /// Returns the bytes from after the closing quote of a new key to after the closing brace.
  func afterNewKey(_ object: Int32, _ kind: Int) -> Int {
    let value = values[Int(objects[Int(object)].newKeys[kind].value)]
    return Self.sum(Self.sum(colon, value), closeObject)
  }
}
