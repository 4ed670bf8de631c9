// The spellings of a value of JSON, read byte by byte: one for each order of the members of its objects. What may
// still come is a stack of steps, the next one on top; white space between the parts is the reader's affair.

import JSON

/// What is still to come of one value, whatever the order of its members.
struct Spelling: Hashable, Sendable {
  enum Step: Hashable, Sendable {
    case value(Int32)
    /// The element `next` of an array, or its end.
    case elements(array: Int32, next: Int)
    /// What follows a member of an object, or its opening brace.
    case members(object: Int32, left: [Int32], isFirst: Bool)
    /// The rest of the key of one of the members that are left, its beginning being read.
    case key(object: Int32, left: [Int32], beginning: [UInt8])
  }

  /// What comes first.
  var text: ArraySlice<UInt8> = []
  /// What comes then, from the last to the first.
  var steps: [Step] = []

  /// Whether nothing is to come.
  var isEnd: Bool { text.isEmpty && steps.isEmpty }
}

/// Values of JSON, taken apart for the ways to spell them.
struct SpelledValues: Sendable {
  private enum Value: Sendable {
    case text([UInt8])
    case array([Int32])
    case object([(key: [UInt8], value: Int32)])
  }

  /// A place in the text of an element, and the elements that are taken.
  struct Place: Hashable, Sendable {
    var key: Int32
    var taken: Int32
  }

  private var values: [Value] = []
  /// The values of keys that are texts of JSON.
  private var ofKeys: [Int32: Int32] = [:]
  /// What is to come of the taken elements that begin as a text does.
  private(set) var known: [Place: [Spelling]] = [:]
  private static let greatestKnownCount = 1 << 15
  /// The bytes of the shortest new ways on by thread, where a taken element begins as the thread does.
  var needs: [Int64: Int] = [:]

  /// Notes what is to come of taken elements.
  mutating func note(_ spellings: [Spelling], at place: Place) {
    if known.count >= Self.greatestKnownCount { known = [:] }
    known[place] = spellings
  }

  /// Returns all that is to come of the value whose text is a key.
  mutating func start(ofKey key: Int32, _ pool: KeyPool) -> Spelling {
    if let value = ofKeys[key] { return Spelling(steps: [.value(value)]) }
    let bytes = pool.bytes(key)
    guard let value = try? JSONValue.parse(bytes) else { return Spelling(text: bytes[...]) }
    let number = add(value)
    ofKeys[key] = number
    return Spelling(steps: [.value(number)])
  }

  private mutating func add(_ value: JSONValue) -> Int32 {
    let made: Value
    switch value {
    case .array(let elements): made = .array(elements.map { add($0) })
    case .object(let object):
      made = .object(object.members.map { (JSONValue.string($0.key).bytes, add($0.value)) })
    default: made = .text(value.bytes)
    }
    values.append(made)
    return Int32(values.count - 1)
  }

  /// Returns what is to come after a byte, nil if it cannot come.
  func next(_ spelling: Spelling, _ byte: UInt8) -> Spelling? {
    var spelling = spelling
    while spelling.text.isEmpty {
      guard let step = spelling.steps.popLast() else { return nil }
      switch step {
      case .value(let number): begin(number, &spelling)
      case .elements(let array, let place):
        guard case .array(let elements) = values[Int(array)] else { return nil }
        if place == elements.count {
          spelling.text = [0x5D]
          break
        }
        spelling.steps.append(.elements(array: array, next: place + 1))
        spelling.steps.append(.value(elements[place]))
        if place > 0 { spelling.text = [0x2C] }
      case .members(let object, let left, let isFirst):
        if left.isEmpty {
          spelling.text = [0x7D]
          break
        }
        spelling.steps.append(.key(object: object, left: left, beginning: []))
        if !isFirst { spelling.text = [0x2C] }
      case .key(let object, let left, let beginning):
        return nextInKey(spelling, object, left, beginning + [byte])
      }
    }
    guard spelling.text.removeFirst() == byte else { return nil }
    return spelling
  }

  private func begin(_ number: Int32, _ spelling: inout Spelling) {
    switch values[Int(number)] {
    case .text(let bytes): spelling.text = bytes[...]
    case .array:
      spelling.text = [0x5B]
      spelling.steps.append(.elements(array: number, next: 0))
    case .object(let members):
      spelling.text = [0x7B]
      spelling.steps.append(
        .members(object: number, left: Array(0..<Int32(members.count)), isFirst: true))
    }
  }

  private func nextInKey(
    _ spelling: Spelling, _ object: Int32, _ left: [Int32], _ beginning: [UInt8]
  ) -> Spelling? {
    guard case .object(let members) = values[Int(object)] else { return nil }
    let place = beginning.count - 1
    var spelling = spelling
    for member in left where members[Int(member)].key.starts(with: beginning) {
      if members[Int(member)].key.count > place + 1 {
        spelling.steps.append(.key(object: object, left: left, beginning: beginning))
        return spelling
      }
      // With its quotes no key begins as another one does.
      spelling.steps.append(
        .members(object: object, left: left.filter { $0 != member }, isFirst: false))
      spelling.steps.append(.value(members[Int(member)].value))
      spelling.text = [0x3A]
      return spelling
    }
    return nil
  }

  /// Returns the bytes that may come next.
  func following(_ spelling: Spelling) -> [UInt8] {
    if let byte = spelling.text.first { return [byte] }
    switch spelling.steps.last {
    case nil: return []
    case .value(let number):
      switch values[Int(number)] {
      case .text(let bytes): return Array(bytes.prefix(1))
      case .array: return [0x5B]
      case .object: return [0x7B]
      }
    case .elements(let array, let place):
      guard case .array(let elements) = values[Int(array)] else { return [] }
      if place == elements.count { return [0x5D] }
      return place > 0 ? [0x2C] : following(Spelling(steps: [.value(elements[0])]))
    case .members(_, let left, let isFirst):
      return left.isEmpty ? [0x7D] : isFirst ? [0x22] : [0x2C]
    case .key(let object, let left, let beginning):
      guard case .object(let members) = values[Int(object)] else { return [] }
      var result: [UInt8] = []
      for member in left {
        let key = members[Int(member)].key
        if key.count > beginning.count, key.starts(with: beginning),
          !result.contains(key[beginning.count])
        {
          result.append(key[beginning.count])
        }
      }
      return result
    }
  }
}
