// The states of generations under one grammar and one vocabulary, made as they are met.
//
//   thread        = a leaf's term and what comes after the leaf (a continuation)
//   continuation  = a step of the grammar and the continuation after it: a stack, shared by hash-consing
//   configuration = the threads that are possible now: several where alternatives are still open
//
// A configuration is closed: where a term may end here, the threads of what follows are in it too.

import Tokens

/// A growing table of configurations.
struct StateSpace: Sendable {
  struct Thread: Hashable, Sendable {
    var term: Term
    var rest: Int32
  }

  struct Configuration: Equatable, Sendable {
    var threads: [Thread]
    var isComplete: Bool
    var labels: Int32
    /// The queue limits that restrict what may follow here.
    var places: [Int32]

    fileprivate var hash: UInt64 {
      var hash = WordHash()
      hash.combine(labels, isComplete ? 1 : 0)
      for thread in threads { hash.combine(thread.term, thread.rest) }
      for place in places { hash.combine(place, -1) }
      return hash.value
    }
  }

  static let unreachable = LeafAutomaton.unreachable
  static let dead: Int32 = -1

  let grammar: Grammar
  let trie: TokenTrie
  var needs: DefinitionNeeds
  var continuations: [Continuation] = []
  private var continuationNumbers = NumberTable()
  private(set) var restNeeds: [Int] = []
  private var restDepths: [Int32] = []
  /// Whether values before a continuation are spelled as elements that must differ are.
  private var restIsDistinct: [Bool] = []
  private var starts: [Int32] = []
  var configurations: [Configuration] = []
  private(set) var configurationNeeds: [Int] = []
  private var configurationNumbers = NumberTable()
  private var edges = EdgeTable()
  private(set) var start: Int32 = 0
  /// Whether the limits of compilation were met; the states mean nothing then.
  var isExhausted = false
  /// The elements taken where they must differ and may be arrays or objects.
  var elements = SpelledValues()
  var cache = MaskCache()
  /// The states on which generations stand.
  var publishedStates: [Int32: PublishedState] = [:]
  /// The masks of strings far from the bounds on their lengths, by what follows and whether they may not end yet.
  var textMasks: [Int64: PublishedMask] = [:]
  /// The bytes of the parts of masks that are kept.
  var leafByteCount = 0
  /// The bytes of the masks that are kept.
  var maskByteCount = 0

  init(grammar: Grammar, trie: TokenTrie) {
    self.grammar = grammar
    self.trie = trie
    if trie.vocabulary.spellsByte.contains(false) {
      needs = DefinitionNeeds(
        grammar.definitions, arrays: grammar.arrays, objects: grammar.objects,
        punctuation: grammar.punctuation,
        automaton: LeafAutomaton(
          regexes: grammar.regexes, spells: trie.vocabulary.spellsByte, costs: trie.costs))
    } else {
      needs = grammar.needs
    }
    settleElementCosts()
    var rest = continuation(Continuation(step: .end))
    rest = continuation(Continuation(step: .leaf, a: grammar.punctuation.margin, next: rest))
    rest = continuation(Continuation(step: .value, a: grammar.root, next: rest))
    rest = continuation(Continuation(step: .leaf, a: grammar.punctuation.margin, next: rest))
    start = begin(rest)
    isExhausted = isExhausted || needs.automaton.isExhausted
    needs.automaton.isCounting = false
  }

  /// Whether there is no value at all.
  var isEmpty: Bool { start < 0 || configurationNeeds[Int(start)] >= Self.unreachable }

  // MARK: - Continuations

  mutating func continuation(_ node: Continuation) -> Int32 {
    let hash = node.hash
    var place = 0
    while let known = continuationNumbers.candidate(hash, &place) {
      if continuations[Int(known)] == node { return known }
    }
    let next = Int(node.next)
    let need: Int
    switch node.step {
    case .end: need = 1
    case .leaf: need = needs.automaton.need(node.a) + restNeeds[next]
    case .value: need = needs.values[Int(node.a)] + restNeeds[next]
    case .array: need = arrayNeed(node)
    case .afterElement: need = needs.arrayRest(node.a, Int(node.b), node.ledger) + restNeeds[next]
    case .element: need = leastElement(node)
    case .object:
      need =
        needs.objectRest(node.a, Int(node.b >> 1), node.ledger, isFirst: node.b & 1 == 1)
        + restNeeds[next]
    case .keys: need = least(members(node, depth: Int(restDepths[next]) + 1).ways)
    case .member, .newMember: need = least(memberOptions(node))
    case .newKey:
      var least = Self.unreachable
      for kind in grammar.objects[Int(node.a)].newKeys.indices {
        let key = freshKey(node, kind)
        least = min(
          least, needs.automaton.need(key) + needs.afterNewKey(node.a, kind, node.ledger))
      }
      need = least + restNeeds[next]
    case .afterKey:
      need = needs.afterNewKey(node.a, Int(node.b), node.ledger) + restNeeds[next]
    }
    let number = Int32(continuations.count)
    continuations.append(node)
    continuationNumbers.insert(number, hash)
    restNeeds.append(min(need, Self.unreachable))
    switch node.step {
    case .end: restDepths.append(0)
    case .array, .object, .keys: restDepths.append(restDepths[next] + 1)
    // An element that must be new is as deep as one that stands alone: both are compared.
    case .afterElement where grammar.arrays[Int(node.a)].keepsTrail: restDepths.append(0)
    default: restDepths.append(restDepths[next])
    }
    restIsDistinct.append(node.step == .end ? node.a != 0 : restIsDistinct[next])
    starts.append(-1)
    return number
  }

  /// Returns the keys of a kind that do not stand yet.
  private mutating func freshKey(_ node: Continuation, _ kind: Int) -> Term {
    let keys = grammar.objects[Int(node.a)].newKeys[kind]
    if keys.isDeclared {
      // Its only text is new or not, so that nothing taken must go with the term.
      if needs.automaton.regexes.keys.contains(node.used, keys.key) { return RegexSet.nothing }
      return needs.automaton.regexes.freshKey(keys.text, key: KeyPool.root, taken: KeyPool.none)
    }
    return needs.automaton.regexes.freshKey(keys.text, key: KeyPool.root, taken: node.c)
  }

  private mutating func rest(
    _ step: Continuation.Step, _ a: Int32, _ b: Int32 = 0, _ c: Int32 = 0, used: Int32 = 0,
    owes ledger: Ledger = Ledger(), then next: Int32
  ) -> Int32 {
    continuation(
      Continuation(step: step, a: a, b: b, c: c, next: next, used: used, ledger: ledger))
  }

  /// A way to go on: a term, or the value of a definition if there is none.
  private struct Way {
    var term: Term?
    var value: Int32
    var rest: Int32
    var startsTrail = false
  }

  private mutating func least(_ ways: [Way]) -> Int {
    var least = Self.unreachable
    for way in ways {
      let rest = restNeeds[Int(way.rest)]
      if let term = way.term {
        least = min(least, needs.automaton.need(term) + rest)
      } else {
        least = min(least, needs.values[Int(way.value)] + rest)
      }
    }
    return least
  }

  /// The need of an array.
  ///
  /// Where an element is owed that must be new, what is taken counts: the threads at the array say the same.
  private mutating func arrayNeed(_ node: Continuation) -> Int {
    let array = grammar.arrays[Int(node.a)]
    let count = Int(node.b)
    guard array.isUnique, count < array.least || !array.isPaid(node.ledger),
      count < array.greatest
    else { return needs.arrayRest(node.a, count, node.ledger) + restNeeds[Int(node.next)] }
    let inside = rest(.element, node.a, node.b, node.c, owes: node.ledger, then: node.next)
    if count == 0, !array.breaksLines { return restNeeds[Int(inside)] }
    let gap =
      count == 0
      ? grammar.punctuation.lineStart
      : array.breaksLines ? grammar.punctuation.lineComma : grammar.punctuation.comma
    return needs.automaton.need(gap) + restNeeds[Int(inside)]
  }

  /// The bytes from before an element, which must perhaps be new.
  private mutating func leastElement(_ node: Continuation) -> Int {
    let ways = elementOptions(node)
    guard grammar.arrays[Int(node.a)].keepsTrail else { return least(ways) }
    var least = Self.unreachable
    for way in ways {
      let need = newValueNeed(way.value, node.c, of: node.a)
      least = min(least, need + restNeeds[Int(way.rest)])
    }
    return least
  }

  /// The ways through the element of an array.
  private mutating func elementOptions(_ node: Continuation) -> [Way] {
    let array = grammar.arrays[Int(node.a)]
    let count = Int(node.b)
    // Without an upper bound, counts beyond the last that matters are one state.
    var next = count + 1
    if array.greatest == .max { next = min(next, max(array.least, array.prefix.count, 1)) }
    var ways: [Way] = []
    for option in array.item(count) {
      guard let ledger = array.adding(option, to: node.ledger) else { continue }
      if array.isUnique {
        let rest = rest(
          .afterElement, node.a, Int32(clamping: next), node.c, owes: ledger, then: node.next)
        let leaf = grammar.definitions[Int(option.value)].distinctLeaf
        if array.keepsTrail {
          ways.append(Way(term: nil, value: option.value, rest: rest, startsTrail: true))
          continue
        }
        let left = needs.automaton.texts(of: leaf, without: node.c)
        let fresh = needs.automaton.regexes.freshKey(
          left ?? leaf, key: KeyPool.root, taken: left == nil ? node.c : KeyPool.none)
        ways.append(Way(term: fresh, value: option.value, rest: rest))
      } else {
        let rest = rest(
          .array, node.a, Int32(clamping: next), owes: ledger, then: node.next)
        ways.append(Way(term: nil, value: option.value, rest: rest))
      }
    }
    return ways
  }

  /// The ways through the value of a member.
  private mutating func memberOptions(_ node: Continuation) -> [Way] {
    let object = grammar.objects[Int(node.a)]
    let isDeclared = node.step == .member
    let place = isDeclared ? Int(node.b) + 1 : object.keys.count
    let options =
      isDeclared ? object.keys[Int(node.b)].options : object.newKeys[Int(node.b)].options
    var ways: [Way] = []
    for option in options {
      guard let ledger = object.adding(option.bits, to: node.ledger) else { continue }
      let rest = rest(
        .object, node.a, Int32(place) << 1, node.c, used: node.used, owes: ledger,
        then: node.next)
      ways.append(Way(term: nil, value: option.value, rest: rest))
    }
    return ways
  }

  private mutating func beginWays(_ ways: [Way], _ builder: inout Builder) {
    for way in ways {
      if let term = way.term {
        add(term, then: way.rest, to: &builder)
        continue
      }
      let inside = rest(.value, way.value, then: way.rest)
      if restNeeds[Int(inside)] < Self.unreachable {
        let trail = way.startsTrail ? KeyPool.root : builder.trail
        merge(begin(inside, trail: trail), into: &builder)
      }
    }
  }

  // MARK: - Configurations

  /// The threads of a configuration under construction.
  struct Builder {
    var threads: [Thread] = []
    var isComplete = false
    var labels: Int32 = -1
    var places: [Int32] = []
    /// The text so far of the element that is inside and must be new, -1 outside of one.
    var trail: Int32 = -1

    mutating func note(_ place: Int32) {
      if place != 0, !places.contains(place) { places.append(place) }
    }

    mutating func merge(_ other: Configuration) {
      threads.append(contentsOf: other.threads)
      if other.isComplete { isComplete = true }
      if other.labels >= 0 { labels = other.labels }
      for place in other.places { note(place) }
    }
  }

  mutating func finish(_ builder: Builder) -> Int32 {
    var builder = builder
    if builder.threads.count > 1 {
      builder.threads.sort { ($0.term, $0.rest) < ($1.term, $1.rest) }
      var unique: [Thread] = []
      for thread in builder.threads where unique.last != thread { unique.append(thread) }
      builder.threads = unique
    }
    for thread in builder.threads { builder.note(needs.automaton.regexes.limitPlace(thread.term)) }
    if builder.threads.isEmpty && !builder.isComplete { return Self.dead }
    let isEnumeration = builder.threads.count == 1 && !builder.isComplete
    let configuration = Configuration(
      threads: builder.threads, isComplete: builder.isComplete,
      labels: isEnumeration ? builder.labels : -1, places: builder.places.sorted())
    let hash = configuration.hash
    var place = 0
    while let known = configurationNumbers.candidate(hash, &place) {
      if configurations[Int(known)] == configuration { return known }
    }
    let number = Int32(configurations.count)
    configurationNumbers.insert(number, hash)
    configurations.append(configuration)
    var need = configuration.isComplete ? 1 : Self.unreachable
    for thread in configuration.threads { need = min(need, self.need(thread)) }
    configurationNeeds.append(need)
    return number
  }

  mutating func need(_ thread: Thread) -> Int {
    newNeed(thread)
      ?? min(Self.unreachable, needs.automaton.need(thread.term) + restNeeds[Int(thread.rest)])
  }

  mutating func add(_ term: Term, then rest: Int32, to builder: inout Builder) {
    let term =
      builder.trail >= 0 ? needs.automaton.regexes.trail(term, key: builder.trail) : term
    if restNeeds[Int(rest)] >= Self.unreachable { return }
    if needs.automaton.need(term) >= Self.unreachable { return }
    if needs.automaton.regexes.isNullable[Int(term)] {
      builder.note(needs.automaton.regexes.limitPlace(term))
      merge(after(term, rest), into: &builder)
    }
    guard needs.automaton.hasMore(term) else { return }
    let thread = Thread(term: term, rest: rest)
    if let need = newNeed(thread), need >= Self.unreachable { return }
    builder.threads.append(thread)
  }

  mutating func merge(_ configuration: Int32, into builder: inout Builder) {
    if configuration >= 0 { builder.merge(configurations[Int(configuration)]) }
  }

  /// Makes a configuration that nothing may follow the start.
  mutating func startFromNothing() {
    start = Int32(configurations.count)
    configurations.append(
      Configuration(threads: [], isComplete: false, labels: -1, places: []))
    configurationNeeds.append(Self.unreachable)
  }

  /// Returns the configuration of one thread alone.
  mutating func single(_ thread: Thread) -> Int32 {
    finish(Builder(threads: [thread]))
  }

  /// Returns the configuration after a term that may end here.
  mutating func after(_ term: Term, _ rest: Int32) -> Int32 {
    var node = needs.automaton.regexes.nodes[Int(term)]
    var trail: Int32 = -1
    if node.kind == .trail {
      trail = node.b
      node = needs.automaton.regexes.nodes[Int(node.a)]
    }
    guard node.kind == .freshKey else { return begin(rest, trail: trail) }
    let step = continuations[Int(rest)]
    if step.step == .afterElement {
      let taken = needs.automaton.regexes.keys.adding(node.b, to: step.c)
      return begin(
        self.rest(.array, step.a, step.b, taken, owes: step.ledger, then: step.next))
    }
    var taken = step.c
    var used = step.used
    if grammar.objects[Int(step.a)].newKeys[Int(step.b)].isDeclared {
      used = needs.automaton.regexes.keys.adding(node.b, to: used)
    } else {
      taken = needs.automaton.regexes.keys.adding(node.b, to: taken)
    }
    var next = self.rest(
      .newMember, step.a, step.b, taken, used: used, owes: step.ledger, then: step.next)
    next = self.rest(.leaf, grammar.punctuation.colon, then: next)
    return begin(next, trail: trail)
  }

  /// Returns the configuration at the beginning of a continuation.
  mutating func begin(_ rest: Int32, trail: Int32 = -1) -> Int32 {
    if trail < 0, starts[Int(rest)] != -1 {
      return starts[Int(rest)] == -2 ? Self.dead : starts[Int(rest)]
    }
    var builder = Builder(trail: trail)
    let node = continuations[Int(rest)]
    switch node.step {
    case .end: builder.isComplete = true
    case .leaf: add(node.a, then: node.next, to: &builder)
    case .value: beginValue(node, &builder)
    case .array: beginArray(node, rest, &builder)
    case .element: beginWays(elementOptions(node), &builder)
    case .object: beginObject(node, rest, &builder)
    case .keys: beginWays(members(node, depth: Int(restDepths[Int(rest)])).ways, &builder)
    case .member, .newMember: beginWays(memberOptions(node), &builder)
    case .newKey:
      for kind in grammar.objects[Int(node.a)].newKeys.indices {
        let key = freshKey(node, kind)
        let next = self.rest(
          .afterKey, node.a, Int32(kind), node.c, used: node.used, owes: node.ledger,
          then: node.next)
        add(key, then: next, to: &builder)
      }
    case .afterElement where trail >= 0:
      builder.trail = -1
      guard let taken = taken(node.c, andElement: trail, of: node.a) else { return Self.dead }
      merge(
        begin(self.rest(.array, node.a, node.b, taken, owes: node.ledger, then: node.next)),
        into: &builder)
    case .afterKey, .afterElement:
      preconditionFailure("a new text is known before what follows it")
    }
    let result = finish(builder)
    if trail >= 0 { return result }
    starts[Int(rest)] = result == Self.dead ? -2 : result
    return result
  }

  private mutating func beginValue(_ node: Continuation, _ builder: inout Builder) {
    let definition = grammar.definitions[Int(node.a)]
    let isDeepest =
      definition.isRecursive && Int(restDepths[Int(node.next)]) >= grammar.limits.depth
    builder.labels = definition.labels
    let isDistinct = builder.trail >= 0 || restIsDistinct[Int(node.next)]
    let leaf = isDistinct ? definition.distinctLeaf : definition.leaf
    add(leaf, then: node.next, to: &builder)
    let least = needs.values[Int(node.a)] + restNeeds[Int(node.next)]
    for array in definition.arrays {
      let inside = rest(.array, array, owes: needs.start(ofArray: array), then: node.next)
      let need = needs.automaton.need(grammar.punctuation.openArray) + restNeeds[Int(inside)]
      if isDeepest && need > least {
        builder.note(definition.place)
        continue
      }
      add(grammar.punctuation.openArray, then: inside, to: &builder)
    }
    for object in definition.objects {
      let taken = grammar.objects[Int(object)].taken
      let inside = rest(
        .object, object, 1, taken, owes: needs.start(ofObject: object), then: node.next)
      let need = needs.automaton.need(grammar.punctuation.openObject) + restNeeds[Int(inside)]
      if isDeepest && need > least {
        builder.note(definition.place)
        continue
      }
      add(grammar.punctuation.openObject, then: inside, to: &builder)
    }
  }

  /// Whether optional parts that can nest for ever are left out at the depth of a continuation.
  private func areTooDeep(_ depth: Int, _ options: [ValueOption]) -> Bool {
    if depth <= grammar.limits.depth { return options.isEmpty }
    for option in options where !grammar.definitions[Int(option.value)].isRecursive { return false }
    return true
  }

  private mutating func beginArray(
    _ node: Continuation, _ rest: Int32, _ builder: inout Builder
  ) {
    let array = grammar.arrays[Int(node.a)]
    let count = Int(node.b)
    let isFirst = count == 0
    let mayClose = count >= array.least && array.isPaid(node.ledger)
    if mayClose {
      let close =
        isFirst
        ? grammar.punctuation.closeEmptyArray
        : array.breaksLines ? grammar.punctuation.lineClose : grammar.punctuation.closeArray
      add(close, then: node.next, to: &builder)
    }
    guard count < array.greatest else {
      builder.note(array.place)
      return
    }
    let item = array.item(count)
    if mayClose, let first = item.first,
      areTooDeep(Int(restDepths[Int(rest)]), item)
    {
      builder.note(grammar.definitions[Int(first.value)].place)
      return
    }
    let inside = self.rest(
      .element, node.a, node.b, node.c, owes: node.ledger, then: node.next)
    if restNeeds[Int(inside)] >= Self.unreachable { return }
    if array.breaksLines {
      let gap = isFirst ? grammar.punctuation.lineStart : grammar.punctuation.lineComma
      add(gap, then: inside, to: &builder)
    } else if isFirst {
      merge(begin(inside, trail: builder.trail), into: &builder)
    } else {
      add(grammar.punctuation.comma, then: inside, to: &builder)
    }
  }

  private mutating func beginObject(
    _ node: Continuation, _ rest: Int32, _ builder: inout Builder
  ) {
    let isFirst = node.b & 1 == 1
    let members = members(node, depth: Int(restDepths[Int(rest)]))
    for place in members.places { builder.note(place) }
    if let ledger = members.last, grammar.objects[Int(node.a)].isPaid(ledger) {
      let close =
        isFirst ? grammar.punctuation.closeEmptyObject : grammar.punctuation.closeObject
      add(close, then: node.next, to: &builder)
    }
    if isFirst {
      for way in members.ways {
        if let term = way.term { add(term, then: way.rest, to: &builder) }
      }
    } else if !members.ways.isEmpty {
      let keys = self.rest(
        .keys, node.a, node.b, node.c, used: node.used, owes: node.ledger, then: node.next)
      add(grammar.punctuation.comma, then: keys, to: &builder)
    }
  }

  /// The members that may come next in an object.
  private struct Members {
    var ways: [Way] = []
    /// What is owed after all declared keys are left out, nil if one of them must come first.
    var last: Ledger?
    /// The queue limits that leave something out.
    var places: [Int32] = []
  }

  /// Returns the members that may come next in an object, from their quotes on.
  private mutating func members(_ node: Continuation, depth: Int) -> Members {
    let object = grammar.objects[Int(node.a)]
    var result = Members()
    var ledger = node.ledger
    // What the object owes it cannot leave out, however deep it stands.
    var left = ledger
    if depth > grammar.limits.depth {
      for key in object.keys.dropFirst(Int(node.b >> 1)) { left.pending &= ~key.skipBits }
    }
    let depth = object.isPaid(left) ? depth : 0
    for index in Int(node.b >> 1)..<max(object.keys.count, Int(node.b >> 1)) {
      let key = object.keys[index]
      if !key.isRequired, let first = key.options.first, areTooDeep(depth, key.options) {
        result.places.append(grammar.definitions[Int(first.value)].place)
      } else {
        let inside = self.rest(
          .member, node.a, Int32(index), node.c, used: node.used, owes: ledger,
          then: node.next)
        result.ways.append(Way(term: key.first, value: 0, rest: inside))
      }
      if key.isRequired { return result }
      ledger.pending &= ~key.skipBits
    }
    result.last = ledger
    guard !object.newKeys.isEmpty else { return result }
    let newCount =
      needs.automaton.regexes.keys.count(node.c) - needs.automaton.regexes.keys.count(object.taken)
    var isOpen = false
    if newCount < object.greatestNew {
      for keys in object.newKeys where !areTooDeep(depth, keys.options) { isOpen = true }
    }
    guard isOpen else {
      result.places.append(object.place)
      return result
    }
    let inside = self.rest(
      .newKey, node.a, 0, node.c, used: node.used, owes: ledger, then: node.next)
    result.ways.append(Way(term: grammar.punctuation.firstQuote, value: 0, rest: inside))
    return result
  }

  // MARK: - Moving on

  /// Returns the configuration after a byte, `dead` if it cannot follow.
  mutating func next(_ configuration: Int32, _ byte: UInt8) -> Int32 {
    if let known = edges.target(configuration, byte) { return known }
    let threads = configurations[Int(configuration)].threads
    var builder = Builder()
    var isLoop = threads.count == 1 && !configurations[Int(configuration)].isComplete
    for thread in threads {
      let term = needs.automaton.next(thread.term, byte)
      if term != thread.term { isLoop = false }
      if term != RegexSet.nothing { add(term, then: thread.rest, to: &builder) }
    }
    let isPlain = isLoop && configurations[Int(configuration)].labels < 0
    let result = isPlain ? configuration : finish(builder)
    edges.insert(configuration, byte, target: result)
    return result
  }
}
