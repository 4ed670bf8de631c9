// Trees of literal texts: the shape in which an enumeration is matched. Most nodes have one child, which is
// kept in the node; the children of the others stand in lists.

/// A growing table of trees of texts.
struct LiteralTrees: Sendable {
  /// An edge to a child.
  struct Edge: Sendable {
    var byte: UInt8
    var node: Int32
  }

  private struct Node: Sendable {
    var isEnd = false
    /// The byte that leads to the only child.
    var byte: UInt8 = 0
    /// The only child; zero if there is none; below zero the complement of the number of a list.
    var child: Int32 = 0
  }

  private var nodes: [Node] = []
  /// The children of the nodes that have several, ascending by byte.
  private var lists: [[Edge]] = []
  /// The roots of single texts.
  private var roots = NumberTable()

  var count: Int { nodes.count }

  func isEnd(_ node: Int32) -> Bool { nodes[Int(node)].isEnd }

  func isLeaf(_ node: Int32) -> Bool { nodes[Int(node)].isEnd && nodes[Int(node)].child == 0 }

  /// The edges of a node, ascending by byte.
  func edges(_ node: Int32) -> [Edge] {
    let node = nodes[Int(node)]
    if node.child < 0 { return lists[Int(~node.child)] }
    return node.child == 0 ? [] : [Edge(byte: node.byte, node: node.child)]
  }

  /// Returns the byte of the only edge of a node, nil if it has none or several.
  @inline(__always)
  func onlyByte(_ node: Int32) -> UInt8? {
    let node = nodes[Int(node)]
    return node.child > 0 ? node.byte : nil
  }

  /// Returns the bytes at which what follows a node is another than at the byte before.
  func cuts(_ node: Int32) -> ByteSet {
    var cuts = ByteSet()
    if let only = onlyByte(node) {
      cuts.insertCuts(around: only)
    } else {
      for edge in edges(node) { cuts.insertCuts(around: edge.byte) }
    }
    return cuts
  }

  func next(_ number: Int32, _ byte: UInt8) -> Int32? {
    let node = nodes[Int(number)]
    if node.child >= 0 { return node.child > 0 && node.byte == byte ? node.child : nil }
    let place = Self.place(of: byte, in: lists[Int(~node.child)])
    let list = lists[Int(~node.child)]
    return place < list.count && list[place].byte == byte ? list[place].node : nil
  }

  /// Returns where an edge stands in a list, or would.
  private static func place(of byte: UInt8, in list: [Edge]) -> Int {
    var low = 0
    var high = list.count
    while low < high {
      let middle = (low + high) / 2
      if list[middle].byte < byte { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Whether a node has no text but the quotation mark.
  func isQuote(_ number: Int32) -> Bool {
    let node = nodes[Int(number)]
    return !node.isEnd && node.child > 0 && node.byte == 0x22 && isLeaf(node.child)
  }

  /// Adds a tree and returns its root.
  ///
  /// Children always have greater numbers than their parents.
  mutating func add(_ texts: [[UInt8]]) -> Int32 {
    var hash = WordHash()
    if texts.count == 1 {
      for byte in texts[0] { hash.combine(UInt64(byte)) }
      if let known = roots.find(hash.value, { isOnly(texts[0], below: $0) }) { return known }
    }
    let root = Int32(nodes.count)
    nodes.append(Node())
    for text in texts {
      var node = root
      for byte in text { node = next(node, byte) ?? add(byte, below: node) }
      nodes[Int(node)].isEnd = true
    }
    if texts.count == 1 { roots.insert(root, hash.value) }
    return root
  }

  /// Whether a text is the only one below a node.
  private func isOnly(_ text: [UInt8], below root: Int32) -> Bool {
    var node = nodes[Int(root)]
    for byte in text {
      guard !node.isEnd, node.child > 0, node.byte == byte else { return false }
      node = nodes[Int(node.child)]
    }
    return node.isEnd && node.child == 0
  }

  /// Adds a child by a byte by which there is none.
  private mutating func add(_ byte: UInt8, below parent: Int32) -> Int32 {
    let child = Int32(nodes.count)
    nodes.append(Node())
    let node = nodes[Int(parent)]
    if node.child == 0 {
      nodes[Int(parent)].byte = byte
      nodes[Int(parent)].child = child
      return child
    }
    if node.child > 0 {
      nodes[Int(parent)].child = ~Int32(lists.count)
      lists.append([Edge(byte: node.byte, node: node.child)])
    }
    let list = Int(~nodes[Int(parent)].child)
    lists[list].insert(
      Edge(byte: byte, node: child), at: Self.place(of: byte, in: lists[list]))
    return child
  }

  /// Returns the root of a tree without one of its texts, which shares what is the same, nil if nothing is left.
  ///
  /// Of the new nodes, children have greater numbers than their parents.
  mutating func removing(_ text: [UInt8], from root: Int32) -> Int32? {
    var path = [root]
    for byte in text {
      guard let next = next(path[path.count - 1], byte) else { return root }
      path.append(next)
    }
    guard isEnd(path[text.count]) else { return root }
    // The last node on the way that stays, and without what.
    var last = text.count
    if edges(path[last]).isEmpty {
      last -= 1
      while last >= 0, edges(path[last]).count == 1, !isEnd(path[last]) { last -= 1 }
    }
    if last < 0 { return nil }
    let first = Int32(nodes.count)
    for place in 0...last {
      var kept = edges(path[place])
      if place < last {
        let edge = Self.place(of: text[place], in: kept)
        kept[edge].node = first + Int32(place) + 1
      } else if place < text.count {
        kept.remove(at: Self.place(of: text[place], in: kept))
      }
      var node = Node(isEnd: isEnd(path[place]) && place < text.count)
      if kept.count == 1 {
        (node.byte, node.child) = (kept[0].byte, kept[0].node)
      } else if !kept.isEmpty {
        node.child = ~Int32(lists.count)
        lists.append(kept)
      }
      nodes.append(node)
    }
    return first
  }

  /// Returns how many texts a node has.
  func textCount(_ root: Int32) -> Int {
    var count = 0
    var stack = [root]
    while let node = stack.popLast() {
      if isEnd(node) { count += 1 }
      for edge in edges(node) { stack.append(edge.node) }
    }
    return count
  }

  /// The texts below a node, in their order by bytes.
  func texts(_ root: Int32) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var stack: [(node: Int32, text: [UInt8])] = [(root, [])]
    while let (node, text) = stack.popLast() {
      if isEnd(node) { result.append(text) }
      for edge in edges(node).reversed() { stack.append((edge.node, text + [edge.byte])) }
    }
    return result
  }
}
