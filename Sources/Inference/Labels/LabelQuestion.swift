// The labels of an enumeration as a tree of tokens.
//
//   withheld text + label + terminator, as the tokenizer cuts it:
//
//        ` "`  `bug`  ` report`  `"`          path: up to the token that holds the terminator
//        ` "`  `billing`  `"`                 common: ` "`, which is dictated and costs nothing
//
// A label's probability is the product along its path behind the common tokens, times the sum over all
// legal tokens that begin with the label's remaining bytes and then a terminator.

package import JSON
package import Tokenizers
package import Tokens

/// Whether enumerations are scored, and what their probabilities are divided by.
package struct LabelPolicy: Sendable, Equatable {
  /// Whether labels are scored.
  package var isOn: Bool
  /// Priors in the order of the labels, by the pattern of the value's pointer.
  package var priors: [String: [Double]]
  /// The probability from which on a value that may be missing is not found, nil for what is most probable.
  package var absenceBound: Double?

  /// Creates a policy.
  package init(isOn: Bool, priors: [String: [Double]]) {
    self.isOn = isOn
    self.priors = priors
  }

  /// Enumerations are chosen token by token.
  package static let ignored = LabelPolicy(isOn: false, priors: [:])
}

/// The scores of one enumeration in an answer.
package struct ScoredLabels: Sendable, Equatable {
  /// The place of the value in the generated text.
  package var pointer: JSONPointer
  /// The spellings of the labels, in the order of the schema.
  package var labels: [[UInt8]]
  /// Their probabilities, normalized.
  package var probabilities: [Double]
  /// The sum of the probabilities before they were normalized.
  package var mass: Double
  /// The probabilities divided by their priors and normalized, where there are priors.
  package var calibrated: [Double]?
  /// The label that was taken.
  package var chosen: Int
  /// The number of the answer's tokens before the first that some label does not share with the text before it.
  package var tokenStart = 0
  /// The number of the answer's tokens up to the one that ends the label, that one included.
  package var tokenEnd = 0

  /// Creates scores.
  package init(
    pointer: JSONPointer, labels: [[UInt8]], probabilities: [Double], mass: Double,
    calibrated: [Double]?, chosen: Int
  ) {
    self.pointer = pointer
    self.labels = labels
    self.probabilities = probabilities
    self.mass = mass
    self.calibrated = calibrated
    self.chosen = chosen
  }

  /// The number of the label that says "not found", nil where there is none.
  package var absence: Int? { labels.firstIndex { Self.isAbsence($0) } }

  /// Whether a label says "not found": it alone is no scalar.
  package static func isAbsence(_ label: [UInt8]) -> Bool { label.first == UInt8(ascii: "{") }

  /// The pattern of a pointer: places in lists become stars.
  package static func pattern(of pointer: JSONPointer) -> String {
    JSONPointer(steps: pointer.steps.map { Int($0) == nil ? $0 : "*" }).description
  }
}

/// How probable it was that a value is not found.
package struct ScoredAbsence: Sendable, Equatable {
  /// The place of the value in the generated text.
  package var pointer: JSONPointer
  /// The probability of "not found" after the mask, where the answer decided.
  package var probability: Double
  /// The number of the answer's tokens before the decision.
  package var tokenStart: Int
  /// The probability of what has been said since, as far as it leaves both possible.
  var undecided = 0.0

  /// Creates a score.
  package init(pointer: JSONPointer, probability: Double, tokenStart: Int) {
    self.pointer = pointer
    self.probability = probability
    self.tokenStart = tokenStart
  }
}

/// The token tree of an enumeration that starts at a place of an answer.
package struct LabelQuestion: Sendable {
  /// A token of one or several paths.
  package struct Node: Sendable {
    /// The token.
    package let token: TokenID
    /// The number of the node before it, -1 at the root.
    package let parent: Int
    /// The number of tokens from the root, one for its children.
    package let depth: Int
  }

  /// One label.
  package struct Label: Sendable {
    /// The canonical spelling.
    package let spelling: [UInt8]
    /// The tokens behind the common ones, without the one that holds the terminator.
    package let path: [TokenID]
    /// The last node of the path, -1 if the path is empty.
    package let node: Int
    /// The legal tokens that end the label here.
    package let endings: [TokenID]
    /// The bytes of the label that the path does not hold.
    package let rest: [UInt8]
  }

  /// What stands between the last token before the question and the labels.
  package let withheld: [UInt8]
  /// The tokens that all labels share; they come before the root and may hold what is withheld.
  package let common: [TokenID]
  /// The nodes, each after its parent.
  package private(set) var nodes: [Node] = []
  /// The labels, in the order of the schema.
  package private(set) var labels: [Label] = []
  /// The nodes that follow each node, the root's first.
  package private(set) var children: [[Int]] = [[]]

  /// The tokens of the longest label and of its shortest completion, with room for one long token.
  package private(set) var need = 0

  /// How many labels are scored.
  package static let labelCounts = 2...255
  /// The longest path in tokens; caches can go back by 64.
  private static let depthLimit = 60
  /// More tokens than a token that ends a label can add to the shortest completion.
  private static let margin = 64

  /// Prepares the scoring of labels.
  ///
  /// - Parameters:
  ///   - spellings: The labels, in the order of the schema.
  ///   - withheld: What stands between the last token and the labels.
  ///   - constraint: The state after the last token.
  /// - Returns: Nil where there are too few or too many labels, or one cannot be spelled.
  package init?(
    _ spellings: [[UInt8]], withheld: [UInt8], constraint: any TokenConstraint,
    tokenizer: any Tokenizer
  ) {
    var unique: [[UInt8]] = []
    var seen: Set<[UInt8]> = []
    for spelling in spellings where seen.insert(spelling).inserted { unique.append(spelling) }
    guard Self.labelCounts.contains(unique.count) else { return nil }
    self.withheld = withheld
    let vocabulary = tokenizer.vocabulary
    var paths: [[TokenID]] = []
    for spelling in unique {
      guard !spelling.isEmpty else { return nil }
      let isText = Self.isText(spelling)
      var text = withheld + spelling
      let end = text.count - (isText ? 1 : 0)
      if !isText {
        text += Self.terminator(after: text, constraint, tokenizer).map { [$0] } ?? []
      }
      var path: [TokenID] = []
      var count = 0
      for token in tokenizer.encode(text).tokens {
        let next = count + vocabulary.bytes(of: token).count
        guard next <= end else { break }
        path.append(token)
        count = next
      }
      paths.append(path)
    }
    var shared = paths[0].count
    for path in paths {
      shared = min(shared, path.count)
      shared = (0..<shared).first { path[$0] != paths[0][$0] } ?? shared
    }
    common = Array(paths[0].prefix(shared))

    var known: [[TokenID]: Int] = [[]: -1]
    var mask = TokenMask(count: vocabulary.count)
    for (spelling, whole) in zip(unique, paths) {
      let path = Array(whole.dropFirst(shared))
      guard path.count <= Self.depthLimit else { return nil }
      var node = -1
      for depth in 0..<path.count {
        let prefix = Array(path.prefix(depth + 1))
        if let number = known[prefix] {
          node = number
          continue
        }
        nodes.append(Node(token: path[depth], parent: node, depth: depth + 1))
        children.append([])
        children[node + 1].append(nodes.count - 1)
        node = nodes.count - 1
        known[prefix] = node
      }
      var state = constraint
      for token in whole where !state.accept(token) { return nil }
      let spelled = whole.reduce(0) { $0 + vocabulary.bytes(of: $1).count }
      let rest = Array((withheld + spelling).dropFirst(spelled))
      need = max(need, whole.count + state.need + rest.count + Self.margin)
      state.fillMask(&mask, remaining: Int.max)
      let endings = Self.endings(
        of: rest, isText: Self.isText(spelling), in: mask, of: vocabulary)
      guard !endings.isEmpty else { return nil }
      labels.append(
        Label(spelling: spelling, path: path, node: node, endings: endings, rest: rest))
    }
  }

  /// The length of the longest path.
  package var depth: Int { nodes.reduce(0) { max($0, $1.depth) } }

  private static func isText(_ spelling: [UInt8]) -> Bool { spelling.first == UInt8(ascii: "\"") }

  /// The bytes that may stand after a value that is no text.
  private static let terminators = Array(",}]\n".utf8)

  /// Returns a byte that may stand after a value that is no text, nil if only the end may.
  private static func terminator(
    after text: [UInt8], _ constraint: any TokenConstraint, _ tokenizer: any Tokenizer
  ) -> UInt8? {
    var state = constraint
    for token in tokenizer.encode(text).tokens where !state.accept(token) { return nil }
    let vocabulary = tokenizer.vocabulary
    var mask = TokenMask(count: vocabulary.count)
    state.fillMask(&mask, remaining: Int.max)
    let first = mask.allowed.compactMap { vocabulary.bytes(of: $0).first }
    return terminators.first { first.contains($0) }
  }

  /// Returns the tokens of a mask that spell the rest of a label and then a terminator.
  private static func endings(
    of rest: [UInt8], isText: Bool, in mask: TokenMask, of vocabulary: Vocabulary
  ) -> [TokenID] {
    mask.allowed.filter { token in
      if vocabulary.endOfText.contains(token) { return !isText && rest.isEmpty }
      let bytes = vocabulary.bytes(of: token)
      // The rest of a text holds its closing quote.
      guard bytes.starts(with: rest) else { return false }
      return isText || bytes.dropFirst(rest.count).first.map(terminators.contains) == true
    }
  }
}
