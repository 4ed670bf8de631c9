// Single texts of a term: whether one belongs to it, and all of them where they are few.

extension LeafAutomaton {
  /// Returns whether a text belongs to a term.
  mutating func accepts(_ term: Term, _ text: some Sequence<UInt8>) -> Bool {
    var at = term
    for byte in text {
      at = next(at, byte)
      if at == RegexSet.nothing { return false }
    }
    return regexes.isNullable[Int(at)]
  }

  /// Returns whether two terms that begin with literals, or of which parts do, begin with different ones.
  mutating func beginApart(_ a: Term, _ b: Term) -> Bool {
    var (a, b) = (regexes.literalPart(a), regexes.literalPart(b))
    while let byte = regexes.onlyByte(a), let other = regexes.onlyByte(b) {
      if byte != other { return true }
      (a, b) = (next(a, byte), next(b, byte))
    }
    return false
  }

  /// Returns all texts of a term, nil if they are more than a limit.
  mutating func fewTexts(of start: Term, limit: Int) -> [[UInt8]]? {
    if let known = manyTexts[start], known >= limit { return nil }
    let texts = newFewTexts(of: start, limit: limit)
    if texts == nil { manyTexts[start] = limit }
    return texts
  }

  private mutating func newFewTexts(of start: Term, limit: Int) -> [[UInt8]]? {
    if let texts = regexes.literalTexts(start) { return texts.count <= limit ? texts : nil }
    let node = regexes.nodes[Int(start)]
    if node.kind == .text, Int(node.a) == TextAutomaton.body, node.c != 0 { return nil }
    var result: [[UInt8]] = []
    var stack: [(term: Term, text: [UInt8])] = [(start, [])]
    while let (term, text) = stack.popLast() {
      if regexes.isNullable[Int(term)] { result.append(text) }
      if text.count > 1000 || isExhausted { return nil }
      guard hasMore(term) else { continue }
      for byte in (0...255).reversed() {
        let next = self.next(term, UInt8(byte))
        // Every term on the stack has a text of its own; one that is met inside itself has many.
        if next == term { return nil }
        if next != RegexSet.nothing { stack.append((next, text + [UInt8(byte)])) }
        if result.count + stack.count > limit { return nil }
      }
    }
    return result
  }

  /// Returns a length within which a term has so many texts; longer than its longest text if it has
  /// fewer.
  mutating func length(holding count: Int, of term: Term) -> Int {
    let place = Int64(term) << 32 | Int64(UInt32(clamping: count))
    if let known = lengths[place] { return known }
    let result = newLength(holding: count, of: term)
    lengths[place] = result
    return result
  }

  private mutating func newLength(holding count: Int, of term: Term) -> Int {
    var level: [Term: Int] = [term: 1]
    var found = 0
    var length = 0
    while !level.isEmpty, length < 4096, !isExhausted {
      for (term, ways) in level where regexes.isNullable[Int(term)] {
        found = min(count, found + ways)
      }
      if found >= count { return length }
      var next: [Term: Int] = [:]
      for (term, ways) in level where hasMore(term) {
        refreshClasses()
        for group in representatives.indices where classSizes[group] > 0 {
          let after = self.next(term, representatives[group])
          if after == RegexSet.nothing { continue }
          let (more, overflow) = ways.multipliedReportingOverflow(by: classSizes[group])
          next[after] = overflow ? count : min(count, next[after, default: 0] + min(count, more))
        }
        if next.count > 4096 { return max(length + 64, 4096) }
      }
      level = next
      length += 1
    }
    return length
  }
}
