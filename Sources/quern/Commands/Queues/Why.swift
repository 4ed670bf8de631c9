// `quern why`: what became of one job or file, in plain words.

/// Explains where a job or file is, and why.
enum WhyCommand: Command {
  static let syntax = CommandSyntax(
    words: ["why"], summary: "what became of a job or a file, and why",
    notes: [],
    operands: [
      OperandSyntax("SPOOL", .one, "The spool."),
      OperandSyntax("JOB|FILE", .one, "A job id, or the name of a file that was dropped."),
    ],
    options: [.flag("json", "Prints one JSON object instead of sentences.")],
    examples: ["quern why ~/spool inv-17.txt"],
    statuses: [.done, .noSuchFile, .inputOutput, .permission, .configuration])

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    throw CommandFailure(.internalFault, "why is not wired yet")
  }
}
