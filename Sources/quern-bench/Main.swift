// Measurements as JSON Lines.
//
//   quern-bench kernels [--threads N] [--repeats N] [--precision exact|fast] [--isa scalar|avx512]
//   quern-bench model PATH [the same]

import Checkpoints
import Compute
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
    let description = "say `kernels` or `model PATH`, and options as in the source's first lines"
  }

  private static func run(_ words: [String]) throws {
    var plain: [String] = []
    var options: [String: String] = [:]
    var index = 0
    while index < words.count {
      if words[index].hasPrefix("--"), index + 1 < words.count {
        options[words[index]] = words[index + 1]
        index += 2
      } else {
        plain.append(words[index])
        index += 1
      }
    }
    let threads = options["--threads"].flatMap(Int.init) ?? Processors.count
    let repeats = options["--repeats"].flatMap(Int.init) ?? 5
    let backend = try CPUBackend(
      precision: options["--precision"].flatMap(Precision.init) ?? .fast, threads: threads,
      instructions: options["--isa"].flatMap(InstructionSet.init), pins: true)
    switch plain.first {
    case "kernels":
      try KernelBench(backend: backend, threads: threads, repeats: repeats).run()
    case "model" where plain.count == 2:
      let model = try ModelRegistry.load(MappedCheckpoint.open(plain[1]), backend: backend)
      let name = plain[1].split(separator: "/").last.map(String.init) ?? plain[1]
      try ModelBench(
        model: model, name: name, backend: backend, threads: threads, repeats: repeats
      ).run()
    default: throw Usage()
    }
  }
}
