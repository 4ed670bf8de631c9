// Measurements as JSON Lines.
//
//   quern-bench kernels [--threads N] [--repeats N] [--precision exact|fast] [--isa scalar|avx2|avx512|amx]
//   quern-bench model PATH [the same]
//   quern-bench prefill PATH [--tokens N] [the same]
//   quern-bench decode PATH [--depth N] [--tokens N] [the same]
//   quern-bench batch PATH [--sequences N] [--depth N] [--tokens N] [the same]
//   quern-bench steps PATH [--depth N] [--tokens N] [the same]
//   quern-bench load PATH [the same], load-parts PATH [the same]
//   quern-bench head PATH [the same]
//   quern-bench context PATH --tokens N [--fill synthetic] [the same]
//   quern-bench mutations PATH... --out FOLDER [--count N] [--seed N] [--limit SECONDS]
//   quern-bench logits PATH --ids FILE --out FILE [--tokens N] [the same]
//   quern-bench ablation PATH --schema FILE --documents DIR [--instructions TEXT] [--parallel N] [the same]
//   quern-bench labels PATH [--check cases] [--depth N] [the same]
//   quern-bench divergence PATH --text FILE [--tokens N] [--threads N]
//   quern-bench masks …: in Masks/MaskBenches.swift

import Checkpoints
import Compute
import Inference
import Models
import Posix

@main
struct Main {
  static func main() {
    do {
      try run(Array(CommandLine.arguments.dropFirst()))
    } catch {
      try? StandardStream.error.writeLine("quern-bench: \(error)")
      exitProcess(status: 1)
    }
  }

  private struct Usage: Error, CustomStringConvertible {
    let problem: String
    var description: String {
      problem + """
        ; usage:
          quern-bench kernels [OPTIONS]
          quern-bench model PATH [OPTIONS]
          quern-bench prefill PATH [--tokens N] [OPTIONS]
          quern-bench decode PATH [--depth N] [--tokens N] [OPTIONS]
          quern-bench batch PATH [--sequences N] [--depth N] [--tokens N] [OPTIONS]
          quern-bench steps PATH [--depth N] [--tokens N] [OPTIONS]
          quern-bench load PATH [OPTIONS]
          quern-bench load-parts PATH [OPTIONS]
          quern-bench head PATH [OPTIONS]
          quern-bench context PATH [--tokens N] [--fill synthetic] [OPTIONS]
          quern-bench mutations PATH... --out FOLDER [--count N] [--seed N] [--limit SECONDS]
          quern-bench logits PATH --ids FILE --out FILE [--tokens N] [OPTIONS]
          quern-bench ablation PATH --schema FILE --documents DIR [--instructions TEXT] [--parallel N] [OPTIONS]
          quern-bench labels PATH [--check cases] [--depth N] [OPTIONS]
          quern-bench divergence PATH --text FILE [--tokens N] [--threads N]
          quern-bench masks PART …
        options: --threads N, --repeats N, --precision exact|fast, --isa scalar|avx2|avx512|amx
        """
    }
  }

  /// The verbs that start threads of their own beside those of the backend.
  private static let startsThreads: Set = ["load", "load-parts", "ablation", "divergence"]
  private static let modelVerbs: Set = ["model", "prefill", "decode", "batch", "steps"]

  private static let names: Set = [
    "--threads", "--repeats", "--precision", "--isa", "--tokens", "--ids", "--out", "--schema",
    "--documents", "--instructions", "--parallel", "--text", "--depth", "--sequences",
    "--fill", "--count", "--seed", "--limit", "--check",
  ]

  private static func run(_ words: [String]) throws {
    if words.first == "masks" { return try MaskBenches.run(Array(words.dropFirst())) }
    var plain: [String] = []
    var options: [String: String] = [:]
    var index = 0
    while index < words.count {
      if words[index].hasPrefix("--") {
        guard Self.names.contains(words[index]), index + 1 < words.count else {
          throw Usage(problem: "\(words[index]) is no option, or has no value")
        }
        options[words[index]] = words[index + 1]
        index += 2
      } else {
        plain.append(words[index])
        index += 1
      }
    }
    func value<T>(_ name: String, _ read: (String) -> T?) throws -> T? {
      guard let text = options[name] else { return nil }
      guard let value = read(text) else { throw Usage(problem: "\(name) cannot be \(text)") }
      return value
    }
    func count(_ name: String) throws -> Int? {
      try value(name) { Int($0).flatMap { $0 > 0 ? $0 : nil } }
    }
    if plain.first == "mutations", plain.count > 1 {
      guard let folder = options["--out"] else { throw Usage(problem: "mutations needs --out") }
      try MutationBench(
        folder: FilePath(folder), count: count("--count") ?? 2000,
        seed: UInt64(count("--seed") ?? 1), limit: count("--limit") ?? 10
      ).run(Array(plain.dropFirst()))
      return
    }
    let threads = try count("--threads") ?? Processors.count
    let repeats = try count("--repeats") ?? 5
    let backend = try CPUBackend(
      precision: value("--precision", Precision.init) ?? .fast, threads: threads,
      instructions: value("--isa", InstructionSet.init), pins: true)
    if plain.first.map({ !startsThreads.contains($0) }) ?? false {
      backend.threadPool?.pinCaller()
    }
    switch plain.first {
    case "kernels":
      try KernelBench(backend: backend, threads: threads, repeats: repeats).run()
    case "load" where plain.count == 2, "load-parts" where plain.count == 2:
      try LoadBench.run(
        path: plain[1], name: name(of: plain[1]), backend: backend, threads: threads,
        showsParts: plain[0] == "load-parts")
    case let verb? where modelVerbs.contains(verb) && plain.count == 2:
      let model = try ModelRegistry.load(MappedCheckpoint.open(plain[1]), backend: backend)
      let bench = ModelBench(
        model: model, name: name(of: plain[1]), backend: backend, threads: threads,
        repeats: repeats)
      let depth = try count("--depth") ?? 16
      switch verb {
      case "prefill": try bench.prefill(tokens: count("--tokens") ?? 512)
      case "decode":
        try bench.decode(sequences: 1, depth: depth, tokens: count("--tokens") ?? 64)
      case "batch":
        for sequences in try count("--sequences").map({ [$0] }) ?? [2, 4, 8, 16, 32] {
          try bench.decode(
            sequences: sequences, depth: depth, tokens: count("--tokens") ?? 64)
        }
      case "steps": try bench.steps(count("--tokens") ?? 1000, depth: depth)
      default: try bench.run()
      }
    case "head" where plain.count == 2:
      try HeadBench(
        model: ModelRegistry.load(MappedCheckpoint.open(plain[1]), backend: backend),
        name: name(of: plain[1]), threads: threads, repeats: repeats
      ).run()
    case "context" where plain.count == 2:
      let checkpoint = try MappedCheckpoint.open(plain[1])
      let bench = try ContextBench(
        model: ModelRegistry.load(checkpoint, backend: backend), checkpoint: checkpoint,
        name: name(of: plain[1]), backend: backend, threads: threads)
      let isFilled = try value("--fill") { $0 == "synthetic" ? true : nil } ?? false
      let tokens = try count("--tokens") ?? 32_768
      try isFilled ? bench.runFilled(tokens: tokens) : bench.run(tokens: tokens)
    case "logits" where plain.count == 2:
      guard let ids = options["--ids"], let output = options["--out"] else {
        throw Usage(problem: "logits needs --ids and --out")
      }
      let text = try String(decoding: readFile(FilePath(ids), limit: 1 << 28), as: UTF8.self)
      let model = try ModelRegistry.load(MappedCheckpoint.open(plain[1]), backend: backend)
      try LogitsDump(
        model: model, name: name(of: plain[1]), precision: backend.precision.rawValue
      ).run(
        ids: text, output: FilePath(output),
        tokens: count("--tokens") ?? 64)
    case "ablation" where plain.count == 2:
      guard let schema = options["--schema"], let folder = options["--documents"] else {
        throw Usage(problem: "ablation needs --schema and --documents")
      }
      let checkpoint = try EngineLoader.open(plain[1])
      try AblationBench(
        engine: EngineLoader.load(checkpoint, path: plain[1], backend: backend),
        name: name(of: plain[1]), threads: threads,
        schema: readFile(FilePath(schema), limit: 1 << 24),
        instructions: options["--instructions"] ?? "", documents: documents(in: folder),
        parallel: count("--parallel") ?? 8
      ).run()
    case "labels" where plain.count == 2:
      let bench = try LabelBench(
        engine: EngineLoader.load(
          EngineLoader.open(plain[1]), path: plain[1], backend: backend),
        name: name(of: plain[1]), threads: threads)
      if try value("--check", { $0 == "cases" ? true : nil }) ?? false { return try bench.check() }
      try bench.time(depth: count("--depth") ?? 512, repeats: repeats)
    case "divergence" where plain.count == 2:
      guard let text = options["--text"] else { throw Usage(problem: "divergence needs --text") }
      func engine(_ precision: Precision) throws -> Engine {
        try EngineLoader.load(
          EngineLoader.open(plain[1]), path: plain[1],
          backend: CPUBackend(precision: precision, threads: threads, pins: false))
      }
      try DivergenceBench(
        fast: engine(.fast), exact: engine(.exact), name: name(of: plain[1]),
        text: readFile(FilePath(text), limit: 1 << 26), tokens: count("--tokens") ?? 10_000
      ).run()
    default: throw Usage(problem: "there is nothing to measure")
    }
  }

  /// The texts of a folder's documents, by name.
  private static func documents(in folder: String) throws -> [String] {
    let home = try FileDescriptor.open(FilePath(folder), .directory)
    return try PosixFileSystem().list(home).map(\.text).filter { $0.hasSuffix(".txt") }.sorted()
      .map {
        String(
          decoding: try readFile(FilePath(folder) / FilePath($0), limit: 1 << 26), as: UTF8.self)
      }
  }

  private static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
