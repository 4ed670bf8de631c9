// What a model reaches: prompt tokens a second, and answer tokens a second of one and of several
// sequences, with the whole head computed for every token.

import Checkpoints
import Compute
import JSON
import Models
import Posix
import Tokens

/// Prefill and decode of one checkpoint.
struct ModelBench {
  let model: any Model
  let name: String
  let backend: CPUBackend
  let threads: Int
  let repeats: Int

  /// Measures a prompt of 512 tokens, and answers at several depths and sequence counts.
  func run() throws {
    try prefill(tokens: 512)
    for (sequences, depth) in [(1, 16), (1, 2048), (8, 16), (32, 16)] {
      try decode(sequences: sequences, depth: depth, tokens: 64)
    }
  }

  /// Measures a prompt of some tokens.
  func prefill(tokens: Int) throws {
    let prompt = text(tokens)
    let rate = try Spread(repeats: repeats, amount: Double(tokens)) {
      let cache = try model.makeCache(capacity: tokens)
      _ = try model.forward([SequenceInput(tokens: prompt, cache: cache, keep: .last)])
      _ = try model.logits(rows: [0], requests: [.all])
    }
    try line("prefill", sequences: 1, depth: tokens, rate)
  }

  /// Measures answers of some sequences together, each behind a prompt.
  func decode(sequences: Int, depth: Int, tokens: Int) throws {
    guard depth + tokens <= model.contextLength else { return }
    let caches = try prompts(sequences, depth: depth, tokens: tokens)
    let rate = try Spread(repeats: repeats, amount: Double(tokens * sequences)) {
      for cache in caches { _ = cache.rewind(to: depth) }
      for step in 0..<tokens { try self.step(step, caches) }
    }
    try line("decode", sequences: sequences, depth: depth, rate)
  }

  /// Runs many decode steps and tells what the allocator holds before and after; a line on standard
  /// error marks both moments, for whoever traces the calls of the system in between.
  func steps(_ count: Int, depth: Int) throws {
    let warm = 64
    let caches = try prompts(1, depth: depth, tokens: count + warm)
    for step in 0..<warm { try self.step(step, caches) }
    try StandardStream.error.writeLine("steps begin")
    let before = Machine.allocatedBytes
    for step in 0..<count { try self.step(warm + step, caches) }
    let after = Machine.allocatedBytes
    try StandardStream.error.writeLine("steps end")
    try report([
      "bench": "steps", "model": .string(name), "steps": .number(JSONNumber(count)),
      "allocatedBefore": .number(JSONNumber(before)),
      "allocatedAfter": .number(JSONNumber(after)),
    ])
  }

  private func prompts(_ count: Int, depth: Int, tokens: Int) throws -> [any SequenceCache] {
    var caches: [any SequenceCache] = []
    for _ in 0..<count {
      let cache = try model.makeCache(capacity: depth + tokens)
      _ = try model.forward([SequenceInput(tokens: text(depth), cache: cache, keep: .none)])
      caches.append(cache)
    }
    return caches
  }

  /// One token of every sequence, each with another token, as experts are chosen by tokens.
  private func step(_ step: Int, _ caches: [any SequenceCache]) throws {
    _ = try model.forward(
      caches.enumerated().map { index, cache in
        SequenceInput(
          tokens: [TokenID(100 + (step * 31 + index * 57) % 400)], cache: cache, keep: .last)
      })
    _ = try model.logits(
      rows: Array(0..<caches.count), requests: [LogitsRequest](repeating: .all, count: caches.count)
    )
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
