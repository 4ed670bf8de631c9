// Damaged checkpoints: each gives a model or one clear line, soon and in little memory.
//
// A case goes the whole way of a run: the files are opened, looked into, tokenizer and model are made,
// and one token is computed. A crash ends this program, and so does a case that takes too long; what is
// left in the folder is the case that did it.

import Checkpoints
import Compute
import Inference
import JSON
import Models
import Posix
import Synchronization
import Tokens

/// Runs damaged checkpoints.
struct MutationBench {
  /// Where the damaged files are written.
  let folder: FilePath
  /// How many cases are tried.
  let count: Int
  let seed: UInt64
  /// The seconds after which a case hangs.
  let limit: Int

  /// The longest line that a person reads.
  private static let longestLine = 600

  /// What one kind of damage came to.
  private struct Tally {
    var cases = 0
    var refused = 0
    var unclear: [String] = []
    var slowest: Int64 = 0
    var greatestGrowth = 0
  }

  /// Runs as many cases of each checkpoint.
  ///
  /// - Parameter paths: GGUF files, or folders with safetensors.
  func run(_ paths: [String]) throws {
    let watch = Watch(limit: limit)
    try watch.start()
    var random = MutationRandom(seed: seed)
    var unclear = 0
    for (index, path) in paths.enumerated() {
      let sample = try Self.sample(path)
      try clear()
      try write(sample.files)
      if let line = outcome(sample) { throw MutationFailure.goodOneRefused(path, line) }
      var tallies: [Damage: Tally] = [:]
      let share = count * (index + 1) / paths.count - count * index / paths.count
      for number in 0..<share {
        let damage = Damage.allCases[number % Damage.allCases.count]
        try write(sample.damaged(damage, &random))
        let before = Residence.restart()
        watch.begin()
        let line = outcome(sample)
        let nanoseconds = watch.end()
        var tally = tallies[damage] ?? Tally()
        tally.cases += 1
        tally.slowest = max(tally.slowest, nanoseconds)
        tally.greatestGrowth = max(tally.greatestGrowth, Residence.greatest() - before)
        if let line {
          tally.refused += 1
          if line.isEmpty || line.unicodeScalars.contains(where: { $0.value < 32 })
            || line.count > Self.longestLine
          {
            tally.unclear.append(line)
          }
        }
        tallies[damage] = tally
      }
      for damage in Damage.allCases {
        guard let tally = tallies[damage] else { continue }
        try report(line(path, sample, damage, tally))
        for text in tally.unclear.prefix(3) {
          try StandardStream.error.writeLine("unclear: \(text.debugDescription)")
        }
        unclear += tally.unclear.count
      }
    }
    if unclear > 0 { throw MutationFailure.unclear(unclear) }
  }

  private func line(
    _ path: String, _ sample: CheckpointSample, _ damage: Damage, _ tally: Tally
  ) -> JSONValue {
    [
      "bench": "mutations", "file": .string(path), "damage": .string(damage.rawValue),
      "cases": .number(JSONNumber(tally.cases)), "refused": .number(JSONNumber(tally.refused)),
      "unclear": .number(JSONNumber(tally.unclear.count)),
      "slowestMicroseconds": .number(JSONNumber(Int(tally.slowest / 1000))),
      "greatestGrowthBytes": .number(JSONNumber(tally.greatestGrowth)),
      "metadataBytes": .number(JSONNumber(sample.metadataSize)),
      "fileBytes": .number(JSONNumber(sample.files.values.reduce(0) { $0 + $1.count })),
    ]
  }

  // MARK: Files

  private static func sample(_ path: String) throws -> CheckpointSample {
    if path.hasSuffix(".gguf") {
      return CheckpointSample(main: "model.gguf", files: ["model.gguf": try read(path)])
    }
    var files: [String: [UInt8]] = [:]
    for name in names {
      if let bytes = try? read("\(path)/\(name)") { files[name] = bytes }
    }
    return CheckpointSample(main: "model.safetensors", files: files)
  }

  /// The files of a folder, beside which a GGUF file has none.
  private static let names = [
    "model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json",
  ]

  private static func read(_ path: String) throws -> [UInt8] {
    try readFile(FilePath(path), limit: 1 << 30)
  }

  /// Removes what another sample left.
  private func clear() throws {
    let files = PosixFileSystem()
    let place = try FileDescriptor.open(folder, .directory)
    for name in Self.names + ["model.gguf"] where try files.exists(FilePath(name), in: place) {
      try files.unlink(FilePath(name), in: place)
    }
  }

  private func write(_ contents: [String: [UInt8]]) throws {
    let files = PosixFileSystem()
    let place = try FileDescriptor.open(folder, .directory)
    for (name, bytes) in contents {
      let name = FilePath(name)
      if try files.exists(name, in: place) { try files.unlink(name, in: place) }
      let file = try files.open(name, in: place, .createExclusive, permissions: 0o600)
      try files.writeAll(bytes, to: file, at: 0)
    }
  }

  // MARK: One case

  /// Goes the whole way of a run; returns the refusal, if there is one.
  private func outcome(_ sample: CheckpointSample) -> String? {
    let path = sample.main.hasSuffix(".gguf") ? "\(folder)/\(sample.main)" : folder.text
    do throws(InferenceError) {
      let checkpoint = try EngineLoader.open(path)
      _ = ModelParts(checkpoint, expertShare: ModelRegistry.expertShare(of: checkpoint)).bytesRead
      let backend = try backend()
      let model: any Model
      if sample.hasTokenizer {
        model = try EngineLoader.load(checkpoint, path: path, backend: backend).model
      } else {
        do throws(ModelError) {
          model = try ModelRegistry.load(checkpoint, backend: backend)
        } catch { throw .model(error) }
      }
      do throws(ModelError) {
        let cache = try model.makeCache(capacity: min(4, model.contextLength))
        _ = try model.forward([
          SequenceInput(tokens: [TokenID(0)], cache: cache, keep: .last)
        ])
        _ = try model.logits(rows: [0], requests: [.all])
      } catch { throw .model(error) }
      return nil
    } catch { return "\(error)" }
  }

  private func backend() throws(InferenceError) -> any Backend {
    do throws(ComputeError) {
      return try CPUBackend(precision: .fast, threads: 1)
    } catch { throw .model(.backend(reason: "\(error)")) }
  }
}

/// Why the bench fails.
enum MutationFailure: Error, CustomStringConvertible {
  case goodOneRefused(String, String)
  case unclear(Int)

  var description: String {
    switch self {
    case .goodOneRefused(let path, let line): "\(path) is refused undamaged: \(line)"
    case .unclear(let count): "\(count) refusals are not one clear line"
    }
  }
}

/// Ends the program when a case takes too long.
private final class Watch: Sendable {
  private let started = Mutex<Int64?>(nil)
  private let limit: Int
  private let clock = SystemClock()

  /// - Parameter limit: The seconds of one case.
  init(limit: Int) { self.limit = limit }

  func start() throws {
    _ = try SharedThread(name: "watch") { [self] in
      while true {
        clock.sleep(milliseconds: 100)
        guard let begin = started.withLock({ $0 }),
          clock.monotonicNanoseconds - begin > Int64(limit) * 1_000_000_000
        else { continue }
        try? StandardStream.error.writeLine("quern-bench: a case takes over \(limit) s")
        exitProcess(status: 3)
      }
    }
  }

  func begin() { started.withLock { $0 = clock.monotonicNanoseconds } }

  /// Returns the nanoseconds since the case began.
  func end() -> Int64 {
    started.withLock { begin in
      defer { begin = nil }
      return clock.monotonicNanoseconds - (begin ?? 0)
    }
  }
}

/// The resident memory of this process.
private enum Residence {
  /// Makes the present size the greatest one, where the system allows it, and returns it.
  static func restart() -> Int {
    if let file = try? FileDescriptor.open("/proc/self/clear_refs", .append) {
      try? PosixFileSystem().writeAll([0x35], to: file, at: 0)
    }
    return size("VmRSS:")
  }

  /// The greatest size since then.
  static func greatest() -> Int { size("VmHWM:") }

  private static func size(_ name: String) -> Int {
    let text = (try? readFile("/proc/self/status", limit: 1 << 16)) ?? []
    for line in String(decoding: text, as: UTF8.self).split(separator: "\n")
    where line.hasPrefix(name) {
      return (Int(line.filter(\.isNumber)) ?? 0) * 1024
    }
    return 0
  }
}
