// Numbers of things by what they are: an open table (Knuth, volume 3, 6.4, algorithm L). The things stay with
// their owner, in the order of their numbers; the table keeps a number and 32 bits of its hash in a word.
//
//   slot = hash (upper 32 bits) | number + 1 (lower 32 bits), zero if it is free

/// Finds the numbers of things that an owner keeps in a list.
struct NumberTable: Sendable {
  private var slots: [UInt64] = []
  private var count = 0

  /// What every hash of this process begins with, so that nobody can choose things that collide.
  static let seed = UInt64.random(in: .min ... .max)

  /// The bytes that the table takes.
  var byteCount: Int { slots.count * 8 }

  /// Returns the number of a thing.
  ///
  /// - Parameters:
  ///   - hash: The hash of the thing.
  ///   - isSame: Whether a number stands for the thing.
  @inline(__always)
  func find(_ hash: UInt64, _ isSame: (Int32) -> Bool) -> Int32? {
    if slots.isEmpty { return nil }
    let mark = hash >> 32
    let mask = slots.count - 1
    var place = Int(truncatingIfNeeded: mark) & mask
    while slots[place] != 0 {
      if slots[place] >> 32 == mark {
        let number = Int32(truncatingIfNeeded: slots[place]) - 1
        if isSame(number) { return number }
      }
      place = (place + 1) & mask
    }
    return nil
  }

  /// Returns the next number of a thing with a hash.
  ///
  /// What `find` does without a function: a function that reads its owner while the owner may be changed makes a
  /// copy of the owner first.
  ///
  /// - Parameter place: Where the search stands, zero at its beginning.
  @inline(__always)
  func candidate(_ hash: UInt64, _ place: inout Int) -> Int32? {
    if slots.isEmpty { return nil }
    let mark = hash >> 32
    let mask = slots.count - 1
    let first = Int(truncatingIfNeeded: mark)
    while true {
      let slot = slots[(first + place) & mask]
      if slot == 0 { return nil }
      place += 1
      if slot >> 32 == mark { return Int32(truncatingIfNeeded: slot) - 1 }
    }
  }

  /// Notes the number of a thing that has none yet.
  mutating func insert(_ number: Int32, _ hash: UInt64) {
    if (count + 1) * 3 > slots.count * 2 { grow() }
    put(hash & ~0xFFFF_FFFF | UInt64(UInt32(bitPattern: number + 1)))
    count += 1
  }

  private mutating func grow() {
    let old = slots
    slots = [UInt64](repeating: 0, count: max(16, old.count * 2))
    for slot in old where slot != 0 { put(slot) }
  }

  private mutating func put(_ slot: UInt64) {
    let mask = slots.count - 1
    var place = Int(truncatingIfNeeded: slot >> 32) & mask
    while slots[place] != 0 { place = (place + 1) & mask }
    slots[place] = slot
  }
}

/// A hash of words in the order in which they come, for tables in memory.
struct WordHash {
  private var state = NumberTable.seed

  @inline(__always)
  mutating func combine(_ word: UInt64) {
    let product = (state ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    state = product.high ^ product.low &+ word
  }

  @inline(__always)
  mutating func combine(_ a: Int32, _ b: Int32) {
    combine(UInt64(UInt32(bitPattern: a)) << 32 | UInt64(UInt32(bitPattern: b)))
  }

  /// The hash, of which the upper bits matter.
  @inline(__always)
  var value: UInt64 {
    let product = state.multipliedFullWidth(by: 0xD1B5_4A32_D192_ED03)
    return product.high ^ product.low
  }
}

/// What follows from a number and a byte, as far as it was noted.
struct EdgeTable: Sendable {
  private var keys: [UInt64] = []
  private var targets: [Int32] = []
  private var numbers = NumberTable()

  /// The bytes that the table takes.
  var byteCount: Int { keys.count * 12 + numbers.byteCount }

  @inline(__always)
  private static func key(_ number: Int32, _ byte: UInt8) -> UInt64 {
    UInt64(UInt32(bitPattern: number)) << 8 | UInt64(byte)
  }

  /// Returns what was noted for a number and a byte.
  @inline(__always)
  func target(_ number: Int32, _ byte: UInt8) -> Int32? {
    let key = Self.key(number, byte)
    guard let place = numbers.find(Self.hash(key), { keys[Int($0)] == key }) else { return nil }
    return targets[Int(place)]
  }

  /// Notes what follows; nothing was noted before.
  mutating func insert(_ number: Int32, _ byte: UInt8, target: Int32) {
    let key = Self.key(number, byte)
    numbers.insert(Int32(keys.count), Self.hash(key))
    keys.append(key)
    targets.append(target)
  }

  @inline(__always)
  private static func hash(_ key: UInt64) -> UInt64 {
    var hash = WordHash()
    hash.combine(key)
    return hash.value
  }
}
