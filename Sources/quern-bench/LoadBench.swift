// What opening a model costs: time, the most memory that was ever held, and where the time goes.

import Checkpoints
import Compute
import Grammars
import Inference
import JSON
import Models
import Posix
import Tokens

/// One load of an engine, the first thing that a process does.
enum LoadBench {
  /// Opens and prepares a model with its tokenizer and digest, and reports the time from the path to the engine and
  /// the peak memory.
  ///
  /// - Parameter showsParts: Whether the parts are measured too, by themselves, one after another.
  static func run(
    path: String, name: String, backend: CPUBackend, threads: Int, showsParts: Bool
  ) throws {
    let start = SystemClock().monotonicNanoseconds
    let checkpoint = try EngineLoader.open(path)
    let engine = try EngineLoader.load(checkpoint, path: path, backend: backend)
    let whole = milliseconds(since: start)
    try report([
      "bench": "load", "model": .string(name), "threads": .number(JSONNumber(threads)),
      "milliseconds": whole, "peakBytes": .number(JSONNumber(try peakBytes())),
      "tensorBytes": .number(JSONNumber(checkpoint.tensorByteCount)),
      "vocabulary": .number(JSONNumber(engine.vocabulary.count)),
    ])
    guard showsParts else { return }
    func part(_ body: () throws -> Void) rethrows -> JSONValue {
      let start = SystemClock().monotonicNanoseconds
      try body()
      return milliseconds(since: start)
    }
    try report([
      "bench": "load-parts", "model": .string(name), "threads": .number(JSONNumber(threads)),
      "openMilliseconds": try part { _ = try EngineLoader.open(path) },
      "weightsMilliseconds": try part {
        _ = try ModelRegistry.load(checkpoint, backend: backend)
      },
      "tokenizerMilliseconds": try part {
        _ = try EngineLoader.tokenizer(of: checkpoint, path: path)
      },
      "digestMilliseconds": part { _ = EngineLoader.digest(of: checkpoint) },
      "maskIndexMilliseconds": part { _ = TokenTrie(engine.vocabulary) },
    ])
  }

  private static func milliseconds(since start: Int64) -> JSONValue {
    .number(JSONNumber(Int((SystemClock().monotonicNanoseconds - start) / 1_000_000)))
  }

  /// The greatest resident size of this process so far, pages of files included.
  private static func peakBytes() throws -> Int {
    let text = String(decoding: try readFile("/proc/self/status", limit: 1 << 16), as: UTF8.self)
    for line in text.split(separator: "\n") where line.hasPrefix("VmHWM:") {
      return (line.split(separator: " ").compactMap { Int($0) }.first ?? 0) * 1024
    }
    return 0
  }
}
