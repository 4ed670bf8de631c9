// Regular expressions over bytes as hash-consed terms: equal terms have equal numbers, so that a term is
// a state of the automaton that Derivative.swift spans between them.

/// The number of a term.
typealias Term = Int32

/// A growing table of terms.
struct RegexSet: Sendable {
  enum Kind: UInt8 {
    /// No text.
    case nothing
    /// The empty text.
    case epsilon
    /// One byte of the set `a`.
    case bytes
    /// `a`, then `b`.
    case concat
    /// One of the terms of the list `a`.
    case alternatives
    /// All of the terms of the list `a`.
    case intersection
    /// What `a` is not.
    case complement
    /// `a`, at least `b` and at most `c` times; `c` below zero means without limit.
    case repetition
    /// The node `a` of a tree of literals.
    case literals
    /// The node `a` of a tree of scalars: the rest of one character.
    case scalars
    /// Multiples of the divisor `a` with remainder `b` in phase `c`, `d` more digits.
    case multiple
    /// The inside of a canonical JSON string: state `a`, `b` to `c` more characters, place `d` if limited.
    case text
    /// A text that must be new: term `a` for the rest, the text so far `b`, the texts taken `c`.
    case freshKey
    /// A part `a` of an element that must be new, whose text so far is `b`.
    case trail
    /// The empty text, where a queue limit at place `d` forbids more.
    case limit
  }

  struct Node: Equatable {
    var kind: Kind
    var a: Int32 = 0
    var b: Int32 = 0
    var c: Int32 = 0
    var d: Int32 = 0

    fileprivate var hash: UInt64 {
      var hash = WordHash()
      hash.combine(a, b)
      hash.combine(c, d ^ Int32(kind.rawValue) << 24)
      return hash.value
    }
  }

  static let nothing: Term = 0
  static let epsilon: Term = 1
  static let anything: Term = 2
  static let unbounded: Int32 = -1

  private(set) var nodes: [Node] = []
  private(set) var isNullable: [Bool] = []
  /// Whether a term may be without any text although it is not `nothing`: it holds `and` or `not`.
  private(set) var mayBeEmpty: [Bool] = []
  /// Whether a term is an intersection of parts that surely have texts, or of what such parts are not.
  private(set) var isFlat: [Bool] = []
  /// How many parts deriving a term touches, at most `greatestWeight`.
  private(set) var weights: [Int32] = []
  static let greatestWeight: Int32 = 1 << 20
  /// Whether any byte may follow a term.
  private(set) var hasMore: [Bool] = []
  /// The bytes at which the derivative of a term may be another than at the byte before, by term.
  private(set) var firstCuts: [ByteSet] = []
  /// Whether all texts of a term end with the closing quote of a string and begin between characters,
  /// if the term is met there.
  private(set) var isTail: [Bool] = []
  /// Intersections less a bound on the length, for terms that have one.
  private var lengthless: [Term: Term] = [:]
  private var numbers = NumberTable()
  private(set) var sets: [ByteSet] = []
  private var setCuts: [ByteSet] = []
  private var setNumbers: [ByteSet: Int32] = [:]
  private(set) var lists: [[Term]] = []
  private var listNumbers = NumberTable()
  /// How many parts stand in the lists, and how many were looked at in making them.
  private(set) var listedPartCount = 0
  private(set) var joinedPartCount = 0
  var trees = LiteralTrees()
  private(set) var scalarTrees = ScalarTrees()
  private(set) var divisors: [Divisor] = []
  var keys = KeyPool()
  /// The bytes at which one class of bytes ends and another begins.
  private(set) var cuts = TextAutomaton.cuts
  /// Terms whose texts are all insides of canonical JSON strings.
  private var inText: Set<Term> = []

  /// No terms but those that are always there, to stand in while a table is lent.
  static let none = RegexSet()

  init() {
    _ = intern(Node(kind: .nothing))
    _ = intern(Node(kind: .epsilon))
    _ = intern(Node(kind: .complement, a: Self.nothing))
  }

  var count: Int { nodes.count }

  private mutating func intern(_ node: Node) -> Term {
    let hash = node.hash
    if let known = numbers.find(hash, { nodes[Int($0)] == node }) { return known }
    let term = Term(nodes.count)
    nodes.append(node)
    numbers.insert(term, hash)
    isNullable.append(nullable(node))
    mayBeEmpty.append(emptyPossible(node))
    isTail.append(endsText(node))
    hasMore.append(goesOn(node))
    isFlat.append(flat(node))
    weights.append(weight(node))
    firstCuts.append(cutsAtStart(node))
    return term
  }

  private func goesOn(_ node: Node) -> Bool {
    switch node.kind {
    case .nothing, .epsilon, .limit: false
    case .freshKey, .trail: hasMore[Int(node.a)]
    case .alternatives: lists[Int(node.a)].contains { hasMore[Int($0)] }
    default: true
    }
  }

  private func nullable(_ node: Node) -> Bool {
    switch node.kind {
    case .nothing, .bytes, .text, .scalars: false
    case .trail: isNullable[Int(node.a)]
    case .freshKey: isNullable[Int(node.a)] && !keys.contains(node.c, node.b)
    case .multiple: divisors[Int(node.a)].isMultiple(remainder: node.b, phase: node.c)
    case .epsilon, .limit: true
    case .concat: isNullable[Int(node.a)] && isNullable[Int(node.b)]
    case .alternatives: lists[Int(node.a)].contains { isNullable[Int($0)] }
    case .intersection: lists[Int(node.a)].allSatisfy { isNullable[Int($0)] }
    case .complement: !isNullable[Int(node.a)]
    case .repetition: node.b == 0 || isNullable[Int(node.a)]
    case .literals: trees.isEnd(node.a)
    }
  }

  private func emptyPossible(_ node: Node) -> Bool {
    switch node.kind {
    case .intersection: true
    case .complement: node.a != Self.nothing
    case .concat: mayBeEmpty[Int(node.a)] || mayBeEmpty[Int(node.b)]
    case .alternatives: lists[Int(node.a)].contains { mayBeEmpty[Int($0)] }
    case .repetition, .freshKey: mayBeEmpty[Int(node.a)]
    default: false
    }
  }

  private func weight(_ node: Node) -> Int32 {
    func of(_ term: Term) -> Int32 { weights[Int(term)] }
    let sum: Int32
    switch node.kind {
    case .concat: sum = 1 + of(node.a) + (isNullable[Int(node.a)] ? of(node.b) : 0)
    case .alternatives, .intersection:
      sum = lists[Int(node.a)].reduce(1) { min($0 + of($1), Self.greatestWeight) }
    case .complement, .repetition, .freshKey, .trail: sum = 1 + of(node.a)
    default: sum = 1
    }
    return min(sum, Self.greatestWeight)
  }

  private func cutsAtStart(_ node: Node) -> ByteSet {
    switch node.kind {
    case .nothing, .epsilon, .limit: return ByteSet()
    case .bytes: return setCuts[Int(node.a)]
    case .concat:
      let first = firstCuts[Int(node.a)]
      return isNullable[Int(node.a)] ? first.union(firstCuts[Int(node.b)]) : first
    case .alternatives, .intersection:
      return lists[Int(node.a)].reduce(ByteSet()) { $0.union(firstCuts[Int($1)]) }
    case .complement, .repetition: return firstCuts[Int(node.a)]
    case .literals: return trees.cuts(node.a)
    case .scalars:
      var cuts = ByteSet()
      for edge in scalarTrees.edges(node.a) {
        cuts.insert(edge.low)
        if edge.high < 255 { cuts.insert(edge.high + 1) }
      }
      return cuts
    case .multiple: return ByteSet.digitCuts
    case .text: return TextAutomaton.stateCuts[Int(node.a)]
    // What was written becomes part of the term.
    case .freshKey, .trail: return ByteSet.all
    }
  }

  private func flat(_ node: Node) -> Bool {
    guard node.kind == .intersection else { return false }
    return lists[Int(node.a)].allSatisfy { part in
      let node = nodes[Int(part)]
      return !mayBeEmpty[Int(part)] || node.kind == .complement && !mayBeEmpty[Int(node.a)]
    }
  }

  private func endsText(_ node: Node) -> Bool {
    switch node.kind {
    case .text: true
    case .bytes: sets[Int(node.a)] == Self.quote
    case .literals: trees.isQuote(node.a)
    case .concat: isTail[Int(node.b)]
    case .alternatives: lists[Int(node.a)].allSatisfy { isTail[Int($0)] }
    case .intersection: lists[Int(node.a)].contains { isTail[Int($0)] }
    default: false
    }
  }

  private static let quote = ByteSet([0x22])

  /// Whether a term is the rest of any string, from between two characters on.
  func isAnyText(_ term: Term) -> Bool {
    let node = nodes[Int(term)]
    return node.kind == .text && Int(node.a) == TextAutomaton.body && node.b == 0 && node.c < 0
  }

  /// Returns an intersection without its bound on the greatest length and the bound, nil if the term is
  /// none or asks for a least length.
  mutating func withoutLength(_ term: Term) -> (term: Term, greatest: Int32)? {
    let node = nodes[Int(term)]
    guard node.kind == .intersection else { return nil }
    let parts = lists[Int(node.a)]
    guard let text = parts.first(where: { nodes[Int($0)].kind == .text }) else { return nil }
    let bound = nodes[Int(text)]
    guard bound.b == 0, Int(bound.a) == TextAutomaton.body else { return nil }
    let rest = parts.filter { $0 != text }
    guard rest.contains(where: { isTail[Int($0)] || inText.contains($0) }) else { return nil }
    if let known = lengthless[term] { return (known, bound.c) }
    let result = intersection(rest)
    lengthless[term] = result
    return (result, bound.c)
  }

  /// Returns the only byte that may follow a literal or a new one, nil for other terms and where there are
  /// several.
  func onlyByte(_ term: Term) -> UInt8? {
    let node = nodes[Int(term)]
    switch node.kind {
    case .concat:
      return nodes[Int(node.a)].kind == .literals ? onlyByte(node.a) : nil
    case .freshKey: return onlyByte(node.a)
    case .literals:
      return trees.isEnd(node.a) ? nil : trees.onlyByte(node.a)
    default: return nil
    }
  }

  /// Returns a part of an intersection that begins with a literal, the term itself if there is none.
  func literalPart(_ term: Term) -> Term {
    let node = nodes[Int(term)]
    guard node.kind == .intersection else { return term }
    return lists[Int(node.a)].first { onlyByte($0) != nil } ?? term
  }

  /// Whether a term is white space of JSON of any length.
  func isSpaces(_ term: Term) -> Bool {
    let node = nodes[Int(term)]
    guard node.kind == .repetition, node.b == 0, node.c < 0 else { return false }
    let part = nodes[Int(node.a)]
    return part.kind == .bytes && sets[Int(part.a)] == ByteSet.spaces
  }

  private mutating func list(_ terms: [Term]) -> Int32 {
    var hash = WordHash()
    for term in terms { hash.combine(UInt64(UInt32(bitPattern: term))) }
    if let known = listNumbers.find(hash.value, { lists[Int($0)] == terms }) { return known }
    let number = Int32(lists.count)
    lists.append(terms)
    listedPartCount += terms.count
    listNumbers.insert(number, hash.value)
    return number
  }

  // MARK: - Building terms

  mutating func bytes(_ set: ByteSet) -> Term {
    if set.isEmpty { return Self.nothing }
    if let known = setNumbers[set] { return intern(Node(kind: .bytes, a: known)) }
    let number = Int32(sets.count)
    sets.append(set)
    setCuts.append(set.cuts)
    setNumbers[set] = number
    cuts = cuts.union(setCuts[Int(number)])
    return intern(Node(kind: .bytes, a: number))
  }

  /// Returns a term for one character out of ranges of scalars, in its canonical spelling.
  mutating func scalars(_ ranges: [ClosedRange<UInt32>]) -> Term {
    scalars(node: scalarTrees.add(ranges, cuts: &cuts))
  }

  mutating func scalars(node: Int32) -> Term {
    if node == ScalarTrees.end { return Self.epsilon }
    return node < 0 ? Self.nothing : intern(Node(kind: .scalars, a: node))
  }

  /// Returns a term for the unsigned multiples of a divisor with so many digits.
  mutating func multiples(
    of divisor: Divisor, digits: Int32, phase: Int32 = Divisor.start
  ) -> Term {
    let number =
      divisors.firstIndex(of: divisor)
      ?? {
        divisors.append(divisor)
        return divisors.count - 1
      }()
    cuts = cuts.union(ByteSet.digitCuts)
    return multiple(Int32(number), 0, phase, digits)
  }

  mutating func multiple(_ divisor: Int32, _ rest: Int32, _ phase: Int32, _ digits: Int32) -> Term {
    intern(Node(kind: .multiple, a: divisor, b: rest, c: phase, d: digits))
  }

  /// Notes that all texts of a term are insides of canonical strings with the closing quote.
  mutating func markText(_ term: Term) { inText.insert(term) }

  /// Returns whether all texts of a term are known to be insides of canonical strings.
  func isText(_ term: Term) -> Bool {
    inText.contains(term) || nodes[Int(term)].kind == .text || term == Self.nothing
  }

  mutating func byte(_ byte: UInt8) -> Term { bytes(ByteSet(byte...byte)) }

  mutating func concat(_ a: Term, _ b: Term) -> Term {
    if a == Self.nothing || b == Self.nothing { return Self.nothing }
    if a == Self.epsilon { return b }
    if b == Self.epsilon { return a }
    // A limit is only worth knowing at the very end.
    if nodes[Int(a)].kind == .limit { return b }
    if nodes[Int(a)].kind == .concat {
      return concat(nodes[Int(a)].a, concat(nodes[Int(a)].b, b))
    }
    if nodes[Int(a)].kind == .repetition {
      let isLast = nodes[Int(b)].kind != .concat
      if let both = repetition(a, then: isLast ? b : nodes[Int(b)].a) {
        return isLast ? both : concat(both, nodes[Int(b)].b)
      }
    }
    return intern(Node(kind: .concat, a: a, b: b))
  }

  /// Returns a term for two repetitions of the same term in a row, nil if they are none.
  private mutating func repetition(_ a: Term, then b: Term) -> Term? {
    let (first, second) = (nodes[Int(a)], nodes[Int(b)])
    guard second.kind == .repetition, first.a == second.a else { return nil }
    let (least, overflow) = first.b.addingReportingOverflow(second.b)
    if overflow { return nil }
    guard first.c >= 0, second.c >= 0 else { return repetition(first.a, least) }
    let (greatest, overflows) = first.c.addingReportingOverflow(second.c)
    return overflows ? nil : repetition(first.a, least, greatest)
  }

  mutating func concat(_ terms: [Term]) -> Term {
    var result = Self.epsilon
    for term in terms.reversed() { result = concat(term, result) }
    return result
  }

  /// Returns a term for the texts of two others.
  mutating func either(_ a: Term, _ b: Term) -> Term {
    if a == Self.nothing || a == b { return b }
    return b == Self.nothing ? a : alternatives([a, b])
  }

  mutating func alternatives(_ terms: [Term]) -> Term {
    if terms.count <= 1 { return terms.first ?? Self.nothing }
    var flat: [Term] = []
    for term in terms {
      let node = nodes[Int(term)]
      switch node.kind {
      case .nothing: continue
      case .alternatives: flat.append(contentsOf: lists[Int(node.a)])
      default: flat.append(term)
      }
    }
    joinedPartCount += flat.count
    if flat.count == 1 { return flat[0] }
    var united: ByteSet?
    var rest: [Term] = []
    for term in flat {
      if nodes[Int(term)].kind == .bytes {
        united = (united ?? ByteSet()).union(sets[Int(nodes[Int(term)].a)])
      } else {
        rest.append(term)
      }
    }
    if let united { rest.append(bytes(united)) }
    rest.sort()
    var unique: [Term] = []
    for term in rest where unique.last != term { unique.append(term) }
    if unique.contains(Self.anything) { return Self.anything }
    if unique.count > 1, let any = unique.first(where: { isAnyText($0) }) {
      unique.removeAll { $0 != any && isTail[Int($0)] }
    }
    if unique.isEmpty { return Self.nothing }
    if unique.count == 1 { return unique[0] }
    return intern(Node(kind: .alternatives, a: list(unique)))
  }

  mutating func intersection(_ terms: [Term]) -> Term {
    var flat: [Term] = []
    flat.reserveCapacity(terms.count)
    var textCount = 0
    for term in terms {
      let node = nodes[Int(term)]
      switch node.kind {
      case .nothing: return Self.nothing
      case .intersection:
        for part in lists[Int(node.a)] {
          if nodes[Int(part)].kind == .text { textCount += 1 }
          flat.append(part)
        }
      case .text:
        textCount += 1
        flat.append(term)
      default: if term != Self.anything { flat.append(term) }
      }
    }
    joinedPartCount += flat.count
    if textCount > 0, flat.count > 1 { mergeTexts(&flat) }
    flat.sort()
    var unique: [Term] = []
    unique.reserveCapacity(flat.count)
    for term in flat where unique.last != term { unique.append(term) }
    if unique.isEmpty { return Self.anything }
    if unique.count == 1 { return unique[0] }
    if unique.contains(Self.nothing) { return Self.nothing }
    if unique.contains(Self.epsilon) {
      return unique.allSatisfy { isNullable[Int($0)] } ? Self.epsilon : Self.nothing
    }
    for term in unique where nodes[Int(term)].kind == .complement {
      let other = nodes[Int(term)].a
      if Self.contains(other, in: unique) { return Self.nothing }
      if isAnyText(other), unique.contains(where: { isTail[Int($0)] }) { return Self.nothing }
    }
    if unique.allSatisfy({ nodes[Int($0)].kind == .bytes }) {
      var set = ByteSet.all
      for term in unique { set = set.intersection(sets[Int(nodes[Int(term)].a)]) }
      return bytes(set)
    }
    return intern(Node(kind: .intersection, a: list(unique)))
  }

  /// Whether a term is in an ascending list.
  private static func contains(_ term: Term, in list: [Term]) -> Bool {
    var low = 0
    var high = list.count
    while low < high {
      let middle = (low + high) / 2
      if list[middle] < term { low = middle + 1 } else { high = middle }
    }
    return low < list.count && list[low] == term
  }

  /// Makes one of several bounds on the length of a text, and none of one that does not bound.
  private mutating func mergeTexts(_ terms: inout [Term]) {
    let texts = terms.filter { nodes[Int($0)].kind == .text }
    guard let first = texts.first else { return }
    var node = nodes[Int(first)]
    for term in texts.dropFirst() {
      let other = nodes[Int(term)]
      // Two insides of strings are read in step.
      if other.a != node.a { return }
      node.b = max(node.b, other.b)
      if other.c >= 0, node.c < 0 || other.c < node.c {
        node.c = other.c
        node.d = other.d
      }
    }
    terms.removeAll { nodes[Int($0)].kind == .text }
    if node.c >= 0, node.b > node.c {
      terms = [Self.nothing]
    } else if node.b > 0 || node.c >= 0 || !terms.contains(where: { isText($0) || isTail[Int($0)] })
    {
      terms.append(intern(node))
    }
  }

  mutating func complement(_ term: Term) -> Term {
    if nodes[Int(term)].kind == .complement { return nodes[Int(term)].a }
    return intern(Node(kind: .complement, a: term))
  }

  mutating func repetition(_ term: Term, _ least: Int32, _ greatest: Int32 = unbounded) -> Term {
    if greatest == 0 || term == Self.epsilon { return Self.epsilon }
    if term == Self.nothing { return least == 0 ? Self.epsilon : Self.nothing }
    if least == 1 && greatest == 1 { return term }
    return intern(Node(kind: .repetition, a: term, b: least, c: greatest))
  }

  mutating func optional(_ term: Term) -> Term { alternatives([term, Self.epsilon]) }

  mutating func literal(_ bytes: [UInt8]) -> Term {
    bytes.isEmpty ? Self.epsilon : literals([bytes])
  }

  /// Returns a term for one of several texts; none of them may be empty.
  mutating func literals(_ texts: [[UInt8]]) -> Term {
    if texts.isEmpty { return Self.nothing }
    for text in texts {
      for byte in text { cuts.insertCuts(around: byte) }
    }
    return literals(node: trees.add(texts))
  }

  /// Returns how many texts a term has at most, nil if that does not show in its form.
  func textCount(_ term: Term) -> Int? {
    let node = nodes[Int(term)]
    switch node.kind {
    case .nothing: return 0
    case .epsilon: return 1
    case .literals: return trees.textCount(node.a)
    case .concat:
      guard let first = textCount(node.a), let second = textCount(node.b) else { return nil }
      let (count, overflow) = first.multipliedReportingOverflow(by: second)
      return overflow ? nil : count
    case .alternatives:
      var sum = 0
      for part in lists[Int(node.a)] {
        guard let count = textCount(part) else { return nil }
        let (more, overflow) = sum.addingReportingOverflow(count)
        if overflow { return nil }
        sum = more
      }
      return sum
    default: return nil
    }
  }

  /// Returns the texts of a list of literals, with a byte behind each or not, nil if a term is none.
  func literalTexts(_ term: Term) -> [[UInt8]]? {
    let node = nodes[Int(term)]
    if node.kind == .literals { return trees.texts(node.a) }
    guard node.kind == .concat, nodes[Int(node.a)].kind == .literals,
      nodes[Int(node.b)].kind == .bytes, let last = sets[Int(nodes[Int(node.b)].a)].only
    else { return nil }
    return trees.texts(nodes[Int(node.a)].a).map { $0 + [last] }
  }

  mutating func literals(node: Int32) -> Term {
    if trees.isLeaf(node) { return Self.epsilon }
    return intern(Node(kind: .literals, a: node))
  }

  mutating func text(state: Int = 0, least: Int32, greatest: Int32, place: Int32) -> Term {
    intern(Node(kind: .text, a: Int32(state), b: least, c: greatest, d: place))
  }

  mutating func freshKey(_ text: Term, key: Int32, taken: Int32) -> Term {
    if text == Self.nothing { return Self.nothing }
    return intern(Node(kind: .freshKey, a: text, b: key, c: taken))
  }

  /// Returns the end of a text that is new.
  mutating func captured(_ key: Int32) -> Term {
    intern(Node(kind: .freshKey, a: Self.epsilon, b: key, c: KeyPool.none))
  }

  mutating func trail(_ part: Term, key: Int32) -> Term {
    if part == Self.nothing { return part }
    return intern(Node(kind: .trail, a: part, b: key))
  }

  mutating func limit(_ place: Int32) -> Term { intern(Node(kind: .limit, d: place)) }

  /// Returns the place whose queue limit stops a term here, zero if none does.
  func limitPlace(_ term: Term) -> Int32 {
    let node = nodes[Int(term)]
    switch node.kind {
    case .limit: return node.d
    case .text: return node.c == 0 && node.a == TextAutomaton.body ? node.d : 0
    case .alternatives:
      for part in lists[Int(node.a)] {
        let place = limitPlace(part)
        if place != 0 { return place }
      }
      return 0
    case .freshKey, .trail: return limitPlace(node.a)
    default: return 0
    }
  }
}
