// `quern init`: a spool with a queue, ready for documents.

/// Makes a spool and a queue in it.
enum InitCommand: Command {
  static let syntax = CommandSyntax(
    words: ["init"], summary: "makes a spool and a queue",
    notes: [
      "Makes the folder SPOOL, or adds a queue to a spool that is there. The schema is checked "
        + "first and copied; a queue that exists is left as it is. Documents are then dropped "
        + "into SPOOL/queues/NAME/inbox."
    ],
    operands: [OperandSyntax("SPOOL", .one, "The folder; it may not exist yet.")],
    options: [
      .value(
        "queue", "NAME", .text,
        "The queue's name: small letters, digits, '-', '_' and '.', at most 64.", isRequired: true),
      .value("schema", "S", .path, "The JSON Schema of the records.", isRequired: true),
      .value(
        "instructions", "TEXT", .text, "What to look for, in a sentence or two.",
        standard: "none"),
    ],
    examples: [
      "quern init ~/spool --queue invoices --schema Schemas/invoice.json"
    ],
    statuses: [
      .done, .badInput, .noSuchFile, .cannotCreate, .inputOutput, .tryLater, .permission,
      .configuration,
    ])

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    throw CommandFailure(.internalFault, "init is not wired yet")
  }
}
