// `quern doctor`: whether this machine and spool can be relied on.

/// Examines the machine, the model and a spool.
enum DoctorCommand: Command {
  static let syntax = CommandSyntax(
    words: ["doctor"], summary: "examines the machine, the model and a spool",
    notes: [
      "Looks at permissions, free disk, fsync, one file system, the clock, memory for the model, "
        + "the full sha256 of the model's file, and network code (there is none). Each line is ok, "
        + "a warning, or a failure with what to do."
    ],
    operands: [OperandSyntax("SPOOL", .optional, "The spool; without it, the machine alone.")],
    options: [
      ModelChoice.option,
      .flag("json", "Prints one JSON object instead of lines."),
    ],
    examples: ["quern doctor ~/spool"],
    statuses: [.done, .someFailed, .noSuchFile, .configuration])

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    throw CommandFailure(.internalFault, "doctor is not wired yet")
  }
}
