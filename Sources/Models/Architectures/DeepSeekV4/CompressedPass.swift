// The rows of one pass through a DeepSeek-V4 model, cut into rounds of at most 64 rows a sequence.
//
// A round's rows are stored before its queries attend, and the rings of the cache have 64 rows to
// spare: so no row is overwritten that a query of the round still needs.

import Compute

/// Consecutive rows of a pass that belong to one sequence.
struct PassPart {
  /// The stores of the sequence's layers.
  let layers: [LayerStore]
  /// The first row.
  let firstRow: Int
  /// The number of rows.
  let count: Int
  /// The position of the first row.
  let position: Int
}

/// What one round takes of one part.
struct RoundPart {
  /// The stores of the sequence's layers.
  let layers: [LayerStore]
  /// The rows of the pass.
  let rows: [Int]
  /// The positions of the rows.
  let positions: [Int]
  /// The places of the rows in the rings of recent tokens.
  let slots: [Int]
  /// The ring rows that each row attends to, oldest first.
  let windows: [[Int32]]
}

/// A pass with what all layers share.
struct CompressedPass {
  /// The token ids of the rows.
  let tokens: [Int]
  /// The positions of the rows.
  let positions: [Int]
  /// The rounds, in order.
  let rounds: [[RoundPart]]

  /// The number of rows.
  var rows: Int { tokens.count }

  /// Cuts a pass into rounds.
  init(tokens: [Int], parts: [PassPart], window: Int) {
    self.tokens = tokens
    positions = parts.flatMap { part in (0..<part.count).map { part.position + $0 } }
    let step = CompressedCache.rewindLimit
    let ring = window + step
    var rounds: [[RoundPart]] = []
    for part in parts {
      for (round, start) in stride(from: 0, to: part.count, by: step).enumerated() {
        let offsets = start..<min(start + step, part.count)
        let positions = offsets.map { part.position + $0 }
        if round == rounds.count { rounds.append([]) }
        rounds[round].append(
          RoundPart(
            layers: part.layers, rows: offsets.map { part.firstRow + $0 }, positions: positions,
            slots: positions.map { $0 % ring },
            windows: positions.map { position in
              (max(0, position - window + 1)...position).map { Int32($0 % ring) }
            }))
      }
    }
    self.rounds = rounds
  }
}
