// Elements that must differ and may be arrays or objects: the text of an element goes with its threads, and
// at its end it is compared with the elements before it. On the way there a thread is what it is as long as no
// element that is taken begins as it does; then its shortest end is searched around those elements.

import JSON
import Tokens

extension StateSpace {
  /// Returns the key of an element's one spelling: members by name, numbers without needless zeros.
  mutating func canonicalKey(_ key: Int32) -> Int32 {
    let bytes = needs.automaton.regexes.keys.bytes(key)
    guard let value = try? JSONValue.parse(bytes) else { return key }
    return needs.automaton.regexes.keys.key(Self.canonical(value).bytes)
  }

  private static func canonical(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): return .array(elements.map { canonical($0) })
    case .object(let object):
      var result = JSONObject()
      for member in object.members.sorted(by: {
        $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
      }) {
        result[member.key] = canonical(member.value)
      }
      return .object(result)
    default: return value
    }
  }

  /// Returns the elements taken after one more, nil if it is one of them.
  mutating func taken(_ taken: Int32, andElement key: Int32, of array: Int32) -> Int32? {
    if grammar.arrays[Int(array)].reordersMembers {
      if takenSpellings(key, taken, of: array).contains(where: \.isEnd) { return nil }
      return needs.automaton.regexes.keys.adding(canonicalKey(key), to: taken)
    }
    // A value has one spelling only.
    if needs.automaton.regexes.keys.contains(taken, key) { return nil }
    return needs.automaton.regexes.keys.adding(key, to: taken)
  }

  /// Returns what is missing to the elements taken that begin as a text does.
  private mutating func takenSpellings(
    _ key: Int32, _ taken: Int32, of array: Int32
  ) -> [Spelling] {
    if taken == KeyPool.none { return [] }
    guard grammar.arrays[Int(array)].reordersMembers else {
      return needs.automaton.regexes.keys.completions(of: key, in: taken).map {
        Spelling(text: $0[...])
      }
    }
    var path: [Int32] = []
    var at = key
    var spellings: [Spelling]?
    while spellings == nil {
      let place = SpelledValues.Place(key: at, taken: taken)
      if let known = elements.known[place] {
        spellings = known
      } else if at == KeyPool.root {
        let keys = needs.automaton.regexes.keys
        let starts = keys.members(taken).map { elements.start(ofKey: $0, keys) }
        elements.note(starts, at: place)
        spellings = starts
      } else {
        path.append(at)
        at = needs.automaton.regexes.keys.parent(at)
      }
    }
    var result = spellings ?? []
    for key in path.reversed() {
      let byte = needs.automaton.regexes.keys.lastByte(key)
      result = result.compactMap { elements.next($0, byte) }
      elements.note(result, at: SpelledValues.Place(key: key, taken: taken))
    }
    return result
  }

  /// The element that must be new around a thread.
  private struct Element {
    /// What follows the element.
    let after: Int32
    /// What follows the thread inside of the element, from the inside to the outside.
    let inside: [Int32]
  }

  /// Returns the innermost element that must be new around what follows a thread.
  private func element(around rest: Int32) -> Element? {
    var inside: [Int32] = []
    var rest = rest
    while continuations[Int(rest)].step != .afterElement
      || !grammar.arrays[Int(continuations[Int(rest)].a)].keepsTrail
    {
      if continuations[Int(rest)].step == .end { return nil }
      inside.append(rest)
      rest = continuations[Int(rest)].next
    }
    return Element(after: rest, inside: inside)
  }

  /// Returns the end of an element that stands alone.
  private mutating func loneEnd() -> Int32 { continuation(Continuation(step: .end, a: 1)) }

  /// Returns what follows inside of an element if nothing follows the element.
  private mutating func alone(_ element: Element) -> Int32 {
    var alone = loneEnd()
    for step in element.inside.reversed() {
      var copy = continuations[Int(step)]
      copy.next = alone
      alone = continuation(copy)
    }
    return alone
  }

  /// Returns what is missing to the elements taken that begin as the element around a thread does.
  mutating func takenSpellings(_ thread: Thread) -> [Spelling] {
    let node = needs.automaton.regexes.nodes[Int(thread.term)]
    guard let element = element(around: thread.rest) else { return [] }
    let step = continuations[Int(element.after)]
    return takenSpellings(node.b, step.c, of: step.a)
  }

  /// A part of an element as if nothing followed the element.
  struct Lone {
    let thread: Thread
    /// Whether the part is the whole element.
    let isWhole: Bool
    /// The need of what follows the element.
    let needBeyond: Int
  }

  /// Returns a part of an element that must be new as if nothing followed the element.
  mutating func loneThread(_ thread: Thread) -> Lone? {
    let node = needs.automaton.regexes.nodes[Int(thread.term)]
    guard let element = element(around: thread.rest) else { return nil }
    return Lone(
      thread: Thread(term: node.a, rest: alone(element)), isWhole: element.inside.isEmpty,
      needBeyond: restNeeds[Int(element.after)])
  }

  // MARK: - Shortest new elements

  /// Returns the need of a thread inside an element that must be new, `unreachable` if it can only become one
  /// of the elements taken; nil if none of these begins as the thread does.
  mutating func newNeed(_ thread: Thread) -> Int? {
    let node = needs.automaton.regexes.nodes[Int(thread.term)]
    guard node.kind == .trail else { return nil }
    let mark = Int64(thread.term) << 32 | Int64(thread.rest)
    if let known = elements.needs[mark] { return known }
    guard let element = element(around: thread.rest) else { return nil }
    let step = continuations[Int(element.after)]
    let spellings = takenSpellings(node.b, step.c, of: step.a)
    if spellings.isEmpty { return nil }
    // The same thread outside of any array: its texts are the rest of the element.
    let alone = alone(element)
    var builder = Builder()
    add(node.a, then: alone, to: &builder)
    let isInString = needs.automaton.regexes.keys.isInString(node.b)
    let least = leastOther(finish(builder), than: spellings, isInString: isInString)
    let need = min(Self.unreachable, least + restNeeds[Int(element.after)])
    elements.needs[mark] = need
    return need
  }

  /// Returns the bytes of the shortest value of a definition that may be the next element.
  mutating func newValueNeed(_ definition: Int32, _ taken: Int32, of array: Int32) -> Int {
    let spellings = takenSpellings(KeyPool.root, taken, of: array)
    if spellings.isEmpty { return needs.values[Int(definition)] }
    return leastOther(loneStart(definition), than: spellings, isInString: false)
  }

  /// Returns the configuration at the beginning of a value that stands alone.
  private mutating func loneStart(_ definition: Int32) -> Int32 {
    let end = loneEnd()
    return begin(continuation(Continuation(step: .value, a: definition, next: end)))
  }

  /// Returns the length of the shortest text that a configuration leads to other than some, white space
  /// between their parts aside.
  ///
  /// A search along those texts (A*): where a byte leaves them, the need of what it leads to is known.
  private mutating func leastOther(
    _ start: Int32, than spellings: [Spelling], isInString: Bool
  ) -> Int {
    struct Place: Hashable {
      let configuration: Int32
      let spellings: [Spelling]
      let inside: UInt8
    }
    if start == Self.dead { return Self.unreachable }
    var places = [
      Place(configuration: start, spellings: spellings, inside: isInString ? 1 : 0)
    ]
    var queue = SearchQueue()
    queue.push(
      SearchQueue.Entry(estimate: configurationNeeds[Int(start)], depth: 0, place: 0))
    var seen: Set<Place> = []
    // The end of the text counts as a byte in the needs of configurations.
    var best = Self.unreachable
    while let entry = queue.pop(), entry.estimate < best {
      let place = places[Int(entry.place)]
      guard seen.insert(place).inserted else { continue }
      let state = place.configuration
      if configurations[Int(state)].isComplete, !place.spellings.contains(where: \.isEnd) {
        best = min(best, entry.depth + 1)
      }
      var groups: [UInt8: [Spelling]] = [:]
      for spelling in place.spellings {
        for byte in elements.following(spelling) {
          if let next = elements.next(spelling, byte) { groups[byte, default: []].append(next) }
        }
      }
      var last = -1
      for byte in UInt8.min...UInt8.max where trie.vocabulary.spellsByte[Int(byte)] {
        let isSpace = place.inside == 0 && KeyPool.isSpace(byte)
        let group = groups[byte]
        if group == nil, !isSpace {
          // Of bytes that are alike one is enough.
          if last >= 0, needs.automaton.isAlike(UInt8(last), byte) { continue }
          last = Int(byte)
        }
        let after = next(state, byte)
        if after == Self.dead { continue }
        let estimate = entry.depth + 1 + configurationNeeds[Int(after)]
        if estimate >= best { continue }
        guard isSpace || group != nil else {
          best = estimate
          continue
        }
        places.append(
          Place(
            configuration: after, spellings: isSpace ? place.spellings : group ?? [],
            inside: Self.inside(place.inside, byte)))
        queue.push(
          SearchQueue.Entry(
            estimate: estimate, depth: entry.depth + 1, place: Int32(places.count - 1)))
      }
    }
    return best < Self.unreachable ? best - 1 : best
  }

  /// Moves on in a value by a byte: 0 between its parts, 1 in a string, 2 behind a backslash in one.
  private static func inside(_ inside: UInt8, _ byte: UInt8) -> UInt8 {
    switch inside {
    case 0: byte == 0x22 ? 1 : 0
    case 1: byte == 0x22 ? 0 : byte == 0x5C ? 2 : 1
    default: 1
    }
  }

  // MARK: - Many different elements

  /// A beginning of a value in a count.
  private struct CountedPlace {
    let configuration: Int32
    let depth: Int
    /// The last byte.
    let byte: UInt8
    /// As of `inside(_:_:)`.
    let inside: UInt8
  }

  /// How many texts and beginnings of texts a count of values looks at.
  private static let greatestCountedSteps = 200_000

  /// Returns a length within which a definition has so many different values, `unreachable` if it has fewer;
  /// nil if that takes too long to find out.
  ///
  /// Lengths are tried in ascending order, each by way of all texts that are not longer.
  mutating func length(holding count: Int, of definition: Int32) -> Int? {
    let start = loneStart(definition)
    if start == Self.dead { return Self.unreachable }
    let isSpaceFree = grammar.punctuation.margin != RegexSet.epsilon
    var steps = 0
    var bound = configurationNeeds[Int(start)]
    while bound < Self.unreachable {
      var nextBound = Self.unreachable
      var values: Set<Int32> = []
      var text: [UInt8] = []
      var open = [CountedPlace(configuration: start, depth: 0, byte: 0, inside: 0)]
      while let place = open.popLast() {
        let (state, depth) = (place.configuration, place.depth)
        if depth > 0 {
          text.removeSubrange((depth - 1)...)
          text.append(place.byte)
        }
        steps += 1
        if steps > Self.greatestCountedSteps { return nil }
        if configurations[Int(state)].isComplete {
          let key = needs.automaton.regexes.keys.key(text)
          values.insert(canonicalKey(key))
          if values.count >= count { return bound - 1 }
        }
        for byte in UInt8.min...UInt8.max where trie.vocabulary.spellsByte[Int(byte)] {
          let after = next(state, byte)
          if after == Self.dead { continue }
          let need = configurationNeeds[Int(after)]
          // White space that is free only makes a text longer.
          if place.inside == 0, isSpaceFree, KeyPool.isSpace(byte) { continue }
          if depth + 1 + need > bound {
            nextBound = min(nextBound, depth + 1 + need)
          } else {
            open.append(
              CountedPlace(
                configuration: after, depth: depth + 1, byte: byte,
                inside: Self.inside(place.inside, byte)))
          }
        }
      }
      bound = nextBound
    }
    return Self.unreachable
  }

  /// Finds the lengths of elements where several that differ are owed.
  mutating func settleElementCosts() {
    let numbers = grammar.arrays.indices.filter {
      grammar.arrays[$0].keepsTrail && grammar.arrays[$0].isUnique && grammar.arrays[$0].least > 1
    }
    if numbers.isEmpty { return }
    var counting = self
    var arrays = grammar.arrays
    for number in numbers {
      for option in arrays[number].items {
        guard let length = counting.length(holding: arrays[number].least, of: option.value) else {
          isExhausted = true
          return
        }
        arrays[number].cost = max(arrays[number].cost, length)
      }
    }
    needs = DefinitionNeeds(
      grammar.definitions, arrays: arrays, objects: grammar.objects,
      punctuation: grammar.punctuation, automaton: needs.automaton)
  }
}
