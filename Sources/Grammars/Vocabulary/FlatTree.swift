// Texts as a tree in depth-first order: node v's subtree is v ..< ends[v], so that a byte that cannot follow
// skips its whole subtree.

/// A tree of token texts in depth-first order.
struct FlatTree: Sendable {
  /// The byte that leads to each node; the root's is unused.
  private(set) var bytes: [UInt8] = [0]
  /// The distance of each node from the root.
  private(set) var depths: [UInt16] = [0]
  /// The node after each node's subtree.
  private(set) var ends: [Int32] = [1]
  /// Where each node's entries start in `entries`, with the total as a last value.
  private(set) var starts: [Int32] = []
  /// What the texts stand for, by node.
  private(set) var entries: [Int32] = []
  /// A node with all that a walk asks about it, in one place.
  struct Node: Sendable {
    /// The node after its subtree.
    var end: Int32
    /// Where its entries start; they end where those of the next node start.
    var first: Int32
    var depth: UInt16
    /// The byte that leads to it.
    var byte: UInt8
  }
  /// The nodes, and one more with the number of all entries.
  private(set) var nodes: [Node] = []
  /// The node above each node; the root's is itself.
  private var parents: [Int32] = [0]
  /// Where each node's children start in `children`, with the total as a last value.
  private var childStarts: [Int32] = []
  /// The children of all nodes, each node's side by side and ascending by byte: those that are passed over
  /// are seen without a look at their subtrees.
  private var children: [Child] = []

  /// A child by its byte.
  struct Child: Sendable {
    var byte: UInt8
    var node: Int32
  }

  /// The distance of the deepest node from the root.
  private(set) var greatestDepth = 0

  var count: Int { bytes.count }

  /// Builds the tree of texts, each with its entry, sorted by text.
  init(sorted texts: [(text: ArraySlice<UInt8>, entry: Int32)]) {
    var path: [Int32] = [0]
    var previous: ArraySlice<UInt8> = []
    starts = [0]
    for (text, entry) in texts {
      var shared = 0
      for (a, b) in zip(previous, text) {
        if a != b { break }
        shared += 1
      }
      // Ends of the nodes that are left; texts beyond the depth of a counter do not occur.
      while path.count > shared + 1 { ends[Int(path.removeLast())] = Int32(bytes.count) }
      for byte in text.dropFirst(shared) {
        parents.append(path[path.count - 1])
        path.append(Int32(bytes.count))
        bytes.append(byte)
        depths.append(UInt16(path.count - 1))
        ends.append(0)
        starts.append(Int32(entries.count))
      }
      entries.append(entry)
      previous = text
    }
    while let node = path.popLast() { ends[Int(node)] = Int32(bytes.count) }
    starts.append(Int32(entries.count))
    greatestDepth = Int(depths.max() ?? 0)
    nodes.reserveCapacity(count + 1)
    for node in 0..<count {
      nodes.append(
        Node(end: ends[node], first: starts[node], depth: depths[node], byte: bytes[node]))
    }
    nodes.append(Node(end: 0, first: starts[count], depth: 0, byte: 0))
    listChildren()
  }

  private mutating func listChildren() {
    childStarts = [Int32](repeating: 0, count: count + 1)
    for node in 1..<max(1, count) { childStarts[Int(parents[node]) + 1] += 1 }
    for node in 0..<count { childStarts[node + 1] += childStarts[node] }
    children = [Child](repeating: Child(byte: 0, node: 0), count: count - 1)
    var next = childStarts
    for node in 1..<max(1, count) {
      let parent = Int(parents[node])
      children[Int(next[parent])] = Child(byte: bytes[node], node: Int32(node))
      next[parent] += 1
    }
  }

  /// The children of a node, ascending by byte.
  @inline(__always)
  func children(of node: Int) -> ArraySlice<Child> {
    children[Int(childStarts[node])..<Int(childStarts[node + 1])]
  }

  /// Returns the node at the end of a path from the root, nil if there is none.
  func find(_ text: some Sequence<UInt8>) -> Int? {
    var node = 0
    for byte in text {
      guard let child = child(of: node, byte) else { return nil }
      node = child
    }
    return node
  }

  /// Returns the child of a node by its byte, nil if there is none.
  func child(of node: Int, _ byte: UInt8) -> Int? {
    var low = Int(childStarts[node])
    var high = Int(childStarts[node + 1])
    let end = high
    while low < high {
      let middle = (low + high) / 2
      if children[middle].byte < byte { low = middle + 1 } else { high = middle }
    }
    return low < end && children[low].byte == byte ? Int(children[low].node) : nil
  }

  /// Returns the bytes from the root to a node.
  func path(to node: Int) -> [UInt8] {
    var path: [UInt8] = []
    var at = node
    while at != 0 {
      path.append(bytes[at])
      at = Int(parents[at])
    }
    return path.reversed()
  }

  /// The entries of a whole subtree.
  func entries(below node: Int) -> ArraySlice<Int32> {
    entries[Int(starts[node])..<Int(starts[Int(ends[node])])]
  }
}
