// What opening a model costs: time, and the most memory that was ever held.

import Checkpoints
import Compute
import JSON
import Models
import Posix

/// One load of a checkpoint, the first thing that a process does.
enum LoadBench {
  /// Opens and prepares a model and reports time, peak memory and the size of the file.
  static func run(path: String, name: String, backend: CPUBackend, threads: Int) throws {
    let clock = SystemClock()
    let start = clock.monotonicNanoseconds
    let checkpoint = try MappedCheckpoint.open(path)
    let opened = clock.monotonicNanoseconds
    let model = try ModelRegistry.load(checkpoint, backend: backend)
    let milliseconds = (clock.monotonicNanoseconds - start) / 1_000_000
    try report([
      "bench": "load", "model": .string(name), "threads": .number(JSONNumber(threads)),
      "openMilliseconds": .number(JSONNumber(Int((opened - start) / 1_000_000))),
      "milliseconds": .number(JSONNumber(Int(milliseconds))),
      "peakBytes": .number(JSONNumber(try peakBytes())),
      "vocabulary": .number(JSONNumber(model.vocabularyCount)),
    ])
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
