// Token texts as a tree over classes of characters: tokens whose characters are of the same classes stand at the
// same node. Most terms of strings tell few characters apart, so that a walk over this tree, some fifty times
// smaller than the tree of bytes, decides about most tokens at once.
//
//   "the" "cat" "von"   lower lower lower          one node with three tokens
//   "\xE4\xBD"          a character cut short      a token in pieces, kept beside the node of what is whole

/// Token texts by the classes of their characters.
struct ClassTree: Sendable {
  /// A node, in depth-first order.
  struct Node: Sendable {
    /// The node after its subtree.
    var end: Int32 = 0
    /// Where its tokens start in `entries`, its places in `places` and its tokens in pieces in `pieces`; they end
    /// where those of the next node start.
    var first: Int32 = 0
    var firstPlace: Int32 = 0
    var firstPiece: Int32 = 0
    /// The words of its tokens if they are many, else -1.
    var words: Int32 = -1
    var depth: UInt16 = 0
    /// The class that leads to it.
    var code: UInt8 = 0
    /// Whether a token here or below leaves a string that it was begun inside of.
    var leadsOut = false
    /// The characters of the longest token here or below, from the class that leads here on, where all of them
    /// stand for themselves; 255 elsewhere and where they are more.
    var height: UInt8 = 255
  }

  /// A token of which a character is no character, or is cut short at its end.
  struct Piece: Sendable {
    var token: Int32
    /// The bytes before that character.
    var offset: Int32
  }

  /// The nodes, and one more that ends the lists of the last.
  private(set) var nodes: [Node] = []
  /// The tokens by node.
  private(set) var entries: [Int32] = []
  /// The nodes of the tree of bytes that are reached over the classes of a node.
  private(set) var places: [Int32] = []
  private(set) var pieces: [Piece] = []
  /// The tokens of single nodes as bits.
  private(set) var words: [[UInt64]] = []
  private(set) var greatestDepth = 0

  /// From how many tokens on those of a node are kept as bits.
  private static let greatestListCount = 512

  /// A class by a class of `CharacterClass`: letters of a case are one class, digits too.
  static func code(of number: UInt8) -> UInt8 {
    let all = CharacterClass.ofASCII
    if number == all[0x31] { return all[0x30] }
    if number == all[0x7A] { return all[0x61] }
    return number == all[0x5A] ? all[0x41] : number
  }

  /// The class of each ASCII character.
  static let ofASCII: [UInt8] = CharacterClass.ofASCII.map { code(of: $0) }

  /// The ASCII characters of each class, none for those beyond ASCII.
  static let characters: [[UInt8]] = {
    var lists = [[UInt8]](repeating: [], count: 64)
    for byte in UInt8.min..<128 { lists[Int(ofASCII[Int(byte)])].append(byte) }
    return lists
  }()

  /// Whether characters of a class have several bytes.
  @inline(__always)
  static func isBeyondASCII(_ code: UInt8) -> Bool {
    code >= CharacterClass.latin && code <= CharacterClass.lineEnd
  }

  /// A node while the tree is built.
  private struct Draft {
    var code: UInt8
    var children: [Int32] = []
    var tokens: [Int32] = []
    var places: [Int32] = []
    var pieces: [Piece] = []
    var leadsOut = false
  }

  init(_ tree: FlatTree, _ classes: TokenClasses, wordCount: Int) {
    var drafts = [Draft(code: 0)]
    // By depth: the node of the whole characters so far, and their bytes.
    var above: [Int32] = [0]
    var whole: [Int32] = [0]
    drafts[0].places = [0]
    drafts[0].leadsOut = true
    var node = 1
    while node < tree.count {
      let here = classes.nodes[node]
      let depth = Int(here.depth)
      above.removeSubrange(depth...)
      whole.removeSubrange(depth...)
      let at = above[depth - 1]
      if here.closes == TokenClasses.insideAfterBroken || Int(here.closes) == CharacterClass.broken
      {
        for token in tree.entries(below: node) {
          drafts[Int(at)].pieces.append(Piece(token: token, offset: whole[depth - 1]))
        }
        node = Int(here.end)
        continue
      }
      let own = tree.entries[Int(here.first)..<Int(classes.nodes[node + 1].first)]
      if here.closes == TokenClasses.inside {
        for token in own {
          drafts[Int(at)].pieces.append(Piece(token: token, offset: whole[depth - 1]))
        }
        above.append(at)
        whole.append(whole[depth - 1])
      } else {
        let next = Self.child(of: at, Self.code(of: here.closes), &drafts)
        drafts[Int(next)].tokens.append(contentsOf: own)
        drafts[Int(next)].places.append(Int32(node))
        if here.leadsOut { drafts[Int(next)].leadsOut = true }
        above.append(next)
        whole.append(Int32(depth))
      }
      node += 1
    }
    settle(0, depth: 0, drafts, wordCount)
    nodes.append(
      Node(
        first: Int32(entries.count), firstPlace: Int32(places.count),
        firstPiece: Int32(pieces.count)))
  }

  private static func child(of parent: Int32, _ code: UInt8, _ drafts: inout [Draft]) -> Int32 {
    for child in drafts[Int(parent)].children where drafts[Int(child)].code == code {
      return child
    }
    let number = Int32(drafts.count)
    drafts.append(Draft(code: code))
    drafts[Int(parent)].children.append(number)
    return number
  }

  /// Appends a node and its subtree.
  private mutating func settle(
    _ root: Int32, depth: Int, _ drafts: [Draft], _ wordCount: Int
  ) {
    // A token may be so long that recursion is no way.
    var stack: [(draft: Int32, depth: Int)] = [(root, depth)]
    var path: [Int] = []
    while let (number, depth) = stack.popLast() {
      while path.count > depth { nodes[path.removeLast()].end = Int32(nodes.count) }
      let draft = drafts[Int(number)]
      path.append(nodes.count)
      greatestDepth = max(greatestDepth, depth)
      var node = Node(
        first: Int32(entries.count), firstPlace: Int32(places.count),
        firstPiece: Int32(pieces.count), depth: UInt16(depth), code: draft.code,
        leadsOut: draft.leadsOut)
      if draft.tokens.count > Self.greatestListCount {
        node.words = Int32(words.count)
        var bits = [UInt64](repeating: 0, count: wordCount)
        for token in draft.tokens { bits[Int(token) >> 6] |= 1 << UInt64(token & 63) }
        words.append(bits)
      }
      nodes.append(node)
      entries += draft.tokens
      places += draft.places
      pieces += draft.pieces
      for child in draft.children.reversed() { stack.append((child, depth + 1)) }
    }
    while let last = path.popLast() { nodes[last].end = Int32(nodes.count) }
    measure()
  }

  /// Finds the heights of the nodes.
  private mutating func measure() {
    // What is below a node stands behind it.
    var above = [Int](repeating: 0, count: greatestDepth + 1)
    var parents = [Int](repeating: 0, count: nodes.count)
    var heights = [Int](repeating: 0, count: nodes.count)
    for node in nodes.indices {
      let depth = Int(nodes[node].depth)
      parents[node] = depth == 0 ? 0 : above[depth - 1]
      above[depth] = node
    }
    for node in nodes.indices.dropFirst().reversed() {
      let next = node + 1 < nodes.count ? nodes[node + 1].firstPiece : Int32(pieces.count)
      let isPlain =
        CharacterClass.plain & 1 << UInt64(nodes[node].code) != 0
        && nodes[node].firstPiece == next
      heights[node] = isPlain ? heights[node] + 1 : 255
      heights[parents[node]] = max(heights[parents[node]], heights[node])
      nodes[node].height = UInt8(clamping: heights[node])
    }
  }
}
