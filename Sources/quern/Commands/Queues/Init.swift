// `quern init`: a spool with a queue, ready for documents.

import Extraction
import JSON
import Posix
import Spool

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
    let library = SchemaLibrary()
    guard let path = invocation.path("schema"), let queueText = invocation.text("queue") else {
      throw invocation.wrong("--schema or --queue is missing")
    }
    let schema = try OneShot.contents(of: path, "read the schema \(path)")
    let instructions = invocation.text("instructions") ?? ""
    do throws(JobFailure) {
      _ = try library.compiled(ExtractionSettings(schema: schema, instructions: instructions))
    } catch { throw CommandFailure(.badInput, "\(path): \(error.message)") }
    let settings: JSONValue = [
      "schema": "schema.json", "instructions": .string(instructions),
    ]
    let inbox: FilePath
    do throws(SpoolError) {
      let queue = try SpoolName(queueText)
      let spool = try SpoolDirectory.create(invocation.operand(0))
      try spool.createQueue(
        queue,
        files: [
          ("schema.json", schema), ("queue.json", Array((settings.indentedText() + "\n").utf8)),
        ])
      inbox = spool.path / spool.folder(of: queue) / "inbox"
    } catch { throw CommandFailure(error, creating: true) }
    try Output.line("\(inbox)")
    return .done
  }
}
