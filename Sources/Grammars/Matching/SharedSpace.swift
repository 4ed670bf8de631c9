// The states of one grammar under one vocabulary as generations share them: growth under a mutex, everything
// that a generation stands on published once and read without it.
//
// A space only grows. When it has grown large, generations go on in a fresh one, where they repeat their moves,
// and the old one goes with the last that leaves it; what a state allows does not depend on the space.

import Synchronization
import Tokens

/// A growing space of states, shared.
final class SharedSpace: Sendable {
  let trie: TokenTrie
  let start: PublishedState
  private let space: Mutex<StateSpace>
  /// Whether the space has grown so large that generations should leave it.
  private let isOverfull = Atomic(false)

  private let greatestByteCount: Int

  init(_ space: consuming StateSpace, greatestByteCount: Int) {
    var space = space
    self.greatestByteCount = greatestByteCount
    trie = space.trie
    start = space.published(space.start)
    self.space = Mutex(space)
  }

  /// The number of states made so far.
  var stateCount: Int { space.withLock { $0.configurations.count } }

  /// Whether generations should go on in a fresh space.
  var isSpent: Bool { isOverfull.load(ordering: .relaxed) }

  private func judge(_ space: borrowing StateSpace) {
    if space.byteCount > greatestByteCount || space.needs.automaton.isExhausted {
      isOverfull.store(true, ordering: .relaxed)
    }
  }

  /// Lends the states, which others wait for meanwhile.
  func withStates(_ body: (inout StateSpace) -> Void) {
    space.withLock { body(&$0) }
  }

  /// Returns the place in the schema of what is being written in a state.
  func place(_ state: PublishedState) -> String {
    space.withLock { $0.place(state.configuration) }
  }

  /// Returns the ordinary mask of a state.
  @inline(__always)
  func mask(_ state: PublishedState) -> PublishedMask {
    state.mask.load() ?? newMask(state)
  }

  private func newMask(_ state: PublishedState) -> PublishedMask {
    space.withLock { space -> PublishedMask in
      if let known = state.mask.load() { return known }
      let mask = space.newMask(state.configuration)
      judge(space)
      return state.mask.storeIfNil(mask)
    }
  }

  /// Returns the tokens after which `need` is at most a bound, nil if they take more work than the limit.
  func mask(_ state: PublishedState, bound: Int) -> [UInt64]? {
    space.withLock { space in
      let mask = space.mask(state.configuration, bound: bound)
      return mask.isExhausted ? nil : mask.words
    }
  }

  /// Returns the move from a state by a token, nil if the token cannot follow.
  func newMove(_ state: PublishedState, _ token: TokenID) -> PublishedMove? {
    let bytes = trie.vocabulary.bytes(of: token)
    return space.withLock { space -> PublishedMove? in
      let (configuration, met) = space.follow(state.configuration, bytes)
      guard configuration >= 0 else { return nil }
      let move = PublishedMove(token: token, target: space.published(configuration), met: met)
      state.publish(move)
      judge(space)
      return move
    }
  }

  /// Returns the bytes of the only continuation.
  func dictated(_ state: PublishedState, limit: Int) -> DictatedText {
    space.withLock { $0.dictated(state.configuration, limit: limit) }
  }
}

extension StateSpace {
  /// Returns the state of a configuration as generations share it.
  mutating func published(_ number: Int32) -> PublishedState {
    if let known = publishedStates[number] { return known }
    let configuration = configurations[Int(number)]
    var isFreeText = false
    if !configuration.isComplete, configuration.labels < 0, configuration.threads.count == 1 {
      let node = needs.automaton.regexes.nodes[Int(configuration.threads[0].term)]
      isFreeText =
        node.kind == .text && Int(node.a) == TextAutomaton.body && node.b == 0 && node.c < 0
    }
    let state = PublishedState(
      configuration: number, need: configurationNeeds[Int(number)],
      isComplete: configuration.isComplete, labels: configuration.labels, isFreeText: isFreeText)
    publishedStates[number] = state
    if let mask = knownTextMask(number) { _ = state.mask.storeIfNil(mask) }
    return state
  }

  /// Returns the place in the schema of the innermost array or object around a configuration.
  func place(_ configuration: Int32) -> String {
    guard let thread = configurations[Int(configuration)].threads.first else { return "" }
    var rest = thread.rest
    while continuations[Int(rest)].step != .end {
      let node = continuations[Int(rest)]
      var place: Int32 = 0
      switch node.step {
      case .value: place = grammar.definitions[Int(node.a)].place
      case .array, .element, .afterElement: place = grammar.arrays[Int(node.a)].place
      case .object, .keys, .member, .newMember, .newKey, .afterKey:
        place = grammar.objects[Int(node.a)].place
      case .leaf, .end: break
      }
      if place != 0 { return grammar.places[Int(place)] }
      rest = node.next
    }
    return ""
  }

  /// Returns the ordinary mask of a configuration as generations share it.
  mutating func newMask(_ configuration: Int32) -> PublishedMask {
    if let known = knownTextMask(configuration) { return known }
    let computed = mask(configuration)
    let result = PublishedMask(computed, trie, keepingIn: &cache.words)
    maskByteCount += result.byteCount
    if let far = farText(configuration) { textMasks[far.place] = result }
    return result
  }

  /// Returns the mask of a string whose length is far from its bounds, nil for other states and while none of them
  /// was computed.
  private mutating func knownTextMask(_ configuration: Int32) -> PublishedMask? {
    guard !textMasks.isEmpty, let far = farText(configuration),
      let known = textMasks[far.place]
    else { return nil }
    guard let need = far.need else { return known }
    maskByteCount += 96
    return PublishedMask(known, greatestNeed: need)
  }

  /// Returns the place of the mask of a string whose length is far from its bounds, so that all such masks are
  /// the same; nil for other states.
  ///
  /// Where the string may not end yet, the greatest need differs and is told too.
  private mutating func farText(_ configuration: Int32) -> (place: Int64, need: Int?)? {
    let state = configurations[Int(configuration)]
    guard state.threads.count == 1, !state.isComplete, let thread = state.threads.first else {
      return nil
    }
    let node = needs.automaton.regexes.nodes[Int(thread.term)]
    guard node.kind == .text, Int(node.a) == TextAutomaton.body, node.b > 0 || node.c >= 0,
      node.c < 0 || Int(node.c) >= trie.greatestCharacterCount,
      node.c < 0 || Int(node.c) >= trie.greatestExitCount,
      node.b == 0 || Int(node.b) > trie.greatestExitCount
    else { return nil }
    if node.b == 0 { return (Int64(thread.rest) << 1, nil) }
    let need =
      trie.costs.need(TextAutomaton.body, least: Int(node.b)) + TextAutomaton.Costs.longestTail
      + restNeeds[Int(thread.rest)]
    return (Int64(thread.rest) << 1 | 1, need)
  }

  /// About how many bytes the space takes.
  var byteCount: Int {
    maskByteCount + leafByteCount + cache.words.byteCount + configurations.count * 320
      + continuations.count * 144 + needs.automaton.byteCount
  }

  /// Follows the bytes of a token; the result is `dead` if they cannot follow.
  mutating func follow(_ configuration: Int32, _ bytes: ArraySlice<UInt8>) -> (Int32, [Int32]) {
    var at = configuration
    var met: [Int32] = []
    guard !bytes.isEmpty else { return (Self.dead, []) }
    for byte in bytes {
      at = next(at, byte)
      if at == Self.dead { return (at, []) }
      let places = configurations[Int(at)].places
      if !places.isEmpty { met.append(contentsOf: places) }
    }
    return (at, met)
  }

  /// Returns an upper bound of the amount by which one token can raise `need`.
  ///
  /// A byte raises it most where it chooses the dearest of several ways.
  mutating func greatestRise() -> Int {
    // The elements taken can leave nothing but the dearest of many.
    if grammar.arrays.contains(where: { $0.isUnique && $0.keepsTrail }) { return Self.unreachable }
    var perByte = TextAutomaton.Costs.longestTail + 1
    for definition in grammar.definitions {
      let leaf = needs.automaton.need(definition.leaf)
      if leaf < Self.unreachable { perByte = max(perByte, leaf + 1) }
      for array in definition.arrays {
        let need = needs.greatestArrayRest(array)
        if need < Self.unreachable { perByte = max(perByte, need + 2) }
        for option in grammar.arrays[Int(array)].prefix.joined() + grammar.arrays[Int(array)].items
        {
          let need = needs.values[Int(option.value)]
          if need < Self.unreachable { perByte = max(perByte, need + 2) }
        }
      }
      for object in definition.objects {
        let need = needs.greatestObjectRest(object)
        if need < Self.unreachable { perByte = max(perByte, need + 2) }
        for key in grammar.objects[Int(object)].keys {
          for option in key.options where !needs.isUnreachable(option.value) {
            perByte = max(
              perByte, needs.automaton.need(key.later) + needs.values[Int(option.value)] + 1)
          }
        }
        for key in grammar.objects[Int(object)].newKeys {
          for option in key.options where !needs.isUnreachable(option.value) {
            perByte = max(perByte, needs.values[Int(option.value)] + key.cost + 16)
          }
        }
      }
    }
    let (result, overflow) = perByte.multipliedReportingOverflow(
      by: max(1, trie.vocabulary.longestTextByteCount))
    return overflow ? Self.unreachable : min(result, Self.unreachable)
  }

  /// Whether an enumeration of several labels starts at a configuration.
  private func startsLabels(_ configuration: Int32) -> Bool {
    let number = configurations[Int(configuration)].labels
    return number >= 0 && grammar.labels[Int(number)].count > 1
  }

  /// Returns the bytes that may follow, in ascending order, up to a limit.
  mutating func nextBytes(_ configuration: Int32, limit: Int) -> [UInt8] {
    var result: [UInt8] = []
    for byte in 0..<256 where trie.vocabulary.spellsByte[byte] {
      for thread in configurations[Int(configuration)].threads
      where needs.automaton.next(thread.term, UInt8(byte)) != RegexSet.nothing {
        result.append(UInt8(byte))
        break
      }
      if result.count >= limit { break }
    }
    return result
  }

  /// Returns the bytes of the only continuation, at most up to an enumeration.
  mutating func dictated(_ configuration: Int32, limit: Int) -> DictatedText {
    var at = configuration
    var bytes: [UInt8] = []
    while bytes.count < limit {
      if configurations[Int(at)].isComplete {
        return DictatedText(bytes: bytes, endsAnswer: configurations[Int(at)].threads.isEmpty)
      }
      if startsLabels(at) { return DictatedText(bytes: bytes, endsAnswer: false) }
      let following = nextBytes(at, limit: 2)
      guard following.count == 1 else { break }
      let next = self.next(at, following[0])
      if next == Self.dead { break }
      bytes.append(following[0])
      at = next
    }
    let state = configurations[Int(at)]
    return DictatedText(bytes: bytes, endsAnswer: state.isComplete && state.threads.isEmpty)
  }
}
