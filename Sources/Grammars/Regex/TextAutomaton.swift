// The inside of a JSON string in its one canonical spelling, up to and with the closing quote.
//
//   body ── plain ASCII ──▶ body      body ── '"' ──▶ done
//   body ── '\' ──▶ escape ── one of "\bfnrt ──▶ body
//                   escape ── u ──▶ u ── 0 ──▶ u0 ── 0 ──▶ u00 ── 0 ──▶ low ── 0-7 b e f ──▶ body
//                                                          u00 ── 1 ──▶ high ── 0-9 a-f ──▶ body
//   body ── a first byte of UTF-8 ──▶ tail states (RFC 3629, table 3-7 of Unicode) ──▶ body
//
// A character is counted at its first byte, so that bounds on the length are counters beside this
// automaton. Control characters have the short escape where JSON has one, \u00xx in lower case elsewhere.

/// The states of a canonical JSON string and their edges.
enum TextAutomaton {
  static let body = 0
  static let escape = 1
  static let u = 2
  static let u0 = 3
  static let u00 = 4
  static let low = 5
  static let high = 6
  static let tail1 = 7
  static let tail2 = 8
  static let tail3 = 9
  static let tailE0 = 10
  static let tailED = 11
  static let tailF0 = 12
  static let tailF4 = 13
  /// The number of states inside a string.
  static let stateCount = 14
  /// After the closing quote.
  static let done = 14
  static let dead = 15

  /// The next state of each state and byte, 256 entries a state.
  static let table: [UInt8] = makeTable()

  /// The bytes that each state tells apart from the byte before them.
  static let stateCuts: [ByteSet] = (0..<stateCount).map { state in
    var cuts = ByteSet()
    for byte in 1...255 where table[state << 8 | byte] != table[state << 8 | byte - 1] {
      cuts.insert(UInt8(byte))
    }
    return cuts
  }

  /// The bytes that some state tells apart from the byte before them.
  static let cuts = stateCuts.reduce(ByteSet()) { $0.union($1) }

  @inline(__always)
  static func next(_ state: Int, _ byte: UInt8) -> Int { Int(table[state << 8 | Int(byte)]) }

  /// Returns how many characters begin in a text that is begun between two of them, up to the closing quote.
  static func characterCount(_ text: [UInt8]) -> Int {
    var state = body
    var count = 0
    for byte in text where state < stateCount {
      let next = next(state, byte)
      if state == body, next != done { count += 1 }
      state = next
    }
    return count
  }

  private static func makeTable() -> [UInt8] {
    var table = [UInt8](repeating: UInt8(dead), count: stateCount << 8)
    func edge(_ from: Int, _ bytes: ClosedRange<UInt8>, _ to: Int) {
      for byte in bytes { table[from << 8 | Int(byte)] = UInt8(to) }
    }
    func edge(_ from: Int, _ text: String, _ to: Int) {
      for byte in text.utf8 { edge(from, byte...byte, to) }
    }
    edge(body, 0x20...0x7F, body)
    edge(body, "\"", done)
    edge(body, "\\", escape)
    edge(escape, "\"\\bfnrt", body)
    edge(escape, "u", u)
    edge(u, "0", u0)
    edge(u0, "0", u00)
    edge(u00, "0", low)
    edge(u00, "1", high)
    edge(low, "01234567bef", body)
    edge(high, "0123456789abcdef", body)
    edge(body, 0xC2...0xDF, tail1)
    edge(body, 0xE1...0xEF, tail2)
    edge(body, 0xE0...0xE0, tailE0)
    edge(body, 0xED...0xED, tailED)
    edge(body, 0xF0...0xF0, tailF0)
    edge(body, 0xF1...0xF3, tail3)
    edge(body, 0xF4...0xF4, tailF4)
    edge(tail1, 0x80...0xBF, body)
    edge(tail2, 0x80...0xBF, tail1)
    edge(tail3, 0x80...0xBF, tail2)
    edge(tailE0, 0xA0...0xBF, tail1)
    edge(tailED, 0x80...0x9F, tail1)
    edge(tailF0, 0x90...0xBF, tail2)
    edge(tailF4, 0x80...0x8F, tail2)
    return table
  }

  /// The costs of finishing a string with the bytes that a vocabulary can spell.
  struct Costs: Sendable {
    /// The bytes from each state to the next character boundary; `unreachable` if there is no way.
    var toBody: [Int]
    /// The bytes of the shortest character; `unreachable` if none can be spelled.
    var character: Int
    /// Whether the closing quote can be spelled.
    var quote: Bool

    static let unreachable = 1 << 40
    /// The costs where every byte can be spelled.
    static let all = Costs(spells: [Bool](repeating: true, count: 256))

    /// No state inside a character is further from its end than `\u`.
    static let longestTail = 5

    init(spells: [Bool]) {
      toBody = [Int](repeating: Self.unreachable, count: stateCount)
      toBody[body] = 0
      var changed = true
      while changed {
        changed = false
        for state in 1..<stateCount {
          for byte in 0..<256 where spells[byte] {
            let to = Int(table[state << 8 | byte])
            if to < stateCount, toBody[to] + 1 < toBody[state] {
              toBody[state] = toBody[to] + 1
              changed = true
            }
          }
        }
      }
      character = Self.unreachable
      for byte in 0..<256 where spells[byte] {
        let to = Int(table[byte])
        if to < stateCount { character = min(character, toBody[to] + 1) }
      }
      quote = spells[0x22]
    }

    /// The bytes from a state inside a string until after its closing quote.
    func need(_ state: Int, least: Int) -> Int {
      guard quote, toBody[state] < Self.unreachable else { return Self.unreachable }
      if least == 0 { return toBody[state] + 1 }
      guard character < Self.unreachable else { return Self.unreachable }
      let (bytes, overflow) = least.multipliedReportingOverflow(by: character)
      return overflow ? Self.unreachable : min(Self.unreachable, toBody[state] + bytes + 1)
    }
  }
}
