// One document as text that answers may quote: its substrings, spelled as JSON strings spell them.
//
// The automaton's symbols are scalars, so that no quote begins or ends inside a scalar or an escape. A quote that
// ends between the bytes of a scalar's spelling is a state with a part of that spelling.

import Synchronization
package import Tokens

/// A document whose substrings can be quoted, shared by all answers about it.
package final class QuotableText: Sendable {
  private let automaton: SuffixAutomaton
  private let table: QuoteTable
  /// The tokens that may follow an opening quotation mark, computed once.
  private let openers = Mutex<[QuoteTable.Match]?>(nil)

  /// Prepares a text.
  package init(_ text: String, table: QuoteTable) {
    automaton = SuffixAutomaton(text.unicodeScalars.map(\.value))
    self.table = table
  }

  /// Whether there is anything to quote.
  package var isEmpty: Bool {
    var found = false
    automaton.forEachEdge(of: SuffixAutomaton.root) { symbol, _ in
      if Self.spelling(of: symbol) != nil { found = true }
    }
    return !found
  }

  /// The place of a quote that is being written.
  package struct State: Sendable, Equatable {
    fileprivate var node = SuffixAutomaton.root
    /// The bytes of a scalar's spelling that are written already.
    fileprivate var part: [UInt8] = []

    /// The place behind an opening quotation mark.
    package init() {}

    /// Whether the quote may end here.
    package var isBetweenScalars: Bool { part.isEmpty }
  }

  /// Returns the state after one more byte of the quote, nil if the text has no such string.
  package func step(_ state: State, _ byte: UInt8) -> State? {
    var next = state
    next.part.append(byte)
    var isPart = false
    var target: Int?
    automaton.forEachEdge(of: state.node) { symbol, node in
      guard target == nil, let spelling = Self.spelling(of: symbol),
        spelling.starts(with: next.part)
      else { return }
      if spelling.count == next.part.count { target = node } else { isPart = true }
    }
    if let target {
      next.node = target
      next.part = []
      return next
    }
    return isPart ? next : nil
  }

  /// Returns the tokens that may follow, with those that begin to close the quote.
  func matches(from state: State) -> [QuoteTable.Match] {
    guard state == State() else { return walk(from: state) }
    if let known = openers.withLock({ $0 }) { return known }
    let found = walk(from: state)
    openers.withLock { $0 = found }
    return found
  }

  private func walk(from state: State) -> [QuoteTable.Match] {
    var found: [QuoteTable.Match] = []
    walk(state.node, state.part, table.all, 0, &found)
    return found
  }

  /// Follows the edges of a node as far as tokens go.
  private func walk(
    _ node: Int, _ part: [UInt8], _ range: Range<Int>, _ depth: Int,
    _ found: inout [QuoteTable.Match]
  ) {
    if part.isEmpty {
      let closing = table.narrow(range, depth, UInt8(ascii: "\""))
      for place in closing { found.append(.init(token: table.token(at: place), closes: true)) }
    }
    automaton.forEachEdge(of: node) { symbol, target in
      guard let spelling = Self.spelling(of: symbol), spelling.starts(with: part) else { return }
      var range = range
      var depth = depth
      for index in part.count..<spelling.count {
        range = table.narrow(range, depth, spelling[index])
        guard !range.isEmpty else { return }
        depth += 1
        let ended = table.ended(range, depth)
        // A token may leave a scalar unfinished only where single bytes can finish it.
        let isWhole = index + 1 == spelling.count
        if isWhole || table.spells(spelling[(index + 1)...]) {
          for place in ended { found.append(.init(token: table.token(at: place), closes: false)) }
        }
        range = ended.upperBound..<range.upperBound
        guard !range.isEmpty else { return }
      }
      walk(target, [], range, depth, &found)
    }
  }

  /// Returns how a JSON string spells a scalar, nil for control characters without a short escape.
  private static func spelling(of symbol: UInt32) -> [UInt8]? {
    switch symbol {
    case 0x22: return [0x5C, 0x22]
    case 0x5C: return [0x5C, 0x5C]
    case 0x08: return [0x5C, 0x62]
    case 0x0C: return [0x5C, 0x66]
    case 0x0A: return [0x5C, 0x6E]
    case 0x0D: return [0x5C, 0x72]
    case 0x09: return [0x5C, 0x74]
    case 0..<0x20: return nil
    case 0..<0x80: return [UInt8(symbol)]
    default:
      guard let scalar = Unicode.Scalar(symbol) else { return nil }
      return UTF8.encode(scalar).map { Array($0) }
    }
  }
}

/// The tokens of a vocabulary in the order of their bytes.
package final class QuoteTable: Sendable {
  /// A token that may come next in a quote.
  struct Match {
    var token: TokenID
    /// Whether it holds the closing quotation mark.
    var closes: Bool
  }

  let vocabulary: Vocabulary
  private let order: [Int32]
  /// The tokens with a quotation mark that is not their last byte.
  let openingTokens: [TokenID]

  /// Sorts the text tokens of a vocabulary.
  package init(_ vocabulary: Vocabulary) {
    self.vocabulary = vocabulary
    let bytes = vocabulary.bytes
    let offsets = vocabulary.offsets
    order = (0..<Int32(vocabulary.count)).filter {
      vocabulary.kinds[Int($0)] == .text && offsets[Int($0)] < offsets[Int($0) + 1]
    }.sorted { a, b in
      bytes[Int(offsets[Int(a)])..<Int(offsets[Int(a) + 1])]
        .lexicographicallyPrecedes(bytes[Int(offsets[Int(b)])..<Int(offsets[Int(b) + 1])])
    }
    openingTokens = order.map { TokenID(Int($0)) }.filter { token in
      vocabulary.bytes(of: token).dropLast().contains(UInt8(ascii: "\""))
    }
  }

  /// The places of all tokens.
  var all: Range<Int> { 0..<order.count }

  func token(at place: Int) -> TokenID { TokenID(Int(order[place])) }

  /// Whether each of some bytes is a token of its own.
  func spells(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.allSatisfy { vocabulary.spellsByte[Int($0)] }
  }

  /// Returns the tokens that go on with a byte, of those that agree in the bytes before it.
  func narrow(_ range: Range<Int>, _ depth: Int, _ byte: UInt8) -> Range<Int> {
    let from = firstPlace(in: range, depth, atLeast: Int(byte))
    return from..<firstPlace(in: from..<range.upperBound, depth, atLeast: Int(byte) + 1)
  }

  /// Returns the tokens of exactly so many bytes, of those that agree in them.
  func ended(_ range: Range<Int>, _ depth: Int) -> Range<Int> {
    range.lowerBound..<firstPlace(in: range, depth, atLeast: 0)
  }

  /// Returns the first token whose byte at a depth is at least a bound; a token that has ended comes first.
  private func firstPlace(in range: Range<Int>, _ depth: Int, atLeast bound: Int) -> Int {
    var low = range.lowerBound
    var high = range.upperBound
    while low < high {
      let middle = (low + high) / 2
      let token = Int(order[middle])
      let at = Int(vocabulary.offsets[token]) + depth
      let value = at < Int(vocabulary.offsets[token + 1]) ? Int(vocabulary.bytes[at]) : -1
      if value < bound { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
