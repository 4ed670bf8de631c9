// `quern extract`: documents to records on standard output, without a spool.

/// One shot: a record for each file.
enum ExtractCommand: Command {
  static let syntax = CommandSyntax(
    words: ["extract"], summary: "one shot: a record for each file, on standard output",
    notes: [
      "Reads each FILE as a document and writes one line of JSON for it, with the same fields as "
        + "the lines of a spool. Lines stand in the order of the files, whatever --parallel is. "
        + "A file that yields no record yields an error line."
    ],
    operands: [
      OperandSyntax("FILE", .oneOrMore, "A document: text in any encoding, or Markdown.")
    ],
    options: OneShot.options(schemaIsRequired: true) + [ModelChoice.option, LoadedModel.option]
      + BackendChoice.options,
    examples: [
      "quern extract letter.txt --schema Schemas/contract.schema.json",
      "quern extract *.txt --schema invoice.json --parallel 2 >records.jsonl",
    ],
    statuses: OneShot.statuses)

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    try OneShot(invocation, labels: nil).run()
  }
}
