// How many characters the texts of a term have at least, found from its form alone: enough to see that nothing is
// short enough for a bound on the length, without a search through all that is too long.

extension LeafAutomaton {
  /// How many bytes a character takes at most, as an escape.
  private static let longestCharacter = 6
  /// How many bytes of a literal are looked at.
  private static let greatestLiteralCount = 64

  /// Returns a number of characters that no text of a term is below, if it is met between two characters.
  ///
  /// The closing quote is no character. There may be no text with so few.
  mutating func leastCharacterCount(_ term: Term) -> Int {
    let index = Int(term)
    if index < characterCounts.count, characterCounts[index] >= 0 { return characterCounts[index] }
    let result = newCharacterCount(term)
    if characterCounts.count <= index {
      characterCounts.append(
        contentsOf: repeatElement(-1, count: regexes.count - characterCounts.count))
    }
    characterCounts[index] = result
    return result
  }

  private mutating func newCharacterCount(_ term: Term) -> Int {
    let node = regexes.nodes[Int(term)]
    switch node.kind {
    case .nothing: return Self.unreachable
    case .scalars: return 1
    case .text: return Int(node.b)
    case .literals: return literalCharacterCount(term, node.a)
    case .concat:
      return min(Self.unreachable, leastCharacterCount(node.a) + leastCharacterCount(node.b))
    case .alternatives:
      var least = Self.unreachable
      for part in regexes.lists[Int(node.a)] { least = min(least, leastCharacterCount(part)) }
      return least
    case .intersection:
      var greatest = 0
      for part in regexes.lists[Int(node.a)] {
        greatest = max(greatest, leastCharacterCount(part))
      }
      return greatest
    case .repetition:
      let (count, overflow) = leastCharacterCount(node.a).multipliedReportingOverflow(
        by: Int(node.b))
      return overflow ? Self.unreachable : min(Self.unreachable, count)
    case .epsilon, .bytes, .complement, .multiple, .freshKey, .trail, .limit: return 0
    }
  }

  private mutating func literalCharacterCount(_ term: Term, _ root: Int32) -> Int {
    var text: [UInt8] = []
    var node = root
    while text.count < Self.greatestLiteralCount, !regexes.trees.isEnd(node),
      let byte = regexes.trees.onlyByte(node), let next = regexes.trees.next(node, byte)
    {
      text.append(byte)
      node = next
    }
    if regexes.trees.isLeaf(node) { return TextAutomaton.characterCount(text) }
    // Of texts that go apart no more is known than how long the shortest is.
    let least = need(term)
    return least >= Self.unreachable ? least : max(0, least - 1) / Self.longestCharacter
  }
}
