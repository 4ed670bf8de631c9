// Which kinds of characters stand in the tokens, so that a walk in a state that stays the same over some kinds
// of characters (a loop: `[a-z0-9]*`, the inside of a pattern) takes whole subtrees at once.
//
// A character belongs to one of at most 64 classes, a bit each. A token is cut into characters from its own
// beginning; bytes that are no character of UTF-8 by themselves are of the class `broken`.
// What a loop may claim about a class is decided by the automaton, byte by byte, never by its name.

/// Classes of characters.
enum CharacterClass {
  static let quote = 4
  static let backslash = 5
  static let control = 6
  static let broken = 7
  /// Beyond ASCII: up to U+00FF, white space of patterns, the rest of the first plane, other planes, and the ends
  /// of lines, which the full stop of a pattern leaves out.
  static let latin = 8
  static let blank = 9
  static let plane = 10
  static let astral = 11
  static let lineEnd = 12
  private static let firstSpare = 13

  /// The class of each ASCII character.
  static let ofASCII: [UInt8] = {
    var table = [UInt8](repeating: UInt8(control), count: 128)
    var spare = firstSpare
    func take(_ ranges: [ClosedRange<Int>]) {
      for range in ranges { for byte in range { table[byte] = UInt8(spare) } }
      spare += 1
    }
    take([0x30...0x30])
    take([0x31...0x39])
    take([0x61...0x66])
    take([0x67...0x7A])
    take([0x41...0x46])
    take([0x47...0x5A])
    for byte in [0x21...0x21, 0x23...0x2F, 0x3A...0x40, 0x5B...0x5B, 0x5D...0x60, 0x7B...0x7F]
      .joined()
    {
      take([byte...byte])
    }
    table[0x20] = 0
    table[0x09] = 1
    table[0x0A] = 2
    table[0x0D] = 3
    table[0x22] = UInt8(quote)
    table[0x5C] = UInt8(backslash)
    return table
  }()

  /// The classes of the characters that stand for themselves in every string: a byte each.
  static let plain: UInt64 = (UInt8(0x20)...0x7F).reduce(0) { classes, byte in
    byte == 0x22 || byte == 0x5C ? classes : classes | 1 << UInt64(ofASCII[Int(byte)])
  }

  /// The classes beyond ASCII as ranges of scalars.
  static let beyondASCII: [(number: Int, ranges: [ClosedRange<UInt32>])] = [
    (latin, [0x80...0x9F, 0xA1...0xFF]),
    (blank, blanks),
    (plane, planeRanges),
    (astral, [0x10000...0x10FFFF]),
    (lineEnd, [lineEnds]),
  ]

  private static let blanks: [ClosedRange<UInt32>] = [
    0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x202F...0x202F, 0x205F...0x205F,
    0x3000...0x3000, 0xFEFF...0xFEFF,
  ]

  private static let lineEnds: ClosedRange<UInt32> = 0x2028...0x2029

  private static let planeRanges: [ClosedRange<UInt32>] = {
    var ranges: [ClosedRange<UInt32>] = []
    var low: UInt32 = 0x100
    let others = (blanks + [lineEnds]).sorted { $0.lowerBound < $1.lowerBound }
    for other in others where other.lowerBound >= low {
      if other.lowerBound > low {
        ranges.append(contentsOf: split(low, other.lowerBound - 1))
      }
      low = other.upperBound + 1
    }
    return ranges + split(low, 0xFFFF)
  }()

  /// Leaves surrogates out.
  private static func split(_ low: UInt32, _ high: UInt32) -> [ClosedRange<UInt32>] {
    guard low <= 0xD7FF, high >= 0xE000 else { return [low...high] }
    return [low...0xD7FF, 0xE000...high]
  }

  static func of(_ scalar: UInt32) -> Int {
    if scalar < 0x80 { return Int(ofASCII[Int(scalar)]) }
    if scalar >= 0x10000 { return astral }
    if lineEnds.contains(scalar) { return lineEnd }
    if blanks.contains(where: { $0.contains(scalar) }) { return blank }
    return scalar < 0x100 ? latin : plane
  }
}

/// The classes of characters in the tokens of a tree.
struct TokenClasses: Sendable {
  /// For each token the classes in it; all bits for what is not in the tree.
  private(set) var whole: [UInt64]
  /// The tokens that hold just the same classes: as bits where they are many, else as a list.
  private var groups: [Group] = []
  /// A node of the tree with all that a walk asks about it, in one place.
  struct Node: Sendable {
    /// The classes of the tokens at and below it, from the character on whose byte leads to the node.
    var below: UInt64 = 0
    /// The node after its subtree.
    var end: Int32
    /// Where its entries start; they end where those of the next node start.
    var first: Int32
    var depth: UInt16
    /// The byte that leads to it.
    var byte: UInt8
    /// The class of the character that ends here.
    var closes: UInt8 = inside
    /// Whether a token here or below leaves a string that it was begun inside of.
    var leadsOut = false
    /// The bytes of the longest token at and below it, from the byte that leads to it on; at most 255.
    var height: UInt8 = 0
  }
  /// The nodes, and one more with the number of all entries.
  private(set) var nodes: [Node] = []

  private struct Group: Sendable {
    let classes: UInt64
    var tokens: [Int32]
    var words: [UInt64] = []
  }

  /// From how many tokens on a group is kept as bits.
  private static let greatestListCount = 256

  /// A node inside of a character.
  static let inside: UInt8 = 255
  /// A node inside of a character after a broken one.
  static let insideAfterBroken: UInt8 = 254

  /// - Parameter leaving: The tokens that leave a string that they are begun inside of.
  init(_ tree: FlatTree, tokenCount: Int, leaving: Set<Int32>) {
    whole = [UInt64](repeating: .max, count: tokenCount)
    nodes.reserveCapacity(tree.count + 1)
    for node in 0..<tree.count {
      nodes.append(
        Node(
          end: tree.ends[node], first: tree.starts[node], depth: tree.depths[node],
          byte: tree.bytes[node]))
    }
    nodes.append(Node(end: 0, first: tree.starts[tree.count], depth: 0, byte: 0))
    var path: [Int] = []
    var bytes: [UInt8] = []
    for node in 1..<max(1, tree.count) {
      let depth = Int(tree.depths[node])
      path.removeSubrange((depth - 1)...)
      bytes.removeSubrange((depth - 1)...)
      path.append(node)
      bytes.append(tree.bytes[node])
      let first = Int(tree.starts[node])
      let last = Int(tree.starts[node + 1])
      // A node without tokens and with children is seen again on the way to them.
      if first == last { continue }
      let (marks, codes, isCut) = Self.characters(bytes)
      var suffix: UInt64 = isCut ? 1 << UInt64(CharacterClass.broken) : 0
      for i in marks.indices.reversed() {
        suffix |= marks[i]
        nodes[path[i]].below |= suffix
        nodes[path[i]].closes = codes[i]
        nodes[path[i]].height = max(nodes[path[i]].height, UInt8(clamping: depth - i))
      }
      for i in first..<last {
        whole[Int(tree.entries[i])] = suffix
        if leaving.contains(tree.entries[i]) {
          for above in path { nodes[above].leadsOut = true }
        }
      }
    }
    makeGroups()
  }

  /// Cuts a text into characters: by byte, the classes that end there as bits and as a code; and whether
  /// the text ends inside a character.
  private static func characters(_ text: [UInt8]) -> ([UInt64], [UInt8], Bool) {
    var marks = [UInt64](repeating: 0, count: text.count)
    var codes = [UInt8](repeating: inside, count: text.count)
    var scalar: UInt32 = 0
    var missing = 0
    var allowed: ClosedRange<UInt8> = 0x80...0xBF
    let broken: UInt64 = 1 << UInt64(CharacterClass.broken)
    for (i, byte) in text.enumerated() {
      if missing > 0 {
        if allowed.contains(byte) {
          scalar = scalar << 6 | UInt32(byte & 0x3F)
          missing -= 1
          allowed = 0x80...0xBF
          if missing == 0 {
            let number = CharacterClass.of(scalar)
            marks[i] = 1 << UInt64(number)
            codes[i] = UInt8(number)
          }
          continue
        }
        marks[i] = broken
        missing = 0
      }
      allowed = 0x80...0xBF
      switch byte {
      case 0x00...0x7F:
        let number = CharacterClass.ofASCII[Int(byte)]
        codes[i] = marks[i] == 0 ? number : UInt8(CharacterClass.broken)
        marks[i] |= 1 << UInt64(number)
      case 0xC2...0xDF:
        scalar = UInt32(byte & 0x1F)
        missing = 1
      case 0xE0...0xEF:
        scalar = UInt32(byte & 0x0F)
        missing = 2
        if byte == 0xE0 { allowed = 0xA0...0xBF }
        if byte == 0xED { allowed = 0x80...0x9F }
      case 0xF0...0xF4:
        scalar = UInt32(byte & 0x07)
        missing = 3
        if byte == 0xF0 { allowed = 0x90...0xBF }
        if byte == 0xF4 { allowed = 0x80...0x8F }
      default:
        codes[i] = UInt8(CharacterClass.broken)
        marks[i] |= broken
      }
      if missing > 0, marks[i] != 0 { codes[i] = insideAfterBroken }
    }
    return (marks, codes, missing > 0)
  }

  /// Sorts the tokens by the classes in them.
  private mutating func makeGroups() {
    var numbers: [UInt64: Int] = [:]
    for (token, classes) in whole.enumerated() where classes != .max {
      if let number = numbers[classes] {
        groups[number].tokens.append(Int32(token))
      } else {
        numbers[classes] = groups.count
        groups.append(Group(classes: classes, tokens: [Int32(token)]))
      }
    }
    for i in groups.indices where groups[i].tokens.count > Self.greatestListCount {
      groups[i].words = [UInt64](repeating: 0, count: (whole.count + 63) / 64)
      for token in groups[i].tokens { groups[i].words[Int(token) >> 6] |= 1 << UInt64(token & 63) }
      groups[i].tokens = []
    }
  }

  /// Adds the tokens that consist of some classes to a mask of the whole vocabulary.
  func addAll(of classes: UInt64, to words: inout [UInt64]) {
    for group in groups where group.classes & ~classes == 0 {
      for token in group.tokens { words[Int(token) >> 6] |= 1 << UInt64(token & 63) }
      if group.words.isEmpty { continue }
      for i in words.indices { words[i] |= group.words[i] }
    }
  }
}
