// What may follow a byte: derivatives of terms (Brzozowski 1964; Owens, Reppy and Turon 2009) and, for
// each term, the length of its shortest text. Terms grow lazily; a term that holds `and` or `not` keeps a
// row of its derivatives by byte class, the others are cheap to derive again.

/// A lazily built automaton whose states are terms.
struct LeafAutomaton: Sendable {
  /// A need that no budget meets: there is no text at all.
  static let unreachable = TextAutomaton.Costs.unreachable

  var regexes: RegexSet
  /// For each byte, whether the vocabulary can spell it.
  let spells: [Bool]
  let costs: TextAutomaton.Costs
  private var cuts = ByteSet()
  private var classOf = [UInt8](repeating: 0, count: 256)
  private(set) var representatives: [UInt8] = []
  /// The same, the closing quote of a string before all others.
  private(set) var searchOrder: [UInt8] = []
  /// How many bytes that can be spelled are of each class.
  private(set) var classSizes: [Int] = []
  private var rowOf: [Int32] = []
  private var rows: [Term] = []
  /// Derivatives of terms with `and` and `not` before it is known whether they have a text.
  private var rawRowOf: [Int32] = []
  private var rawRows: [Term] = []
  /// How many derivatives were made, each counted by the parts that it is made from.
  private(set) var stepCount = 0
  /// Whether the limits of compilation hold.
  var isCounting = true
  /// Whether the terms have become too many or too large; what they say then means nothing.
  var isExhausted = false
  /// The greatest number of steps in compiling a schema.
  static let greatestStepCount = 24_000_000
  /// The greatest number of derivatives that are noted.
  static let greatestRowCount = 4 << 20
  /// The greatest number of terms in the search for the end of one.
  static let greatestSearchCount = 200_000
  /// The greatest number of bytes that the terms may take in compiling a schema.
  static let greatestByteCount = 128 << 20
  /// The length of the shortest text by term, below zero where it is not known.
  var needs: [Int] = []
  /// How many characters a text of a term has at least, by term, below zero where it is not known.
  var characterCounts: [Int] = []
  /// Lengths within which terms have so many texts, by term and number.
  var lengths: [Int64: Int] = [:]
  /// The terms of which more texts were found than a limit, and the limit.
  var manyTexts: [Term: Int] = [:]
  /// Where terms stand in a search for the end of one, all zero between searches.
  var searchPlaces: [Int32] = []
  /// The last parts that were joined, and to what: the next byte often leads to the same ones.
  private var lastParts: [Term] = []
  private var lastJoined = RegexSet.nothing
  private var lastSome: [Term] = []
  private var lastUnited = RegexSet.nothing
  private var treeNeeds: [Int] = []
  /// What is left of lists of texts without the texts of sets, by list and set.
  private var remainders: [Int64: Term] = [:]
  private var scalarNeeds: [Int32: Int] = [:]
  /// Trees of the classes of characters beyond ASCII.
  var classTrees = ScalarTrees()

  init(regexes: RegexSet, spells: [Bool], costs: TextAutomaton.Costs) {
    self.regexes = regexes
    self.spells = spells
    self.costs = costs
    refreshClasses()
    extendTreeNeeds()
  }

  /// Groups bytes that no term tells apart, if terms have come that tell more apart than before.
  mutating func refreshClasses() {
    guard regexes.cuts != cuts else { return }
    cuts = regexes.cuts
    representatives = []
    classSizes = []
    var last = [-1, -1]
    for byte in 0..<256 {
      // Bytes that cannot be spelled fall into a class of their own between two cuts.
      if cuts.contains(UInt8(byte)) { last = [-1, -1] }
      let kind = spells[byte] ? 1 : 0
      if last[kind] < 0 {
        last[kind] = representatives.count
        representatives.append(UInt8(byte))
        classSizes.append(0)
      }
      classOf[byte] = UInt8(last[kind])
      if spells[byte] { classSizes[last[kind]] += 1 }
    }
    let quote = representatives[Int(classOf[0x22])]
    searchOrder = [quote] + representatives.filter { $0 != quote }
    rowOf = []
    rows = []
    rawRowOf = []
    rawRows = []
  }

  private mutating func extendTreeNeeds() {
    let from = treeNeeds.count
    treeNeeds.append(
      contentsOf: repeatElement(Self.unreachable, count: regexes.trees.count - from))
    for node in stride(from: regexes.trees.count - 1, through: from, by: -1) {
      var least = regexes.trees.isEnd(Int32(node)) ? 0 : Self.unreachable
      for edge in regexes.trees.edges(Int32(node)) where spells[Int(edge.byte)] {
        least = min(least, treeNeeds[Int(edge.node)] + 1)
      }
      treeNeeds[node] = min(least, Self.unreachable)
    }
  }

  /// About how many bytes the terms and their rows take.
  var byteCount: Int {
    regexes.count * 232 + (rows.count + rawRows.count + regexes.listedPartCount) * 4
  }

  /// Whether no term tells two bytes apart; both can be spelled.
  func isAlike(_ a: UInt8, _ b: UInt8) -> Bool {
    spells[Int(b)] && classOf[Int(a)] == classOf[Int(b)]
  }

  /// Whether a term does not tell a byte from a lesser one; both can be spelled.
  func isAlike(_ a: UInt8, _ b: UInt8, from term: Term) -> Bool {
    spells[Int(b)] && regexes.firstCuts[Int(term)].last(upTo: a) <= b
  }

  /// Returns the least byte that a term does not tell from a byte, or the byte itself if that one cannot be spelled.
  @inline(__always)
  private func first(alike byte: UInt8, from term: Term) -> UInt8 {
    let first = regexes.firstCuts[Int(term)].last(upTo: byte)
    return spells[Int(first)] ? first : byte
  }

  // MARK: - Derivatives

  /// Returns what may follow a byte; `nothing` if the byte cannot follow or cannot be spelled.
  @inline(__always)
  mutating func next(_ term: Term, _ byte: UInt8) -> Term {
    let index = Int(term)
    if index < rowOf.count {
      let row = rowOf[index]
      if row >= 0 {
        let known = rows[Int(row) + Int(classOf[Int(byte)])]
        if known >= 0 { return known }
      }
    }
    return nextAnew(term, byte)
  }

  /// Derives a term by a byte and notes the result, but for terms that are never met again.
  private mutating func nextAnew(_ term: Term, _ byte: UInt8) -> Term {
    guard spells[Int(byte)] else { return RegexSet.nothing }
    let node = regexes.nodes[Int(term)]
    switch node.kind {
    case .nothing, .epsilon, .limit: return RegexSet.nothing
    case .bytes:
      return regexes.sets[Int(node.a)].contains(byte) ? RegexSet.epsilon : RegexSet.nothing
    // What is found at once is not noted: rows are for terms that are met again and again.
    case .literals:
      return regexes.trees.next(node.a, byte).map { regexes.literals(node: $0) }
        ?? RegexSet.nothing
    case .text where node.b > 0 || node.c >= 0: return nextText(node, term, byte)
    case .concat:
      guard let only = regexes.onlyByte(term) else { break }
      guard only == byte, let tail = regexes.trees.next(regexes.nodes[Int(node.a)].a, byte)
      else { return RegexSet.nothing }
      return possible(regexes.concat(regexes.literals(node: tail), node.b))
    case .freshKey: return nextFreshKey(node, byte)
    case .trail:
      let part = next(node.a, byte)
      return part == RegexSet.nothing
        ? part : regexes.trail(part, key: regexes.keys.nextInValue(node.b, byte))
    default: break
    }
    refreshClasses()
    forgetRows()
    let index = Int(term)
    if index >= rowOf.count {
      rowOf.append(contentsOf: repeatElement(-1, count: regexes.count - rowOf.count))
    }
    if rowOf[index] < 0 {
      rowOf[index] = Int32(rows.count)
      rows.append(contentsOf: repeatElement(-1, count: representatives.count))
    }
    let slot = Int(rowOf[index]) + Int(classOf[Int(byte)])
    let representative = representatives[Int(classOf[Int(first(alike: byte, from: term))])]
    let common = Int(rowOf[index]) + Int(classOf[Int(representative)])
    if rows[common] >= 0 {
      rows[slot] = rows[common]
      return rows[common]
    }
    var result: Term
    switch node.kind {
    case .text: result = nextText(node, term, representative)
    case .scalars: result = nextScalar(node, representative)
    case .multiple: result = nextDigit(node, representative)
    default:
      result =
        regexes.isFlat[index] ? deriveForSearch(term, representative) : derive(node, representative)
    }
    result = possible(result)
    if index < rowOf.count, rowOf[index] >= 0 {
      rows[Int(rowOf[index]) + Int(classOf[Int(byte)])] = result
      rows[Int(rowOf[index]) + Int(classOf[Int(representative)])] = result
    }
    return result
  }

  /// Returns a term, `nothing` if it has no text.
  private mutating func possible(_ term: Term) -> Term {
    let isEmpty = regexes.mayBeEmpty[Int(term)] && need(term) >= Self.unreachable
    return isEmpty ? RegexSet.nothing : term
  }

  /// The greatest number of derivatives that a grammar keeps from its compilation.
  static let greatestKeptCount = 1 << 19

  /// Drops the derivatives that are noted once they take much; they are made again when they are asked for.
  mutating func forgetRows(beyond limit: Int = greatestRowCount) {
    guard rows.count + rawRows.count > limit else { return }
    rowOf = []
    rows = []
    rawRowOf = []
    rawRows = []
  }

  private mutating func nextScalar(_ node: RegexSet.Node, _ byte: UInt8) -> Term {
    let next = regexes.scalarTrees.next(node.a, byte)
    return next > 0 && scalarNeed(next) >= Self.unreachable
      ? RegexSet.nothing : regexes.scalars(node: next)
  }

  private mutating func nextDigit(_ node: RegexSet.Node, _ byte: UInt8) -> Term {
    let divisor = regexes.divisors[Int(node.a)]
    guard let next = divisor.next(byte, remainder: node.b, phase: node.c) else {
      return RegexSet.nothing
    }
    var left = node.d
    if next.phase < 0, left >= 0 {
      if left == 0 { return RegexSet.nothing }
      left -= 1
    }
    let term = regexes.multiple(node.a, next.remainder, next.phase, left)
    return need(term) >= Self.unreachable ? RegexSet.nothing : term
  }

  /// The bytes of the shortest end of a character.
  private mutating func scalarNeed(_ node: Int32) -> Int {
    if node == ScalarTrees.end { return 0 }
    if let known = scalarNeeds[node] { return known }
    var least = Self.unreachable
    for edge in regexes.scalarTrees.edges(node)
    where (edge.low...edge.high).contains(where: { spells[Int($0)] }) {
      least = min(least, scalarNeed(edge.node) + 1)
    }
    scalarNeeds[node] = least
    return least
  }

  private mutating func nextText(_ node: RegexSet.Node, _ term: Term, _ byte: UInt8) -> Term {
    let state = Int(node.a)
    let to = TextAutomaton.next(state, byte)
    switch to {
    case TextAutomaton.dead: return RegexSet.nothing
    case TextAutomaton.done: return node.b == 0 ? RegexSet.epsilon : RegexSet.nothing
    default:
      if costs.toBody[to] >= Self.unreachable { return RegexSet.nothing }
      guard state == TextAutomaton.body else {
        return regexes.text(state: to, least: node.b, greatest: node.c, place: node.d)
      }
      if node.c == 0 { return RegexSet.nothing }
      let least = max(0, node.b - 1)
      let greatest = node.c < 0 ? node.c : node.c - 1
      if to == state && least == node.b && greatest == node.c { return term }
      return regexes.text(state: to, least: least, greatest: greatest, place: node.d)
    }
  }

  private mutating func nextFreshKey(_ node: RegexSet.Node, _ byte: UInt8) -> Term {
    let text = next(node.a, byte)
    if text == RegexSet.nothing { return text }
    let result = regexes.freshKey(text, key: regexes.keys.next(node.b, byte), taken: node.c)
    return need(result) >= Self.unreachable ? RegexSet.nothing : result
  }

  /// Counts a derivative against the limits of compilation.
  private mutating func count(_ node: RegexSet.Node) {
    switch node.kind {
    case .alternatives, .intersection: stepCount += regexes.lists[Int(node.a)].count + 1
    default: stepCount += 1
    }
    checkLimits()
  }

  /// How many parts that are joined count as much as one step.
  private static let joinedPartsPerStep = 8

  /// Notes whether the limits of compilation are exceeded.
  mutating func checkLimits() {
    let steps = stepCount + regexes.joinedPartCount / Self.joinedPartsPerStep
    if isCounting, steps > Self.greatestStepCount || byteCount > Self.greatestByteCount {
      isExhausted = true
    }
  }

  private mutating func joined(_ parts: [Term]) -> Term {
    if parts == lastParts { return lastJoined }
    lastParts = parts
    lastJoined = regexes.intersection(parts)
    return lastJoined
  }

  private mutating func united(_ parts: [Term]) -> Term {
    if parts == lastSome { return lastUnited }
    lastSome = parts
    lastUnited = regexes.alternatives(parts)
    return lastUnited
  }

  /// Derives without looking at the rows of this very term.
  private mutating func derive(_ node: RegexSet.Node, _ byte: UInt8) -> Term {
    count(node)
    switch node.kind {
    case .concat:
      let first = regexes.concat(next(node.a, byte), node.b)
      guard regexes.isNullable[Int(node.a)] else { return first }
      return regexes.either(first, next(node.b, byte))
    case .alternatives:
      var parts: [Term] = []
      for term in regexes.lists[Int(node.a)] {
        let part = next(term, byte)
        if part != RegexSet.nothing { parts.append(part) }
      }
      return united(parts)
    case .intersection:
      var parts: [Term] = []
      for term in regexes.lists[Int(node.a)] {
        let part = next(term, byte)
        if part == RegexSet.nothing { return part }
        parts.append(part)
      }
      return joined(parts)
    case .complement: return regexes.complement(next(node.a, byte))
    case .repetition:
      let rest = regexes.repetition(
        node.a, max(0, node.b - 1), node.c < 0 ? node.c : node.c - 1)
      return regexes.concat(next(node.a, byte), rest)
    default: return RegexSet.nothing
    }
  }

  // MARK: - Shortest texts

  /// Returns the length of the shortest text of a term, `unreachable` if it has none.
  mutating func need(_ term: Term) -> Int {
    let index = Int(term)
    if index >= needs.count {
      needs.append(contentsOf: repeatElement(-1, count: regexes.count - needs.count))
    }
    if needs[index] >= 0 { return needs[index] }
    if let known = needBesideLength(term) {
      note(known, for: index)
      return known
    }
    let isSearched = regexes.mayBeEmpty[index] && regexes.nodes[index].kind != .freshKey
    let result = isSearched ? searchNeed(term) : plainNeed(term)
    note(result, for: index)
    return result
  }

  private mutating func note(_ need: Int, for index: Int) {
    if needs.count < regexes.count {
      needs.append(contentsOf: repeatElement(-1, count: regexes.count - needs.count))
    }
    needs[index] = need
  }

  /// Returns the need of a term with a bound on its length where that of the same term without the bound shows
  /// it.
  mutating func needBesideLength(_ term: Term) -> Int? {
    guard let rest = regexes.withoutLength(term) else { return nil }
    let least = need(rest.term)
    // The shortest text of the rest is short enough, and nothing asks for a longer one; the closing quote is no
    // character.
    if least >= Self.unreachable || rest.greatest < 0 || least - 1 <= Int(rest.greatest) {
      return least
    }
    return leastCharacterCount(rest.term) > Int(rest.greatest) ? Self.unreachable : nil
  }

  private mutating func plainNeed(_ term: Term) -> Int {
    let node = regexes.nodes[Int(term)]
    switch node.kind {
    case .nothing: return Self.unreachable
    case .epsilon, .limit: return 0
    case .bytes:
      let set = regexes.sets[Int(node.a)]
      return (0..<256).contains { spells[$0] && set.contains(UInt8($0)) } ? 1 : Self.unreachable
    case .concat: return min(Self.unreachable, need(node.a) + need(node.b))
    case .alternatives:
      var least = Self.unreachable
      for part in regexes.lists[Int(node.a)] { least = min(least, need(part)) }
      return least
    case .repetition:
      if node.b == 0 { return 0 }
      let (bytes, overflow) = need(node.a).multipliedReportingOverflow(by: Int(node.b))
      return overflow ? Self.unreachable : min(Self.unreachable, bytes)
    case .literals:
      if Int(node.a) >= treeNeeds.count { extendTreeNeeds() }
      return treeNeeds[Int(node.a)]
    case .scalars: return scalarNeed(node.a)
    case .multiple:
      return regexes.divisors[Int(node.a)].need(
        remainder: node.b, phase: node.c, digits: node.d) ?? Self.unreachable
    case .text: return costs.need(Int(node.a), least: Int(node.b))
    case .freshKey: return freshKeyNeed(node)
    case .trail: return need(node.a)
    case .intersection, .complement: return node.a == RegexSet.nothing ? 0 : Self.unreachable
    }
  }

  /// The shortest way to a text that is not taken: it leaves the taken ones at once, or follows one of
  /// them for a while.
  private mutating func freshKeyNeed(_ node: RegexSet.Node) -> Int {
    let least = need(node.a)
    if least >= Self.unreachable { return least }
    // Mostly the text may end at once, and none that is taken does.
    if least > 0, spells[0x22], !regexes.keys.mayBegin(node.b, 0x22) {
      let end = next(node.a, 0x22)
      if end != RegexSet.nothing, need(end) < least { return least }
    }
    guard let taken = regexes.keys.following(node.b, in: node.c) else { return least }
    if regexes.isNullable[Int(node.a)], !taken.isMember { return 0 }
    guard hasMore(node.a) else { return Self.unreachable }
    let continuing = taken.bytes
    var best = Self.unreachable
    for byte in UInt8.min...UInt8.max where spells[Int(byte)] && !continuing.contains(byte) {
      let after = next(node.a, byte)
      if after == RegexSet.nothing { continue }
      best = min(best, need(after) + 1)
      if best <= least { return best }
    }
    for byte in UInt8.min...UInt8.max where spells[Int(byte)] && continuing.contains(byte) {
      let after = next(node.a, byte)
      if after == RegexSet.nothing || need(after) + 1 >= best { continue }
      let term = regexes.freshKey(after, key: regexes.keys.next(node.b, byte), taken: node.c)
      best = min(best, need(term) + 1)
    }
    return min(best, Self.unreachable)
  }

  /// Derives without asking whether the result has a text: that is what the search finds out.
  mutating func deriveForSearch(_ term: Term, _ byte: UInt8) -> Term {
    if !regexes.mayBeEmpty[Int(term)] { return next(term, byte) }
    let node = regexes.nodes[Int(term)]
    switch node.kind {
    case .intersection, .complement, .concat, .alternatives, .repetition:
      let index = Int(term)
      let byte = first(alike: byte, from: term)
      let group = Int(classOf[Int(byte)])
      if index < rowOf.count, rowOf[index] >= 0 {
        let known = rows[Int(rowOf[index]) + group]
        if known >= 0 { return known }
      }
      if index >= rawRowOf.count {
        rawRowOf.append(contentsOf: repeatElement(-1, count: regexes.count - rawRowOf.count))
      }
      if rawRowOf[index] < 0 {
        rawRowOf[index] = Int32(rawRows.count)
        rawRows.append(contentsOf: repeatElement(-1, count: representatives.count))
      }
      let slot = Int(rawRowOf[index]) + group
      if rawRows[slot] >= 0 { return rawRows[slot] }
      let result = deriveRaw(node, byte)
      if index < rawRowOf.count, rawRowOf[index] >= 0 {
        rawRows[Int(rawRowOf[index]) + group] = result
      }
      return result
    default: return next(term, byte)
    }
  }

  private mutating func deriveRaw(_ node: RegexSet.Node, _ byte: UInt8) -> Term {
    count(node)
    switch node.kind {
    case .concat:
      let first = regexes.concat(deriveForSearch(node.a, byte), node.b)
      guard regexes.isNullable[Int(node.a)] else { return first }
      return regexes.either(first, deriveForSearch(node.b, byte))
    case .alternatives:
      return united(regexes.lists[Int(node.a)].map { deriveForSearch($0, byte) })
    case .intersection:
      var parts: [Term] = []
      for term in regexes.lists[Int(node.a)] {
        let part = deriveForSearch(term, byte)
        if part == RegexSet.nothing { return part }
        parts.append(part)
      }
      return joined(parts)
    case .complement: return regexes.complement(deriveForSearch(node.a, byte))
    case .repetition:
      let rest = regexes.repetition(
        node.a, max(0, node.b - 1), node.c < 0 ? node.c : node.c - 1)
      return regexes.concat(deriveForSearch(node.a, byte), rest)
    default: return RegexSet.nothing
    }
  }

  /// Returns a term for the texts of a term but for those of a set, nil if its texts are no list.
  ///
  /// What is left without the key that was added last follows from what is left without the others.
  mutating func texts(of term: Term, without set: Int32) -> Term? {
    guard isList(term) else { return nil }
    var added: [Int32] = []
    var at = set
    var result = term
    while at != KeyPool.none {
      if let known = remainders[Int64(term) << 32 | Int64(at)] {
        result = known
        break
      }
      added.append(at)
      at = regexes.keys.withoutLast(at)
    }
    // The needs of what is shared must be known before those of what is new.
    if treeNeeds.count < regexes.trees.count { extendTreeNeeds() }
    for set in added.reversed() {
      result = removing(regexes.keys.bytes(regexes.keys.last(set))[...], from: result)
      remainders[Int64(term) << 32 | Int64(set)] = result
    }
    return result
  }

  /// Whether a term is a list of texts, or a text and then a list.
  private func isList(_ term: Term) -> Bool {
    let node = regexes.nodes[Int(term)]
    switch node.kind {
    case .literals: return true
    case .concat: return regexes.onlyByte(term) != nil && isList(node.b)
    default: return false
    }
  }

  private mutating func removing(_ text: ArraySlice<UInt8>, from term: Term) -> Term {
    let node = regexes.nodes[Int(term)]
    switch node.kind {
    case .literals:
      guard let rest = regexes.trees.removing(Array(text), from: node.a) else {
        return RegexSet.nothing
      }
      extendTreeNeeds()
      return regexes.literals(node: rest)
    case .concat:
      guard let byte = text.first, byte == regexes.onlyByte(term) else { return term }
      let head = regexes.literal([byte])
      let rest = next(term, byte)
      let kept = removing(text.dropFirst(), from: rest)
      return kept == rest ? term : regexes.concat(head, kept)
    default: return term
    }
  }

  /// Returns whether any byte may follow a term.
  func hasMore(_ term: Term) -> Bool { regexes.hasMore[Int(term)] }
}
