// The length of the shortest value of every definition: the least solution of "a value is its cheapest
// alternative, an alternative is the sum of its parts", found by repeating until nothing changes.
//
// Where an object or an array owes something (clauses, counts), the way to its end depends on what is still
// owed: a table by place and ledger, filled from the end.

import Tokens

/// Shortest lengths in bytes for one grammar over the bytes that a vocabulary can spell.
struct DefinitionNeeds: Sendable {
  static let unreachable = LeafAutomaton.unreachable
  /// The greatest number of places and ledgers of all objects and arrays.
  static let greatestStateCount = 300_000

  var automaton: LeafAutomaton
  let arrays: [ArrayDefinition]
  let objects: [ObjectDefinition]
  private(set) var values: [Int]
  /// Whether a table exceeds its limit, so that the needs mean nothing.
  private(set) var isTooLarge = false
  /// For each object without ledger and each declared key, the bytes from there to the end if a comma is
  /// due.
  private var objectRests: [[Int]] = []
  /// The tables of objects and arrays with ledgers.
  private var objectTables: [LedgerTable?] = []
  private var arrayTables: [LedgerTable?] = []
  private var keyNeeds: [[(first: Int, later: Int)]] = []

  /// The costs of members, once all values are known.
  private var finished: [PlainCosts?] = []
  /// For each object, the bytes of what is owed behind its declared keys where a member can meet several
  /// clauses, once all values are known.
  private var owedRests: [[Ledger: Int]] = []
  private let openArray: Int
  private let openObject: Int
  private let closeEmptyArray: Int
  private let closeEmptyObject: Int
  private let closeArray: Int
  private let closeObject: Int
  private let comma: Int
  private let lineStart: Int
  private let lineClose: Int
  private let colon: Int
  private let firstQuote: Int
  private let laterQuote: Int

  /// Needs by place and ledger.
  private struct LedgerTable {
    /// By place, what is owed there and the bytes to the end if a comma is due.
    var rests: [LedgerLevel] = []
    /// By place, the ledger and the bytes to the end while no member stands.
    var firsts: [(ledger: Ledger, need: Int)] = []
  }

  init(
    _ definitions: [Definition], arrays: [ArrayDefinition], objects: [ObjectDefinition],
    punctuation: Punctuation, automaton: LeafAutomaton
  ) {
    self.automaton = automaton
    self.arrays = arrays
    self.objects = objects
    values = definitions.map { _ in Self.unreachable }
    openArray = self.automaton.need(punctuation.openArray)
    openObject = self.automaton.need(punctuation.openObject)
    closeEmptyArray = self.automaton.need(punctuation.closeEmptyArray)
    closeEmptyObject = self.automaton.need(punctuation.closeEmptyObject)
    closeArray = self.automaton.need(punctuation.closeArray)
    closeObject = self.automaton.need(punctuation.closeObject)
    comma = self.automaton.need(punctuation.comma)
    lineStart = self.automaton.need(punctuation.lineStart)
    lineClose = self.automaton.need(punctuation.lineClose)
    colon = self.automaton.need(punctuation.colon)
    firstQuote = self.automaton.need(punctuation.firstQuote)
    laterQuote = self.automaton.need(punctuation.laterQuote)
    for object in objects {
      keyNeeds.append(
        object.keys.map { (self.automaton.need($0.first), self.automaton.need($0.later)) })
    }
    objectRests = objects.map { _ in [] }
    makeTables()
    solve(definitions)
    finished = objects.map { plainCosts($0) }
    owedRests = objects.map { _ in [:] }
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

  /// The bytes of the cheapest of several options.
  func value(_ options: [ValueOption]) -> Int {
    var least = Self.unreachable
    for option in options { least = min(least, values[Int(option.value)]) }
    return least
  }

  // MARK: - All values

  private mutating func solve(_ definitions: [Definition]) {
    var parents = [[Int32]](repeating: [], count: definitions.count)
    var waits = [Bool](repeating: true, count: definitions.count)
    for (i, definition) in definitions.enumerated() {
      values[i] = automaton.need(definition.leaf)
      // Where nothing is owed, what may be left out never makes a value longer.
      var children: Set<Int32> = []
      for array in definition.arrays
      where arrayTables[Int(array)] != nil || arrays[Int(array)].least > 0 {
        for option in arrays[Int(array)].prefix.joined() { children.insert(option.value) }
        for option in arrays[Int(array)].items { children.insert(option.value) }
      }
      for object in definition.objects {
        let owes = objectTables[Int(object)] != nil
        for key in objects[Int(object)].keys where owes || key.isRequired {
          for option in key.options { children.insert(option.value) }
        }
        if !owes { continue }
        for key in objects[Int(object)].newKeys {
          for option in key.options { children.insert(option.value) }
        }
      }
      for child in children { parents[Int(child)].append(Int32(i)) }
    }
    var queue = Array(definitions.indices)
    while let i = queue.popLast() {
      waits[i] = false
      var least = values[i]
      for array in definitions[i].arrays {
        fillTable(array: Int(array))
        least = min(least, Self.sum(openArray, arrayRest(array, 0, start(ofArray: array))))
      }
      for object in definitions[i].objects {
        fillTable(object: Int(object))
        least = min(
          least,
          Self.sum(openObject, objectRest(object, 0, start(ofObject: object), isFirst: true)))
      }
      guard least < values[i] else { continue }
      values[i] = least
      for parent in parents[i] where !waits[Int(parent)] {
        waits[Int(parent)] = true
        queue.append(Int(parent))
      }
    }
  }

  func start(ofArray array: Int32) -> Ledger { Ledger(pending: arrays[Int(array)].pending) }

  func start(ofObject object: Int32) -> Ledger { Ledger(pending: objects[Int(object)].pending) }

  // MARK: - Tables

  /// Finds the ledgers that can stand at each place.
  private mutating func makeTables() {
    // All tables together: each is filled anew whenever a value in it becomes shorter.
    var total = 0
    for object in objects {
      guard object.hasLedger else {
        objectTables.append(nil)
        continue
      }
      var table = LedgerTable()
      if object.pending == 0 {
        // Nothing but members is counted, so that each count up to the place or the last that matters is met.
        let last = object.greatest < .max ? object.greatest : object.least
        for place in 0...object.keys.count where total <= Self.greatestStateCount {
          total += min(place, last)
        }
        isTooLarge = isTooLarge || total > Self.greatestStateCount
        if !isTooLarge {
          for place in 0...object.keys.count {
            table.rests.append(LedgerLevel(greatestCount: min(place, last)))
            table.firsts.append((Ledger(), Self.unreachable))
          }
        }
        objectTables.append(table)
        continue
      }
      var level: Set<Ledger> = []
      var first = Ledger(pending: object.pending)
      for key in object.keys {
        table.rests.append(LedgerLevel(level))
        table.firsts.append((first, Self.unreachable))
        var next: Set<Ledger> = []
        for ledger in level {
          if !key.isRequired {
            next.insert(Ledger(pending: ledger.pending & ~key.skipBits, counts: ledger.counts))
          }
          for option in key.options {
            if let after = object.adding(option.bits, to: ledger) { next.insert(after) }
          }
        }
        for option in key.options {
          if let after = object.adding(option.bits, to: first) { next.insert(after) }
        }
        first.pending &= ~key.skipBits
        level = next
        total += level.count
        if total > Self.greatestStateCount {
          isTooLarge = true
          break
        }
      }
      table.rests.append(LedgerLevel(level))
      table.firsts.append((first, Self.unreachable))
      objectTables.append(table)
    }
    for array in arrays {
      guard array.hasLedger else {
        arrayTables.append(nil)
        continue
      }
      var table = LedgerTable()
      var level: Set<Ledger> = [Ledger(pending: array.pending)]
      for place in 0..<lastPlace(array) {
        table.rests.append(LedgerLevel(level))
        var next: Set<Ledger> = []
        for ledger in level {
          for option in array.item(place) {
            if let after = array.adding(option, to: ledger) { next.insert(after) }
          }
        }
        level = next
        total += level.count
        if total > Self.greatestStateCount {
          isTooLarge = true
          break
        }
      }
      table.rests.append(LedgerLevel(level))
      arrayTables.append(table)
    }
  }

  /// The place in an array from which on all elements are alike, or its end.
  private func lastPlace(_ array: ArrayDefinition) -> Int {
    let different = max(array.prefix.count, array.least)
    return array.greatest <= max(2000, different + 1000) ? array.greatest : different
  }

  private mutating func fillTable(object number: Int) {
    let object = objects[number]
    guard var table = objectTables[number], !isTooLarge else {
      if objectTables[number] == nil { objectRests[number] = rests(number) }
      return
    }
    let count = object.keys.count
    // The table is lent, not copied.
    objectTables[number] = nil
    for index in table.rests[count].needs.indices {
      table.rests[count].needs[index] = membersRest(
        number, table.rests[count].ledger(at: index), isFirst: false)
    }
    table.firsts[count].need = membersRest(number, table.firsts[count].ledger, isFirst: true)
    for place in (0..<count).reversed() {
      let key = object.keys[place]
      func taken(_ ledger: Ledger, _ cost: Int) -> Int {
        var least = Self.unreachable
        for option in key.options {
          guard let after = object.adding(option.bits, to: ledger),
            let rest = table.rests[place + 1][after]
          else { continue }
          least = min(least, Self.sum(cost + values[Int(option.value)], rest))
        }
        return least
      }
      for index in table.rests[place].needs.indices {
        let ledger = table.rests[place].ledger(at: index)
        var need = taken(ledger, keyNeeds[number][place].later)
        if !key.isRequired {
          let after = Ledger(pending: ledger.pending & ~key.skipBits, counts: ledger.counts)
          need = min(need, table.rests[place + 1][after] ?? Self.unreachable)
        }
        table.rests[place].needs[index] = need
      }
      var need = taken(table.firsts[place].ledger, keyNeeds[number][place].first)
      if !key.isRequired { need = min(need, table.firsts[place + 1].need) }
      table.firsts[place].need = need
    }
    objectTables[number] = table
  }

  /// Returns the bytes from after the declared keys of an object with a ledger to its end.
  private mutating func membersRest(_ number: Int, _ ledger: Ledger, isFirst: Bool) -> Int {
    let object = objects[number]
    if object.isPaid(ledger) { return isFirst ? closeEmptyObject : closeObject }
    let quotes = isFirst ? firstQuote - laterQuote : 0
    if let costs = finished.isEmpty ? plainCosts(object) : finished[number] {
      let sum = plainSum(object, ledger, costs)
      return sum < Self.unreachable ? sum + quotes : sum
    }
    if !owedRests.isEmpty, let known = owedRests[number][ledger] {
      return known < Self.unreachable ? known + quotes : known
    }
    var known: [Ledger: Int] = [:]
    let sum = membersRest(object, ledger, &known)
    // Kept is what was asked for and no more: what a limit ends must not depend on what was asked before.
    if !owedRests.isEmpty { owedRests[number][ledger] = sum }
    return sum < Self.unreachable ? sum + quotes : sum
  }

  /// Returns the bytes of what is owed where a member can meet several clauses: the least over the members
  /// that meet the first of them, for one of these there must be.
  private func membersRest(
    _ object: ObjectDefinition, _ ledger: Ledger, _ known: inout [Ledger: Int]
  ) -> Int {
    if object.isPaid(ledger) { return closeObject }
    if let known = known[ledger] { return known }
    // A number of different ways so great means that there is none that is known.
    guard known.count < Self.greatestStateCount else { return Self.unreachable }
    let first = ledger.pending & (~ledger.pending &+ 1)
    var least = Self.unreachable
    for keys in object.newKeys {
      let cost = (keys.cost > 0 ? keys.cost : 1) + colon + laterQuote
      for option in keys.options
      where values[Int(option.value)] < Self.unreachable && option.bits & first == first {
        guard let after = object.adding(option.bits, to: ledger) else { continue }
        let member = cost + values[Int(option.value)]
        if first != 0 {
          least = min(least, Self.sum(member, membersRest(object, after, &known)))
        } else if object.greatest >= object.least {
          // Only the number of members is owed.
          let missing = object.least - Int(ledger.counts)
          least = min(least, Self.sum(Self.product(member, missing), closeObject))
        }
      }
    }
    known[ledger] = least
    return least
  }

  /// The costs of members where every member meets at most one clause.
  private struct PlainCosts {
    /// The cheapest member by the clause that it meets.
    var cheapest: [UInt64: Int] = [:]
    /// The dearest member.
    var dearest = 0
  }

  /// Returns the costs of the members of an object, nil where one member can meet several clauses.
  private func plainCosts(_ object: ObjectDefinition) -> PlainCosts? {
    guard object.newKeys.contains(where: \.isDeclared) else { return nil }
    var result = PlainCosts()
    for keys in object.newKeys {
      let key = (keys.cost > 0 ? keys.cost : 1) + colon + laterQuote
      for option in keys.options where values[Int(option.value)] < Self.unreachable {
        guard option.bits & (option.bits &- 1) == 0 else { return nil }
        let member = Self.sum(key, values[Int(option.value)])
        result.cheapest[option.bits] = min(
          result.cheapest[option.bits] ?? Self.unreachable, member)
        result.dearest = max(result.dearest, member)
      }
    }
    return result
  }

  /// Returns the bytes of what is owed where every member meets at most one clause.
  private func plainSum(
    _ object: ObjectDefinition, _ ledger: Ledger, _ costs: PlainCosts
  ) -> Int {
    var total = closeObject
    var rest = ledger.pending
    var members = Int(ledger.counts)
    while rest != 0 {
      let bit = rest & (~rest &+ 1)
      rest &= rest &- 1
      total = Self.sum(total, costs.cheapest[bit] ?? Self.unreachable)
      members += 1
    }
    if members > object.greatest { return Self.unreachable }
    // What else is wanted is members of any kind, none of which is known to be the cheapest.
    let missing = max(0, object.least - members)
    if missing > 0, costs.cheapest.isEmpty { return Self.unreachable }
    return Self.sum(total, Self.product(costs.dearest, missing))
  }

  private mutating func fillTable(array number: Int) {
    let array = arrays[number]
    guard var table = arrayTables[number], !isTooLarge else { return }
    arrayTables[number] = nil
    let last = lastPlace(array)
    for place in (0...last).reversed() {
      for index in table.rests[place].needs.indices {
        let ledger = table.rests[place].ledger(at: index)
        var least = Self.unreachable
        if place >= array.least, array.isPaid(ledger) { least = close(array) }
        if place < last {
          for option in array.item(place) {
            guard let after = array.adding(option, to: ledger),
              let rest = table.rests[place + 1][after]
            else { continue }
            let separator = place == 0 ? start(array) : comma
            let element =
              place == 0 ? values[Int(option.value)] : different(array, option)
            least = min(least, Self.sum(separator + element, rest))
          }
        } else if place < array.greatest {
          least = min(least, elementsRest(array, ledger))
        }
        if place == 0, array.least == 0, array.isPaid(ledger) {
          least = min(least, closeEmptyArray)
        }
        table.rests[place].needs[index] = least
      }
    }
    arrayTables[number] = table
  }

  /// Returns the bytes from where all elements are alike to the end of an array with a ledger.
  private func elementsRest(_ array: ArrayDefinition, _ ledger: Ledger) -> Int {
    if array.isPaid(ledger) { return close(array) }
    if ledger.pending == 0, array.lanes.count == 1 {
      let missing = array.lanes[0].least - Int(ledger.counts)
      var least = Self.unreachable
      for option in array.items where option.adds == 1 {
        least = min(least, different(array, option))
      }
      return Self.sum(Self.product(Self.sum(comma, least), max(0, missing)), close(array))
    }
    var least = Self.unreachable
    for option in array.items where values[Int(option.value)] < Self.unreachable {
      guard let after = array.adding(option, to: ledger), after != ledger else { continue }
      least = min(
        least, Self.sum(comma + different(array, option), elementsRest(array, after)))
    }
    return least
  }

  // MARK: - Ways to an end

  /// Returns the bytes from after `count` elements to after the closing bracket.
  func arrayRest(_ array: Int32, _ count: Int, _ ledger: Ledger) -> Int {
    let definition = arrays[Int(array)]
    if let table = arrayTables[Int(array)] {
      if isTooLarge { return Self.unreachable }
      let place = min(count, table.rests.count - 1)
      return table.rests[place][ledger] ?? elementsRest(definition, ledger)
    }
    if definition.least > definition.greatest { return Self.unreachable }
    let missing = definition.least - count
    if missing <= 0 { return count == 0 ? closeEmptyArray : close(definition) }
    var result = Self.product(comma, count == 0 ? missing - 1 : missing)
    if count == 0 { result = Self.sum(result, start(definition)) }
    var index = count
    while index < min(definition.prefix.count, definition.least) {
      result = Self.sum(result, element(definition, index))
      index += 1
    }
    if index == 0, index < definition.least {
      result = Self.sum(result, element(definition, index))
      index += 1
    }
    if index < definition.least {
      let rest = Self.product(element(definition, index), definition.least - index)
      result = Self.sum(result, rest)
    }
    return Self.sum(result, close(definition))
  }

  /// The bytes between the opening bracket of an array and its first element.
  private func start(_ array: ArrayDefinition) -> Int { array.breaksLines ? lineStart : 0 }

  /// The bytes that end an array which is not empty.
  private func close(_ array: ArrayDefinition) -> Int {
    array.breaksLines ? lineClose : closeArray
  }

  /// The bytes of an element, which must perhaps differ from those before it.
  private func element(_ array: ArrayDefinition, _ index: Int) -> Int {
    let least = value(array.item(index))
    if index == 0 { return least }
    return array.isUnique && least < Self.unreachable ? max(least, array.cost) : least
  }

  /// The bytes of an element of one kind, which must perhaps differ from those before it.
  private func different(_ array: ArrayDefinition, _ option: ValueOption) -> Int {
    let least = values[Int(option.value)]
    return array.isUnique && least < Self.unreachable ? max(least, array.cost) : least
  }

  private func rests(_ number: Int) -> [Int] {
    let object = objects[number]
    var result = [Int](repeating: closeObject, count: object.keys.count + 1)
    for (i, key) in object.keys.enumerated().reversed() {
      result[i] = result[i + 1]
      guard key.isRequired else { continue }
      result[i] = Self.sum(result[i], Self.sum(keyNeeds[number][i].later, value(key.options)))
    }
    return result
  }

  /// Returns the bytes from before the declared key `index` to after the closing brace.
  mutating func objectRest(_ object: Int32, _ index: Int, _ ledger: Ledger, isFirst: Bool) -> Int {
    let definition = objects[Int(object)]
    let keys = definition.keys
    if let table = objectTables[Int(object)] {
      if isTooLarge { return Self.unreachable }
      if isFirst { return table.firsts[min(index, keys.count)].need }
      if let known = table.rests[min(index, keys.count)][ledger] { return known }
      return membersRest(Int(object), ledger, isFirst: false)
    }
    let rests = objectRests[Int(object)]
    guard isFirst else { return rests[min(index, keys.count)] }
    guard let place = (min(index, keys.count)..<keys.count).first(where: { keys[$0].isRequired })
    else { return closeEmptyObject }
    let rest = rests[index]
    if rest >= Self.unreachable { return rest }
    let need = keyNeeds[Int(object)][place]
    return rest - need.later + need.first
  }

  /// Returns the bytes from after the closing quote of a new key to after the closing brace.
  mutating func afterNewKey(_ object: Int32, _ kind: Int, _ ledger: Ledger) -> Int {
    let definition = objects[Int(object)]
    var least = Self.unreachable
    for option in definition.newKeys[kind].options {
      guard let after = definition.adding(option.bits, to: ledger) else { continue }
      let rest = objectRest(object, definition.keys.count, after, isFirst: false)
      least = min(least, Self.sum(values[Int(option.value)], rest))
    }
    return Self.sum(colon, least)
  }

  /// An upper bound of the bytes that one choice can add to an object's way to its end.
  mutating func greatestObjectRest(_ object: Int32) -> Int {
    var greatest = objectRest(object, 0, start(ofObject: object), isFirst: true)
    guard let table = objectTables[Int(object)] else { return greatest }
    for level in table.rests {
      for need in level.needs where need < Self.unreachable { greatest = max(greatest, need) }
    }
    return greatest
  }

  /// An upper bound of the bytes that one choice can add to an array's way to its end.
  func greatestArrayRest(_ array: Int32) -> Int {
    var greatest = arrayRest(array, 0, start(ofArray: array))
    guard let table = arrayTables[Int(array)] else { return greatest }
    for level in table.rests {
      for need in level.needs where need < Self.unreachable { greatest = max(greatest, need) }
    }
    return greatest
  }
}
