// What objects or arrays of one kind may owe at one place, and how far it is from there to the end.

/// Needs by what is owed at a place.
struct LedgerLevel: Sendable {
  /// The ledgers, none where they are the counts from one on.
  private var ledgers: [Ledger] = []
  private var places: [Ledger: Int] = [:]
  /// The bytes to the end by the number of a ledger.
  var needs: [Int]

  /// Makes a level of some ledgers.
  init(_ level: Set<Ledger>) {
    ledgers = Array(level)
    for (place, ledger) in ledgers.enumerated() { places[ledger] = place }
    needs = [Int](repeating: LeafAutomaton.unreachable, count: ledgers.count)
  }

  /// Makes a level of the counts from one to a greatest one.
  init(greatestCount: Int) {
    needs = [Int](repeating: LeafAutomaton.unreachable, count: greatestCount)
  }

  /// Returns a ledger by its number.
  func ledger(at index: Int) -> Ledger {
    ledgers.isEmpty ? Ledger(counts: UInt64(index) + 1) : ledgers[index]
  }

  /// Returns the bytes to the end, nil for a ledger that cannot stand here.
  subscript(ledger: Ledger) -> Int? {
    guard ledgers.isEmpty else { return places[ledger].map { needs[$0] } }
    guard ledger.pending == 0, ledger.counts > 0, ledger.counts <= UInt64(needs.count) else {
      return nil
    }
    return needs[Int(ledger.counts) - 1]
  }
}
