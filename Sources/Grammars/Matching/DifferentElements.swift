// Elements that must differ and may be arrays or objects: the text of an element goes with its threads, and
// at its end its one spelling is compared with those of the elements before it.

import JSON

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

  /// The element that must be new around a thread.
  private struct Element {
    /// The elements taken.
    let taken: Int32
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
    return Element(taken: continuations[Int(rest)].c, inside: inside)
  }

  /// Returns what follows inside of an element if nothing follows the element.
  private mutating func alone(_ element: Element) -> Int32 {
    var alone = continuation(Continuation(step: .end))
    for step in element.inside.reversed() {
      var copy = continuations[Int(step)]
      copy.next = alone
      alone = continuation(copy)
    }
    return alone
  }

  /// Returns what is missing to the elements taken that begin as the element around a thread does.
  func takenCompletions(_ thread: Thread) -> [[UInt8]] {
    let node = needs.automaton.regexes.nodes[Int(thread.term)]
    guard let element = element(around: thread.rest) else { return [] }
    return needs.automaton.regexes.keys.completions(of: node.b, in: element.taken)
  }

  /// Returns a part of an element as if nothing followed the element, nil if the part is the whole element.
  mutating func loneThread(_ thread: Thread) -> Thread? {
    let node = needs.automaton.regexes.nodes[Int(thread.term)]
    guard let element = element(around: thread.rest), !element.inside.isEmpty else { return nil }
    return Thread(term: node.a, rest: alone(element))
  }

  /// Whether a thread inside an element that must be new can still become another element than those
  /// taken: its texts, less the taken ones that begin as it does, are not empty.
  mutating func isNew(_ thread: Thread) -> Bool {
    let node = needs.automaton.regexes.nodes[Int(thread.term)]
    guard node.kind == .trail else { return true }
    guard let element = element(around: thread.rest) else { return true }
    let completions = needs.automaton.regexes.keys.completions(of: node.b, in: element.taken)
    if completions.isEmpty { return true }
    // The same thread outside of any array: its texts are the rest of the element.
    let alone = alone(element)
    var builder = Builder()
    add(node.a, then: alone, to: &builder)
    let start = finish(builder)
    return start != Self.dead
      && hasOther(
        start, than: completions,
        isInString: needs.automaton.regexes.keys.isInString(node.b))
  }

  /// Whether a configuration leads to another text than some, white space between their parts aside.
  private mutating func hasOther(
    _ configuration: Int32, than texts: [[UInt8]], isInString: Bool
  ) -> Bool {
    struct Place: Hashable {
      let configuration: Int32
      let texts: [ArraySlice<UInt8>]
      /// 0 between the parts of a value, 1 in a string, 2 behind a backslash in one.
      let inside: UInt8
    }
    var open = [
      Place(configuration: configuration, texts: texts.map { $0[...] }, inside: isInString ? 1 : 0)
    ]
    var seen = Set(open)
    while let place = open.popLast() {
      let state = place.configuration
      if configurations[Int(state)].isComplete, !place.texts.contains(where: \.isEmpty) {
        return true
      }
      var groups: [UInt8: [ArraySlice<UInt8>]] = [:]
      for text in place.texts {
        if let byte = text.first { groups[byte, default: []].append(text.dropFirst()) }
      }
      // White space leads nowhere by itself.
      let spaces = place.inside == 0 ? 4 : 0
      for byte in nextBytes(state, limit: groups.count + spaces + 1) where groups[byte] == nil {
        let after = next(state, byte)
        if after == Self.dead { continue }
        guard place.inside == 0, KeyPool.isSpace(byte) else { return true }
        let next = Place(configuration: after, texts: place.texts, inside: 0)
        if seen.insert(next).inserted { open.append(next) }
      }
      for (byte, rest) in groups {
        let after = next(state, byte)
        if after == Self.dead { continue }
        var inside: UInt8 = place.inside == 2 ? 1 : place.inside
        if place.inside != 2, byte == 0x22 {
          inside = 1 - place.inside
        } else if place.inside == 1, byte == 0x5C {
          inside = 2
        }
        let next = Place(configuration: after, texts: rest, inside: inside)
        if seen.insert(next).inserted { open.append(next) }
      }
    }
    return false
  }
}
