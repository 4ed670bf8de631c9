// `quern status`: what is where in a spool, and whether every job is accounted for.

/// Counts a spool's jobs.
enum StatusCommand: Command {
  static let syntax = CommandSyntax(
    words: ["status"], summary: "what is where in a spool",
    notes: [
      "--check compares the number of accepted jobs with what became of them: accepted = ok + "
        + "partial + failed + duplicate + quarantined + cancelled + split + pending. A difference "
        + "is status 70."
    ],
    operands: [OperandSyntax("SPOOL", .one, "The spool.")],
    options: [
      .flag("json", "Prints one JSON object instead of a table."),
      .flag("check", "Checks that every accepted job is accounted for."),
    ],
    examples: ["quern status ~/spool --check"],
    statuses: [.done, .noSuchFile, .internalFault, .inputOutput, .permission, .configuration])

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    throw CommandFailure(.internalFault, "status is not wired yet")
  }
}
