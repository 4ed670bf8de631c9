// What masks are made of: parts that were computed before, and masks and parts under construction.

import Tokens

/// One computed mask.
struct ComputedMask: Sendable {
  var words: [UInt64]
  /// An upper bound of `need` after any of the tokens.
  var greatestNeed: Int
  /// Whether the mask takes more work than its limit; it means nothing then.
  var isExhausted = false
  /// Words that are kept anyway and that the mask is likely to differ little from; empty if there are none.
  var base: [UInt64] = []

  /// Returns the tokens of a mask, nil if they are more than a limit.
  static func tokens(of words: [UInt64], limit: Int) -> [Int32]? {
    var tokens: [Int32] = []
    let span = words.span
    var place = 0
    while place < span.count {
      let end = min(place + 8, span.count)
      var any: UInt64 = 0
      for i in place..<end { any |= span[i] }
      if any != 0 {
        for i in place..<end where span[i] != 0 { append(span[i], i, to: &tokens) }
        if tokens.count > limit { return nil }
      }
      place = end
    }
    return tokens
  }

  /// Appends the tokens of a word of a mask.
  static func append(_ word: UInt64, _ index: Int, to list: inout [Int32]) {
    var rest = word
    while rest != 0 {
      list.append(Int32(index << 6 + rest.trailingZeroBitCount))
      rest &= rest - 1
    }
  }
}

/// Masks and their parts that were computed before.
struct MaskCache: Sendable {
  /// What a term allows, whatever follows it.
  struct Leaf: Sendable {
    var tokens: [Int32]
    /// The tokens as bits, where they are many; `tokens` is empty then.
    var words: [UInt64]
    /// The tokens among `words` that are not meant: the words may be those of another leaf.
    var removed: [Int32] = []
    /// Nodes of the tree at which the term may end and longer tokens go on.
    var exits: [(node: Int32, term: Term)]
    var greatestNeed: Int
    /// What the walk cost; beyond the limit it was not ended.
    var work = 0

    /// The bytes that the leaf takes besides its words.
    var byteCount: Int { (tokens.count + removed.count) * 4 + exits.count * 8 + 80 }
  }

  /// How much work a mask may take: the nodes that it looks at, and the parts of the terms that it derives.
  ///
  /// The walk of a leaf counts a derivative when it meets it first, other walks at each node. What a mask takes
  /// follows from its state and the vocabulary alone, not from what was computed before.
  static let greatestWork = 24_000_000
  /// How many tokens are kept as a list; more are kept as bits.
  static let greatestListCount = 1024

  /// The tokens that leave a string and go on in a configuration.
  struct Exits: Sendable {
    /// Their places among the exits of the vocabulary.
    var places: [Int32]
    var greatestNeed: Int
    var work: Int
  }

  var leaves: [Term: Leaf] = [:]
  /// By configuration.
  var exits: [Int32: Exits] = [:]
  /// The words that are kept, each once.
  var words = WordPool()
  /// The tokens that would end a key of a set, for the sets that were asked about last.
  var taken: [TakenKeys: [Int32]] = [:]
  /// How many tokens stand in `taken`, and how many may.
  var takenCount = 0
  static let greatestTakenCount = 1 << 16

  /// A place in a key, and the set of the keys that stand already.
  struct TakenKeys: Hashable {
    var prefix: Int32
    var set: Int32
  }
  /// The term after any character of a class beyond ASCII, by term and class; below zero where there are several.
  var classTargets: [UInt64: Term] = [:]
  /// The tokens that consist of some classes of characters.
  var ofClasses: [UInt64: [UInt64]] = [:]
  /// What the terms met in loops do with the classes of characters, by number.
  var loops: [TermLoops] = []
  /// The number of each term's loops, -1 if they are not known.
  var loopNumbers: [Int32] = []
  /// Memory for the next walk.
  var levels: [LeafWalk.Level] = []
  var states = WalkStates()
}

/// Words of masks, equal ones kept once.
struct WordPool: Sendable {
  private var lists: [[UInt64]] = []
  private var numbers = NumberTable()

  /// The bytes that the words take.
  private(set) var byteCount = 0

  /// Returns the kept words that equal some.
  mutating func shared(_ words: [UInt64]) -> [UInt64] {
    let hash = Self.hash(words)
    if let known = numbers.find(hash, { lists[Int($0)] == words }) { return lists[Int(known)] }
    numbers.insert(Int32(lists.count), hash)
    lists.append(words)
    byteCount += words.count * 8
    return words
  }

  private static func hash(_ words: [UInt64]) -> UInt64 {
    var lanes: SIMD4<UInt64> = [1, 2, 3, 4]
    let span = words.span
    var place = 0
    while place + 4 <= span.count {
      lanes ^= SIMD4(span[place], span[place + 1], span[place + 2], span[place + 3])
      lanes = (lanes &<< 23 | lanes &>> 41) &+ lanes &* 5
      place += 4
    }
    var hash = WordHash()
    while place < span.count {
      hash.combine(span[place])
      place += 1
    }
    for lane in 0..<4 { hash.combine(lanes[lane]) }
    return hash.value
  }
}

/// A mask under construction.
struct MaskWalk {
  var words: [UInt64]
  /// The greatest `need` that a token may lead to.
  var bound: Int
  var greatestNeed = 0
  var stack: [Term] = []
  /// The nodes that were looked at, each counted by the parts of its term.
  var work = 0
  /// The kept words that came in last.
  var base: [UInt64] = []

  @inline(__always)
  mutating func insert(_ token: Int32) {
    words[Int(token) >> 6] |= 1 << UInt64(token & 63)
  }

  @inline(__always)
  mutating func remove(_ token: Int32) {
    words[Int(token) >> 6] &= ~(1 << UInt64(token & 63))
  }

  @inline(__always)
  func contains(_ token: Int32) -> Bool {
    words[Int(token) >> 6] & (1 << UInt64(token & 63)) != 0
  }

  /// Adds the bits of some words to others.
  @inline(__always)
  static func join(_ more: [UInt64], to words: inout [UInt64]) {
    var target = words.mutableSpan
    let source = more.span
    precondition(source.count == target.count, "masks are of one vocabulary")
    for i in source.indices { target[i] |= source[i] }
  }

  /// Adds what another walk found.
  mutating func join(_ other: MaskWalk) {
    Self.join(other.words, to: &words)
    greatestNeed = max(greatestNeed, other.greatestNeed)
    work += other.work
    if !other.base.isEmpty { base = other.base }
  }

  /// Adds the tokens of other words but for some.
  mutating func insert(_ more: [UInt64], but removed: [Int32]) {
    let kept = removed.filter { contains($0) }
    Self.join(more, to: &words)
    for token in removed { remove(token) }
    for token in kept { insert(token) }
  }
}

/// What a term allows, under construction.
struct LeafWalk {
  /// What is known at a depth about the nodes below.
  struct Level {
    var state = WalkStates.dead
    /// The last state between two characters.
    var settled = WalkStates.dead
    /// Whether the tokens of the classes over which `settled` stays are taken already.
    var isFilled = false
    /// Subtrees without any of these classes are done.
    var leaving: UInt64 = .max
    /// Subtrees of these classes alone are taken whole.
    var staying: UInt64 = 0
    /// The classes on the way here.
    var path: UInt64 = 0
    /// So many plain characters surely go on from `state`, whichever they are.
    var safe: UInt8 = 0
  }

  /// The tokens while they are few.
  private(set) var tokens: [Int32] = []
  /// The tokens as bits once they are many; empty before.
  private(set) var words: [UInt64] = []
  private let wordCount: Int
  var greatestNeed = 1
  var exits: [(node: Int32, term: Term)] = []
  /// By depth; only the levels above the node that is looked at hold anything.
  var levels: [Level]
  /// The nodes that were looked at and the parts of the terms that were derived.
  var work = 0

  /// - Parameter levels: Memory for levels, taken over from an earlier walk.
  init(wordCount: Int, depth: Int, levels: consuming [Level]) {
    self.wordCount = wordCount
    self.levels = levels.count > depth ? levels : [Level](repeating: Level(), count: depth + 1)
    self.levels[0] = Level()
  }

  /// Takes some entries of a list; those that were taken before may only come again once there are many.
  @inline(__always)
  mutating func insert(_ entries: [Int32], _ first: Int, _ end: Int) {
    if first == end { return }
    let entries = entries.span
    if words.isEmpty {
      for place in first..<end { tokens.append(entries[place]) }
      if tokens.count > MaskCache.greatestListCount { spread() }
      return
    }
    var target = words.mutableSpan
    for place in first..<end {
      target[Int(entries[place]) >> 6] |= 1 << UInt64(entries[place] & 63)
    }
  }

  /// Takes the entries of a list that consist of some classes.
  mutating func insert(
    _ entries: [Int32], _ first: Int, _ end: Int, of classes: UInt64, in whole: [UInt64]
  ) {
    spread()
    let entries = entries.span
    let whole = whole.span
    var target = words.mutableSpan
    for place in first..<end {
      let token = Int(entries[place])
      if whole[token] & ~classes == 0 { target[token >> 6] |= 1 << UInt64(token & 63) }
    }
  }

  /// Takes one token.
  mutating func insert(_ token: Int32) {
    spread()
    words[Int(token) >> 6] |= 1 << UInt64(token & 63)
  }

  /// Takes the tokens of a mask.
  mutating func insert(_ more: [UInt64]) {
    spread()
    MaskWalk.join(more, to: &words)
  }

  /// Goes from the list to bits.
  mutating func spread() {
    if !words.isEmpty { return }
    words = [UInt64](repeating: 0, count: wordCount)
    for token in tokens { words[Int(token) >> 6] |= 1 << UInt64(token & 63) }
    tokens = []
  }

  /// The tokens in the form in which they are kept.
  func leaf() -> MaskCache.Leaf {
    var leaf = MaskCache.Leaf(
      tokens: tokens, words: [], exits: exits, greatestNeed: greatestNeed, work: work)
    if words.isEmpty { return leaf }
    if let few = ComputedMask.tokens(of: words, limit: MaskCache.greatestListCount) {
      leaf.tokens = few
    } else {
      leaf.words = words
    }
    return leaf
  }
}
