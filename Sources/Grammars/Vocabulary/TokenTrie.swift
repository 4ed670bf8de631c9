// The texts of a vocabulary as a tree, made once per vocabulary and shared by all grammars, together with
// what every JSON string needs: which tokens stay inside one and which leave it.

package import Tokens

/// The vocabulary as a tree, and what is known about strings in advance.
package final class TokenTrie: Sendable {
  /// The vocabulary.
  package let vocabulary: Vocabulary
  /// All text tokens whose bytes the vocabulary can spell one by one.
  let tree: FlatTree
  let costs: TextAutomaton.Costs
  /// The classes of characters in the tokens.
  let classes: TokenClasses
  /// The tokens by the classes of their characters.
  let classTree: ClassTree

  /// A token that, begun inside a string, stays inside it.
  struct Inner: Sendable {
    var token: Int32
    /// How many characters begin in it.
    var characters: UInt16
    /// The state of the string after it.
    var state: UInt8
  }
  /// By number of characters, descending.
  let inner: [Inner]
  /// The tokens of `inner` as bits.
  let innerWords: [UInt64]
  /// The tokens of `inner` after which the string is between two characters.
  let settledWords: [UInt64]
  /// For small counts, the tokens of `inner` with at most so many characters.
  let innerAtMost: [[UInt64]]
  let greatestCharacterCount: Int

  /// A token that, begun inside a string, ends the string.
  struct Exit: Sendable {
    var token: Int32
    /// How many characters stand before the closing quote.
    var characters: UInt16
    /// Whether the text after the closing quote may hold another whole key.
    var isDeep: Bool
  }
  let exits: [Exit]
  /// The greatest number of characters before the closing quote in `exits`.
  let greatestExitCount: Int
  /// What follows the closing quote in the tokens of `exits`.
  let exitTree: FlatTree
  /// The tokens of `exits` from their beginnings.
  let leavingTree: FlatTree
  /// The tokens that hold a closing bracket.
  let bracketTree: FlatTree
  /// The tokens of `exits` that hold a closing bracket behind the closing quote.
  let closingTree: FlatTree

  /// The tokens of nothing but white space.
  let spaceTokens: [Int32]
  /// What is left of the tokens that begin with white space behind it.
  let spaceTree: FlatTree

  private static let smallCounts = 48

  /// Builds the tree of a vocabulary.
  package init(_ vocabulary: Vocabulary) {
    self.vocabulary = vocabulary
    let spells = vocabulary.spellsByte
    let bytes = vocabulary.bytes
    costs = TextAutomaton.Costs(spells: spells)
    var texts: [(text: ArraySlice<UInt8>, entry: Int32)] = []
    texts.reserveCapacity(vocabulary.count)
    for index in 0..<vocabulary.count where vocabulary.kinds[index] == .text {
      let text = bytes[Int(vocabulary.offsets[index])..<Int(vocabulary.offsets[index + 1])]
      if !text.isEmpty, text.count < Int(UInt16.max), text.allSatisfy({ spells[Int($0)] }) {
        texts.append((text, Int32(index)))
      }
    }
    Self.sort(&texts)
    tree = FlatTree(sorted: texts)
    var inner: [Inner] = []
    var exits: [Exit] = []
    var suffixes: [(text: ArraySlice<UInt8>, entry: Int32)] = []
    var leaving: [(text: ArraySlice<UInt8>, entry: Int32)] = []
    var closing: [(text: ArraySlice<UInt8>, entry: Int32)] = []
    let brackets = texts.filter { $0.text.contains(0x7D) || $0.text.contains(0x5D) }
    var spaceTokens: [Int32] = []
    var afterSpaces: [(text: ArraySlice<UInt8>, entry: Int32)] = []
    for (text, token) in texts {
      let rest = text.drop { ByteSet.spaces.contains($0) }
      if rest.isEmpty {
        spaceTokens.append(token)
      } else if rest.count < text.count {
        afterSpaces.append((rest, token))
      }
      var state = TextAutomaton.body
      var characters: UInt16 = 0
      var at = text.startIndex
      while at < text.endIndex, state < TextAutomaton.stateCount {
        let next = TextAutomaton.next(state, text[at])
        if state == TextAutomaton.body, next != TextAutomaton.done { characters += 1 }
        state = next
        at += 1
      }
      if state < TextAutomaton.stateCount {
        if costs.toBody[state] < TextAutomaton.Costs.unreachable {
          inner.append(Inner(token: token, characters: characters, state: UInt8(state)))
        }
      } else if state == TextAutomaton.done {
        let rest = text[at...]
        suffixes.append((rest, token))
        leaving.append((text, token))
        if rest.contains(0x7D) || rest.contains(0x5D) { closing.append((text, token)) }
        let quotes = rest.count { $0 == 0x22 }
        exits.append(Exit(token: token, characters: characters, isDeep: quotes >= 2))
      }
    }
    Self.sort(&suffixes)
    exitTree = FlatTree(sorted: suffixes)
    leavingTree = FlatTree(sorted: leaving)
    bracketTree = FlatTree(sorted: brackets)
    closingTree = FlatTree(sorted: closing)
    Self.sort(&afterSpaces)
    spaceTree = FlatTree(sorted: afterSpaces)
    self.spaceTokens = spaceTokens
    classes = TokenClasses(
      tree, tokenCount: vocabulary.count, leaving: Set(exits.map(\.token)))
    classTree = ClassTree(tree, classes, wordCount: (vocabulary.count + 63) / 64)
    self.exits = exits
    greatestExitCount = exits.reduce(0) { max($0, Int($1.characters)) }
    inner.sort { ($1.characters, $0.token) < ($0.characters, $1.token) }
    self.inner = inner
    greatestCharacterCount = Int(inner.first?.characters ?? 0)

    let wordCount = (vocabulary.count + 63) / 64
    var words = [UInt64](repeating: 0, count: wordCount)
    var atMost: [[UInt64]] = []
    var place = inner.count - 1
    for count in 0..<Self.smallCounts {
      while place >= 0, Int(inner[place].characters) <= count {
        let token = Int(inner[place].token)
        words[token >> 6] |= 1 << UInt64(token & 63)
        place -= 1
      }
      atMost.append(words)
    }
    while place >= 0 {
      let token = Int(inner[place].token)
      words[token >> 6] |= 1 << UInt64(token & 63)
      place -= 1
    }
    innerAtMost = atMost
    innerWords = words
    for entry in inner where Int(entry.state) != TextAutomaton.body {
      words[Int(entry.token) >> 6] &= ~(1 << UInt64(entry.token & 63))
    }
    settledWords = words
  }

  /// Returns how many tokens stay inside a string and have more characters than a count.
  func innerCount(beyond count: Int) -> Int {
    var low = 0
    var high = inner.count
    while low < high {
      let middle = (low + high) / 2
      if Int(inner[middle].characters) > count { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Whether a token that is begun inside a string ends inside it and between two characters.
  @inline(__always)
  func staysInText(_ token: TokenID) -> Bool {
    settledWords[token.index >> 6] & (1 << UInt64(token.index & 63)) != 0
  }

  private static func sort(_ texts: inout [(text: ArraySlice<UInt8>, entry: Int32)]) {
    texts.sort { a, b in
      if a.text.elementsEqual(b.text) { return a.entry < b.entry }
      return a.text.lexicographicallyPrecedes(b.text)
    }
  }
}
