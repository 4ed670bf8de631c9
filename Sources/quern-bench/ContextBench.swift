// What a long sequence costs: time and resident memory as it grows, and sixteen tokens at its end.
//
// A sequence is fed token by token, or its cache is filled with random rows up to near a length, so
// that lengths can be measured which would take hours to compute: what a chunk and a token cost does
// not depend on what the rows hold.

import Checkpoints
import Compute
import JSON
import Models
import Posix
import Tokens

/// One sequence that grows to a length, or several that begin near one.
struct ContextBench {
  let model: any Model
  let checkpoint: any Checkpoint
  let name: String
  let backend: CPUBackend
  let threads: Int

  /// The tokens of one forward pass.
  private static let chunk = 512
  /// The lengths of filled caches.
  private static let lengths = [1024, 32_768, 131_072, 500_000, 1_048_576]
  /// The tokens that follow a length.
  private static let decoded = 16

  private let clock = SystemClock()

  /// Feeds a sequence and reports it whenever its length has doubled.
  func run(tokens: Int) throws {
    try warmUp()
    let atStart = try residentBytes()
    let cache = try model.makeCache(capacity: tokens + Self.decoded)
    let planned = try ModelRegistry.plannedCache(of: checkpoint)
    let started = clock.monotonicNanoseconds
    var mark = 1024
    while cache.position < tokens {
      let before = clock.monotonicNanoseconds
      let end = min(cache.position + Self.chunk, tokens)
      let count = end - cache.position
      try feed(cache, to: end)
      guard cache.position >= mark || cache.position == tokens else { continue }
      mark *= 2
      let now = clock.monotonicNanoseconds
      try line(
        "prefill", cache.position,
        [
          ("seconds", Double(now - started) / 1e9),
          ("secondsPerTokenHere", Double(now - before) / 1e9 / Double(count)),
          ("residentGrowth", Double(try residentBytes() - atStart)),
          ("plannedCache", planned(cache.position).kept),
          ("plannedRead", planned(cache.position).read),
        ])
    }
    try decode(cache)
  }

  /// Fills caches with random rows, then feeds a chunk and decodes at each length.
  func runFilled(tokens: Int) throws {
    try warmUp()
    let planned = try ModelRegistry.plannedCache(of: checkpoint)
    // The decoded tokens lie inside the model's context; the first cache is for warmth: what the allocator
    // keeps of buffers that rows are read through is no cache.
    let greatest = min(tokens, model.contextLength - Self.decoded)
    let lengths = Self.lengths.filter { $0 < greatest } + [greatest]
    for (index, length) in ([min(64 * Self.chunk, greatest)] + lengths).enumerated() {
      let atStart = try residentBytes()
      let cache = try model.makeCache(capacity: length + Self.decoded)
      guard let storable = cache as? any StorableCache else { return }
      var source = RandomRows(highest: length - Self.chunk)
      guard storable.load(position: length - Self.chunk, { source.next($0) }) else { return }
      let growth = try residentBytes() - atStart
      let before = clock.monotonicNanoseconds
      try feed(cache, to: length)
      let seconds = Double(clock.monotonicNanoseconds - before) / 1e9
      if index == 0 { continue }
      try line(
        "filled", length,
        [
          ("secondsPerTokenHere", seconds / Double(Self.chunk)),
          ("residentGrowth", Double(growth)),
          ("fixedPart", Double(model.cacheBytesPerSequence)),
          (
            "growingPart",
            Double(model.cacheBytesPerPosition) * Double(length - Self.chunk)
          ),
          ("plannedCache", planned(length - Self.chunk).kept),
          ("plannedRead", planned(length).read),
        ])
      try decode(cache)
    }
  }

  /// Runs a chunk and a token, so that the work space is there before memory is measured.
  private func warmUp() throws {
    let cache = try model.makeCache(capacity: Self.chunk + Self.decoded)
    try feed(cache, to: Self.chunk)
    try feed(cache, to: Self.chunk + 1)
  }

  private func feed(_ cache: any SequenceCache, to end: Int) throws {
    let tokens = (cache.position..<end).map { TokenID(50 + $0 * 37 % 400) }
    _ = try model.forward([SequenceInput(tokens: tokens, cache: cache, keep: .last)])
    _ = try model.logits(rows: [0], requests: [.all])
  }

  private func decode(_ cache: any SequenceCache) throws {
    let depth = cache.position
    var times: [Int64] = []
    for step in 1...Self.decoded {
      let before = clock.monotonicNanoseconds
      try feed(cache, to: depth + step)
      times.append(clock.monotonicNanoseconds - before)
    }
    times.sort()
    try line(
      "decode", depth,
      [
        ("secondsPerToken", Double(times.reduce(0, +)) / 1e9 / Double(times.count)),
        ("medianSecondsPerToken", Double(times[times.count / 2]) / 1e9),
      ])
  }

  /// The memory of this process that is no file's.
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
      // Six places: times of single tokens are thousandths of a second.
      let millionths = Int(value * 1e6 + 0.5)
      let digits = String(1_000_000 + millionths % 1_000_000).dropFirst()
      object[key] = JSONNumber(literal: "\(millionths / 1_000_000).\(digits)").map { .number($0) }
    }
    try report(.object(object))
  }
}

/// Bytes that stand for the rows of a cache, whatever its element type.
private struct RandomRows {
  private var highest: Int?
  private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// - Parameter highest: What the first eight bytes of a cache with rings say.
  init(highest: Int) { self.highest = highest }

  mutating func next(_ count: Int) -> [UInt8] {
    if let place = highest {
      highest = nil
      if count == 8 { return (0..<8).map { UInt8(truncatingIfNeeded: place >> (8 * $0)) } }
    }
    return words(count)
  }

  /// Pairs of bytes that are numbers between 1/2 and 1 in 16 bits, and small ones in 32.
  private mutating func words(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      for shift in stride(from: 0, to: 64, by: 16) {
        let word = UInt16(truncatingIfNeeded: state >> UInt64(shift)) & 0x83FF | 0x3800
        bytes.append(UInt8(truncatingIfNeeded: word))
        bytes.append(UInt8(truncatingIfNeeded: word >> 8))
      }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }
}
