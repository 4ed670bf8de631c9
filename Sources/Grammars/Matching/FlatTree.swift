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
    var child = node + 1
    let end = Int(ends[node])
    while child < end, bytes[child] != byte { child = Int(ends[child]) }
    return child < end ? child : nil
  }

  /// Returns the bytes from the root to a node.
  func path(to node: Int) -> [UInt8] {
    var path: [UInt8] = []
    var at = node
    var depth = Int(depths[node])
    while depth > 0 {
      if Int(depths[at]) == depth {
        path.append(bytes[at])
        depth -= 1
      }
      at -= 1
    }
    return path.reversed()
  }

  /// The entries of a whole subtree.
  func entries(below node: Int) -> ArraySlice<Int32> {
    entries[Int(starts[node])..<Int(starts[Int(ends[node])])]
  }
}
