// What a long sequence costs: time and resident memory at powers of two, and sixteen tokens at its end.

import Checkpoints
import Compute
import JSON
import Models
import Posix
import Tokens

/// One sequence that grows to a length.
struct ContextBench {
  let model: any Model
  let checkpoint: any Checkpoint
  let name: String
  let backend: CPUBackend
  let threads: Int

  /// The tokens of one forward pass.
  private static let chunk = 512

  /// Feeds a sequence and reports it whenever its length has doubled.
  func run(tokens: Int) throws {
    let cache = try model.makeCache(capacity: tokens + 16)
    let planned = try ModelRegistry.plannedCache(of: checkpoint)
    let clock = SystemClock()
    let atStart = try residentBytes()
    let started = clock.monotonicNanoseconds
    var mark = 1024
    while cache.position < tokens {
      let end = min(cache.position + Self.chunk, tokens)
      _ = try model.forward([
        SequenceInput(
          tokens: (cache.position..<end).map { TokenID(50 + $0 * 37 % 400) }, cache: cache,
          keep: .none)
      ])
      guard cache.position >= mark || cache.position == tokens else { continue }
      mark *= 2
      try line(
        "prefill", cache.position,
        [
          ("seconds", Double(clock.monotonicNanoseconds - started) / 1e9),
          ("residentGrowth", Double(try residentBytes() - atStart)),
          ("plannedCache", planned(cache.position).kept),
          ("plannedRead", planned(cache.position).read),
        ])
    }
    let decoding = clock.monotonicNanoseconds
    for step in 0..<16 {
      _ = try model.forward([
        SequenceInput(tokens: [TokenID(60 + step)], cache: cache, keep: .last)
      ])
      _ = try model.logits(rows: [0], requests: [.all])
    }
    let seconds = Double(clock.monotonicNanoseconds - decoding) / 1e9
    try line("decode", tokens, [("secondsPerToken", seconds / 16)])
  }

  /// The memory of this process that is neither a file's nor swapped out.
  private func residentBytes() throws -> Int {
    let text = String(decoding: try readFile("/proc/self/statm", limit: 4096), as: UTF8.self)
    let numbers = text.split(separator: " ").compactMap { Int($0) }
    guard numbers.count > 2 else { return 0 }
    return (numbers[1] - numbers[2]) * 4096
  }

  private func line(_ bench: String, _ depth: Int, _ values: [(String, Double)]) throws {
    var object = JSONObject()
    object["bench"] = .string("context \(bench)")
    object["model"] = .string(name)
    object["backend"] = .string("\(backend.name)/\(backend.precision.rawValue)")
    object["threads"] = .number(JSONNumber(threads))
    object["depth"] = .number(JSONNumber(depth))
    for (key, value) in values {
      let thousandths = Int(value * 1000 + 0.5)
      let digits = String(1000 + thousandths % 1000).dropFirst()
      object[key] = JSONNumber(literal: "\(thousandths / 1000).\(digits)").map { .number($0) }
    }
    try report(.object(object))
  }
}
