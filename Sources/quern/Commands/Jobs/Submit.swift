// `quern submit`: what dropping a file does, for scripts, without waiting for it to settle.

/// Accepts files into a queue.
enum SubmitCommand: Command {
  static let syntax = CommandSyntax(
    words: ["submit"], summary: "accepts files into a queue and prints their job ids",
    notes: [
      "Each FILE is copied into the spool and stays where it is. Its job id is printed once the "
        + "job is safe on the disk. A document that was accepted before is a job with the status "
        + "duplicate, whose error line names the first one."
    ],
    operands: [
      OperandSyntax("SPOOL", .one, "The spool."),
      OperandSyntax("QUEUE", .one, "The queue's name."),
      OperandSyntax("FILE", .oneOrMore, "A document."),
    ],
    options: [],
    examples: ["quern submit ~/spool invoices inv-17.txt inv-18.txt"],
    statuses: [
      .done, .someFailed, .noSuchFile, .inputOutput, .tryLater, .permission, .configuration,
    ])

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    throw CommandFailure(.internalFault, "submit is not wired yet")
  }
}
