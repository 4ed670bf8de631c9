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
  private var numbers: [Int64: Int32] = [:]
  /// Each set is another set and one key more.
  private var chains: [(rest: Int32, key: Int32, count: Int32)] = [(0, 0, 0)]
  private var chainNumbers: [Int64: Int32] = [:]

  mutating func next(_ key: Int32, _ byte: UInt8) -> Int32 {
    let edge = Int64(key) << 8 | Int64(byte)
    if let known = numbers[edge] { return known }
    let number = Int32(parents.count)
    parents.append(key)
    lastBytes.append(byte)
    depths.append(depths[Int(key)] + 1)
    isBeginning.append(false)
    numbers[edge] = number
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
    let edge = Int64(set) << 32 | Int64(UInt32(bitPattern: key))
    if let known = chainNumbers[edge] { return known }
    var beginning = key
    while beginning > Self.root, !isBeginning[Int(beginning)] {
      isBeginning[Int(beginning)] = true
      beginning = parents[Int(beginning)]
    }
    isBeginning[Int(Self.root)] = true
    let number = Int32(chains.count)
    chains.append((set, key, chains[Int(set)].count + 1))
    chainNumbers[edge] = number
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

  func count(_ set: Int32) -> Int { Int(chains[Int(set)].count) }

  func contains(_ set: Int32, _ key: Int32) -> Bool {
    var at = set
    while at != Self.none {
      if chains[Int(at)].key == key { return true }
      at = chains[Int(at)].rest
    }
    return false
  }

  /// Returns what is missing to each key of a set that begins with a prefix.
  func completions(of prefix: Int32, in set: Int32) -> [[UInt8]] {
    var result: [[UInt8]] = []
    if prefix < Self.root || !isBeginning[Int(prefix)] { return result }
    var at = set
    let depth = depths[Int(prefix)]
    while at != Self.none {
      var key = chains[Int(at)].key
      at = chains[Int(at)].rest
      if key == Self.unknown { continue }
      var rest: [UInt8] = []
      while depths[Int(key)] > depth {
        rest.append(lastBytes[Int(key)])
        key = parents[Int(key)]
      }
      if key == prefix { result.append(rest.reversed()) }
    }
    return result
  }
}
