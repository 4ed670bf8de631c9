// Which arithmetic runs the model: precision, instruction set, threads.

import Compute

/// What the command line says about the arithmetic.
struct BackendChoice {
  /// How exactly to compute.
  let precision: Precision
  /// The instruction set to force, nil for the best of the machine.
  let instructionSet: InstructionSet?
  /// The number of compute threads, nil for one a processor.
  let threads: Int?

  /// The most threads that may be asked for.
  static let threadLimit = 1024

  /// Reads the options below from a command line.
  init(_ invocation: Invocation) {
    precision = invocation.text("precision").flatMap { Precision(rawValue: $0) } ?? .fast
    instructionSet = invocation.text("isa").flatMap { InstructionSet(rawValue: $0) }
    threads = invocation.number("threads")
  }

  /// The options of every command that computes.
  static let options: [OptionSyntax] = [
    .value(
      "precision", "exact|fast", .choice(Precision.allCases.map(\.rawValue)),
      "How exactly to compute: 32-bit floats, or 8-bit integers where the weights are quantized.",
      standard: "fast"),
    .value(
      "isa", "SET", .choice(InstructionSet.allCases.map(\.rawValue)),
      "Forces an instruction set: scalar, avx2, avx512 or amx. Records are the same bytes on one set "
        + "only, and on avx512 and amx.", standard: "the best one of this machine"),
    .value(
      "threads", "N", .number(1...threadLimit),
      "Compute threads. The records do not depend on it.",
      standard: "the processors that this process may use"),
  ]

  /// Makes the backend.
  ///
  /// - Throws: Status 69 where the machine lacks what was asked for.
  func backend() throws(CommandFailure) -> CPUBackend {
    do throws(ComputeError) {
      return try CPUBackend(
        precision: precision, threads: threads, instructions: instructionSet, pins: true)
    } catch {
      throw CommandFailure(.unavailable, "the backend cannot start: \(error)")
    }
  }
}
