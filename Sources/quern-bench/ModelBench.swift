// What a model reaches: prompt tokens a second, and answer tokens a second of one and of several
// sequences, with the whole head computed for every token.

import Checkpoints
import Compute
import JSON
import Models
import Tokens

/// Prefill and decode of one checkpoint.
struct ModelBench {
  let model: any Model
  let name: String
  let backend: CPUBackend
  let threads: Int
  let repeats: Int

  /// Measures prompts of 512 tokens, and answers of 64 at several depths and sequence counts.
  func run() throws {
    try prefill(tokens: 512)
    for (sequences, depth) in [(1, 16), (1, 2048), (4, 16), (8, 16)] {
      try decode(sequences: sequences, depth: depth, tokens: 64)
    }
  }

  private func prefill(tokens: Int) throws {
    let prompt = text(tokens)
    let rate = try Spread(repeats: repeats, amount: Double(tokens)) {
      let cache = try model.makeCache(capacity: tokens)
      _ = try model.forward([SequenceInput(tokens: prompt, cache: cache, keep: .last)])
      _ = try model.logits(rows: [0], requests: [.all])
    }
    try line("prefill", sequences: 1, depth: tokens, rate)
  }

  private func decode(sequences: Int, depth: Int, tokens: Int) throws {
    guard depth + tokens <= model.contextLength else { return }
    var caches: [any SequenceCache] = []
    for _ in 0..<sequences {
      let cache = try model.makeCache(capacity: depth + tokens)
      _ = try model.forward([SequenceInput(tokens: text(depth), cache: cache, keep: .none)])
      caches.append(cache)
    }
    let requests = [LogitsRequest](repeating: .all, count: sequences)
    let rate = try Spread(repeats: repeats, amount: Double(tokens * sequences)) {
      for cache in caches { _ = cache.rewind(to: depth) }
      for step in 0..<tokens {
        _ = try model.forward(
          caches.map { SequenceInput(tokens: [TokenID(100 + step)], cache: $0, keep: .last) })
        _ = try model.logits(rows: Array(0..<sequences), requests: requests)
      }
    }
    try line("decode", sequences: sequences, depth: depth, rate)
  }

  private func text(_ count: Int) -> [TokenID] { (0..<count).map { TokenID(50 + $0 % 400) } }

  private func line(_ bench: String, sequences: Int, depth: Int, _ rate: Spread) throws {
    try report([
      "bench": .string(bench), "model": .string(name), "backend": .string(backend.name),
      "precision": .string(backend.precision.rawValue), "threads": .number(JSONNumber(threads)),
      "sequences": .number(JSONNumber(sequences)), "depth": .number(JSONNumber(depth)),
      "tokensPerSecond": rate.json(in: 1),
    ])
  }
}
