// The parts of a compiled schema: definitions of values that refer to each other by number.
//
//   value  = a leaf (one regular expression for all scalars) | arrays | objects
//   array  = '[' items counted by a number ']'
//   object = '{' declared keys in order, then new keys '}'

/// A value position.
struct Definition: Sendable {
  /// All scalars and literal values, `nothing` if there are none.
  var leaf: Term = RegexSet.nothing
  /// The scalars in spellings that differ where the values do.
  var distinctLeaf: Term = RegexSet.nothing
  /// The arrays among the values.
  var arrays: [Int32] = []
  /// The objects among the values.
  var objects: [Int32] = []
  /// The enumeration that this is, -1 if it is none.
  var labels: Int32 = -1
  /// Whether values can contain values of the same definition, at any distance.
  var isRecursive = false
  /// The place to report if the depth limit restricts this value.
  var place: Int32 = 0
}

/// A value at a place, and what it counts for.
struct ValueOption: Hashable, Sendable {
  /// The definition of the value.
  var value: Int32
  /// The clauses that such a value meets.
  var bits: UInt64 = 0
  /// What such a value adds to the counts of an array.
  var adds: UInt64 = 0
}

/// What an array or an object still owes.
struct Ledger: Hashable, Sendable {
  /// The clauses that are not met yet.
  var pending: UInt64 = 0
  /// Counts of members, or of elements by condition in lanes of 16 bits.
  var counts: UInt64 = 0
}

/// An array among the values of a position.
struct ArrayDefinition: Sendable {
  /// The bounds of a count.
  struct Lane: Sendable {
    var least: Int
    var greatest: Int
  }

  var prefix: [[ValueOption]] = []
  var items: [ValueOption] = []
  var least: Int
  /// The greatest count, `Int.max` without limit.
  var greatest: Int
  var isUnique = false
  /// Whether elements that must differ may be arrays or objects.
  var keepsTrail = false
  /// Whether such an element may be spelled with its members in several orders.
  var reordersMembers = false
  /// The clauses at the start.
  var pending: UInt64 = 0
  var lanes: [Lane] = []
  /// The length within which elements that differ are found, if they must.
  var cost = 0
  /// The place to report when a queue limit ends the array, zero if none can.
  var place: Int32 = 0
  /// Whether each element stands on a line of its own.
  var breaksLines = false

  /// Whether elements are told apart by more than their place.
  var hasLedger: Bool { pending != 0 || !lanes.isEmpty }

  func item(_ index: Int) -> [ValueOption] { index < prefix.count ? prefix[index] : items }

  /// Returns the ledger after an element, nil if the array may not hold it.
  func adding(_ option: ValueOption, to ledger: Ledger) -> Ledger? {
    if !hasLedger { return ledger }
    var counts: UInt64 = 0
    for (i, lane) in lanes.enumerated() {
      let shift = UInt64(16 * i)
      var count = Int(ledger.counts >> shift & 0xFFFF) + Int(option.adds >> shift & 0xFFFF)
      if count > lane.greatest { return nil }
      if lane.greatest == .max { count = min(count, lane.least) }
      counts |= UInt64(count) << shift
    }
    return Ledger(pending: ledger.pending & ~option.bits, counts: counts)
  }

  /// Whether an array may end with a ledger.
  func isPaid(_ ledger: Ledger) -> Bool {
    if ledger.pending != 0 { return false }
    for (i, lane) in lanes.enumerated()
    where Int(ledger.counts >> UInt64(16 * i) & 0xFFFF) < lane.least { return false }
    return true
  }
}

/// An object among the values of a position.
struct ObjectDefinition: Sendable {
  struct Key: Sendable {
    /// The key with quotes.
    var spelling: [UInt8]
    /// The key with quotes and colon, and with the comma before it.
    var first: Term
    var later: Term
    var options: [ValueOption] = []
    var isRequired = false
    /// The clauses that leaving the key out meets.
    var skipBits: UInt64 = 0
  }
  /// A kind of keys that are not declared.
  struct NewKeys: Sendable {
    /// The text after the opening quote.
    var text: Term
    var options: [ValueOption]
    /// Whether this is a declared key, which may stand anywhere.
    var isDeclared = false
    /// The declared key.
    var key: Int32 = KeyPool.none
    /// The length within which a key that is new is found, zero if nothing asks for it.
    var cost = 0
  }

  var keys: [Key] = []
  var newKeys: [NewKeys] = []
  /// The declared keys, which a new key may not repeat.
  var taken: Int32 = KeyPool.none
  /// The greatest number of new keys, `Int.max` without limit.
  var greatestNew: Int = .max
  /// The least number of members, zero where the required ones suffice.
  var least = 0
  /// The greatest number of members, `Int.max` where nothing exceeds it.
  var greatest = Int.max
  /// The clauses at the start.
  var pending: UInt64 = 0
  /// The clauses that every object meets.
  var met: UInt64 = 0
  var place: Int32 = 0

  var countsMembers: Bool { least > 0 || greatest < .max }
  var hasLedger: Bool { pending != 0 || countsMembers }

  /// Returns the ledger after a member, nil if the object may not hold it.
  func adding(_ bits: UInt64, to ledger: Ledger) -> Ledger? {
    var counts = ledger.counts
    if countsMembers {
      counts += 1
      if counts > greatest { return nil }
      if greatest == .max { counts = min(counts, UInt64(least)) }
    }
    return Ledger(pending: ledger.pending & ~bits, counts: counts)
  }

  /// Whether an object may end with a ledger.
  func isPaid(_ ledger: Ledger) -> Bool { ledger.pending == 0 && ledger.counts >= least }
}

/// How a declared key is spelled.
struct KeySpelling {
  /// The key with quotes.
  let bytes: [UInt8]
  /// Its number, from after the opening quote on.
  let key: Int32
  /// The key with quotes and colon, and with the comma before it, once they are made.
  var terms: (first: Term, later: Term)?
}

/// The terms between values.
struct Punctuation: Sendable {
  var openArray: Term
  var openObject: Term
  /// Closing brackets right after the opening one.
  var closeEmptyArray: Term
  var closeEmptyObject: Term
  var closeArray: Term
  var closeObject: Term
  var comma: Term
  var colon: Term
  /// What stands before, between and after elements on lines of their own.
  var lineStart: Term
  var lineComma: Term
  var lineClose: Term
  /// What stands between the brace or the last value and the text of a new key.
  var firstQuote: Term
  var laterQuote: Term
  /// White space around the whole value.
  var margin: Term
}

/// What may still come: a step of the grammar and the continuation behind it, a stack shared by hash-consing.
struct Continuation: Equatable {
  enum Step: UInt8 {
    /// The end of the whole value, or of one that stands alone if `a` is not zero.
    case end
    /// The term `a`.
    case leaf
    /// A value of the definition `a`.
    case value
    /// The array `a` after `b` elements, `c` taken if they must differ.
    case array
    /// The element `b` of the array `a`.
    case element
    /// After the element before `b` of an array whose elements must differ.
    case afterElement
    /// The object `a` before its declared key `b >> 1`, `b & 1` if no member stands yet, `c` taken.
    case object
    /// A member of the object `a` after a comma, from the declared key `b >> 1` on, `c` taken.
    case keys
    /// The value of the declared key `b` of the object `a`.
    case member
    /// The value of a new key of the kind `b` of the object `a`, its key being in `c`.
    case newMember
    /// The text of a new key of the object `a`, `c` taken.
    case newKey
    /// After a new key of the kind `b` of the object `a`, `c` taken before it.
    case afterKey
  }

  var step: Step
  var a: Int32 = 0
  var b: Int32 = 0
  var c: Int32 = 0
  var next: Int32 = 0
  /// The declared keys that stand already, where they may stand anywhere.
  var used: Int32 = 0
  /// What the array or object owes.
  var ledger = Ledger()

  /// A hash for open tables.
  var hash: UInt64 {
    var hash = WordHash()
    hash.combine(a, b)
    hash.combine(c, next)
    hash.combine(used, Int32(step.rawValue))
    hash.combine(ledger.pending)
    hash.combine(ledger.counts)
    return hash.value
  }
}
