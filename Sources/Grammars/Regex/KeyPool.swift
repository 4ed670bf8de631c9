// Keys and sets of keys by number, so that what was written becomes part of a term.

/// Keys as paths in one growing tree, and sets of keys as chains.
struct KeyPool: Sendable {
  /// The empty key.
  static let root: Int32 = 0
  /// The empty set.
  static let none: Int32 = 0
  /// Some key that is not known; it counts in a set and equals no other.
  static let unknown: Int32 = -1

  private var parents: [Int32] = [0]
  private var lastBytes: [UInt8] = [0]
  private var depths: [Int32] = [0]
  /// Whether a key of some set begins with a key.
  private var isBeginning: [Bool] = [false]
  private var edges = EdgeTable()
  /// Each set is another set and one key more.
  private var chains: [(rest: Int32, key: Int32, count: Int32)] = [(0, 0, 0)]
  private var chainNumbers = NumberTable()

  mutating func next(_ key: Int32, _ byte: UInt8) -> Int32 {
    if let known = edges.target(key, byte) { return known }
    let number = Int32(parents.count)
    parents.append(key)
    lastBytes.append(byte)
    depths.append(depths[Int(key)] + 1)
    isBeginning.append(false)
    edges.insert(key, byte, target: number)
    return number
  }

  /// Goes on in the text of a JSON value; free white space leaves no trace.
  mutating func nextInValue(_ key: Int32, _ byte: UInt8) -> Int32 {
    Self.isSpace(byte) && !isInString(key) ? key : next(key, byte)
  }

  /// Whether a byte is white space of JSON.
  static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }

  /// Whether the beginning of a JSON value ends inside a string.
  func isInString(_ key: Int32) -> Bool {
    var isInside = false
    var isEscaped = false
    for byte in bytes(key) {
      if isEscaped {
        isEscaped = false
      } else if byte == 0x22 {
        isInside.toggle()
      } else if byte == 0x5C {
        isEscaped = true
      }
    }
    return isInside
  }

  mutating func key(_ bytes: some Sequence<UInt8>) -> Int32 {
    var key = Self.root
    for byte in bytes { key = next(key, byte) }
    return key
  }

  mutating func adding(_ key: Int32, to set: Int32) -> Int32 {
    var hash = WordHash()
    hash.combine(set, key)
    if let known = chainNumbers.find(
      hash.value, { chains[Int($0)].rest == set && chains[Int($0)].key == key })
    {
      return known
    }
    var beginning = key
    while beginning > Self.root, !isBeginning[Int(beginning)] {
      isBeginning[Int(beginning)] = true
      beginning = parents[Int(beginning)]
    }
    isBeginning[Int(Self.root)] = true
    let number = Int32(chains.count)
    chains.append((set, key, chains[Int(set)].count + 1))
    chainNumbers.insert(number, hash.value)
    return number
  }

  /// Returns the bytes of a key.
  func bytes(_ key: Int32) -> [UInt8] {
    var result: [UInt8] = []
    var at = key
    while at > Self.root {
      result.append(lastBytes[Int(at)])
      at = parents[Int(at)]
    }
    return result.reversed()
  }

  /// Returns a key without its last byte.
  func parent(_ key: Int32) -> Int32 { parents[Int(key)] }

  /// Returns the last byte of a key that is not empty.
  func lastByte(_ key: Int32) -> UInt8 { lastBytes[Int(key)] }

  /// Returns the keys of a set.
  func members(_ set: Int32) -> [Int32] {
    var result: [Int32] = []
    var at = set
    while at != Self.none {
      result.append(chains[Int(at)].key)
      at = chains[Int(at)].rest
    }
    return result
  }

  func count(_ set: Int32) -> Int { Int(chains[Int(set)].count) }

  func contains(_ set: Int32, _ key: Int32) -> Bool {
    if key > Self.root, !isBeginning[Int(key)] { return false }
    var at = set
    while at != Self.none {
      if chains[Int(at)].key == key { return true }
      at = chains[Int(at)].rest
    }
    return false
  }

  /// Returns a set without the key that was added last.
  func withoutLast(_ set: Int32) -> Int32 { chains[Int(set)].rest }

  /// Returns the key that was added last to a set.
  func last(_ set: Int32) -> Int32 { chains[Int(set)].key }

  /// Whether a key of some set may begin with a prefix.
  func mayBegin(_ prefix: Int32) -> Bool { prefix >= Self.root && isBeginning[Int(prefix)] }

  /// Whether a key of some set may begin with a prefix and a byte.
  func mayBegin(_ prefix: Int32, _ byte: UInt8) -> Bool {
    mayBegin(prefix) && edges.target(prefix, byte).map { mayBegin($0) } ?? false
  }

  /// Returns what is missing to each key of a set that begins with a prefix.
  ///
  /// - Parameter stop: A set from which this one was made; its own keys are left out.
  func completions(
    of prefix: Int32, in set: Int32, beyond stop: Int32 = none
  ) -> [[UInt8]] {
    var result: [[UInt8]] = []
    guard mayBegin(prefix) else { return result }
    var at = set
    while at != stop {
      let key = chains[Int(at)].key
      at = chains[Int(at)].rest
      guard begins(key, with: prefix) else { continue }
      var rest = [UInt8](repeating: 0, count: Int(depths[Int(key)] - depths[Int(prefix)]))
      var place = key
      for i in rest.indices.reversed() {
        rest[i] = lastBytes[Int(place)]
        place = parents[Int(place)]
      }
      result.append(rest)
    }
    return result
  }

  /// What follows a prefix in the keys of a set.
  struct Following {
    /// Whether the prefix is a key of the set itself.
    var isMember = false
    /// The bytes that follow it.
    var bytes = ByteSet()
  }

  /// Returns what follows a prefix in the keys of a set, nil if none of them begins with it.
  func following(_ prefix: Int32, in set: Int32) -> Following? {
    guard mayBegin(prefix) else { return nil }
    var result: Following?
    var at = set
    while at != Self.none {
      let key = chains[Int(at)].key
      at = chains[Int(at)].rest
      if key == prefix {
        result = result ?? Following()
        result?.isMember = true
      } else if let byte = byte(after: prefix, in: key) {
        result = result ?? Following()
        result?.bytes.insert(byte)
      }
    }
    return result
  }

  private func begins(_ key: Int32, with prefix: Int32) -> Bool {
    key == prefix || byte(after: prefix, in: key) != nil
  }

  /// Returns the byte of a key after a prefix that is shorter, nil if the key does not begin with it.
  private func byte(after prefix: Int32, in key: Int32) -> UInt8? {
    if key == Self.unknown { return nil }
    let depth = depths[Int(prefix)]
    guard depths[Int(key)] > depth else { return nil }
    var place = key
    while depths[Int(place)] > depth + 1 { place = parents[Int(place)] }
    return parents[Int(place)] == prefix ? lastBytes[Int(place)] : nil
  }
}
