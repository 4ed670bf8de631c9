// What the output head costs: all of its rows, or only those of some tokens spread over the vocabulary.

import JSON
import Models
import Tokens

/// The head of one model, for one row and for several.
struct HeadBench {
  let model: any Model
  let name: String
  let threads: Int
  let repeats: Int

  /// Measures and reports microseconds a call.
  func run() throws {
    for rows in [1, 8] {
      let caches = try (0..<rows).map { _ in try model.makeCache(capacity: 16) }
      _ = try model.forward(
        caches.enumerated().map { index, cache in
          SequenceInput(
            tokens: (0..<4).map { TokenID(50 + 7 * index + $0) }, cache: cache, keep: .last)
        })
      try line(rows, ids: nil)
      for ids in [16, 64, 256, 1024, 4096, 16_384] where ids < model.vocabularyCount {
        try line(rows, ids: ids)
      }
    }
  }

  private func line(_ rows: Int, ids: Int?) throws {
    let request = ids.map { count in
      LogitsRequest.only((0..<count).map { TokenID($0 * (model.vocabularyCount / count)) })
    }
    let requests = [LogitsRequest](repeating: request ?? .all, count: rows)
    let rate = try Spread(repeats: repeats, amount: 1) {
      _ = try model.logits(rows: Array(0..<rows), requests: requests)
    }
    try report([
      "bench": "head", "model": .string(name), "threads": .number(JSONNumber(threads)),
      "rows": .number(JSONNumber(rows)),
      "tokens": .number(JSONNumber(ids ?? model.vocabularyCount)),
      "callsPerSecond": rate.json(in: 1),
    ])
  }
}
