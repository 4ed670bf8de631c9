// `quern export`: results as tables for other programs.

import JSON
import Posix
import Reports

/// Results in other people's formats.
enum ExportCommand: Command {
  static let syntax = CommandSyntax(
    words: ["export"], summary: "results as a table (CSV) for other programs",
    notes: [
      "RESULTS is a file of result lines, a folder of them, or a spool. The table is RFC 4180: UTF-8, commas, "
        + "lines end in CR LF. Of several lines for one document the last holds.",
      "The first columns are always job, queue, name, sha256, status, finish, review, reasons, error and "
        + "message. The others are the values of the outputs, each under its JSON pointer: /total, "
        + "/lines/0/amount. Their order is that of the outputs; an output that is one value stands under output. A value that is null or absent is an empty cell.",
      "With --rows /lines each element of that list is a row; its values stand under /lines/*/amount, the "
        + "column row counts the elements from 1, and the other values are repeated.",
      "Every line is a row, failed ones too, with empty values and the columns error and message filled: "
        + "a document that yielded nothing is not missing from the table. A spool's duplicates are rows as well.",
      "A text that a spreadsheet would take for a formula (it begins with =, +, -, @ or a tab) gets an "
        + "apostrophe in front. Numbers stay as they are, negative ones too.",
    ],
    operands: [
      OperandSyntax("RESULTS", .one, "A file of result lines, a folder of them, or a spool.")
    ],
    options: [
      .flag("csv", "Writes CSV, the only format so far."),
      .value("rows", "POINTER", .text, "Makes a row of each element of the list at POINTER."),
      .value(
        "output", "FILE", .path, "The file to write.", standard: "standard output", short: "o"),
    ],
    examples: [
      "quern export spool --csv >records.csv",
      "quern export spool/results --csv --rows /lines -o lines.csv",
    ],
    statuses: [
      .done, .badInput, .noSuchFile, .cannotCreate, .inputOutput, .tryLater, .permission,
    ])

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    guard invocation.has("csv") else { throw invocation.wrong("--csv is missing") }
    var list: JSONPointer?
    if let text = invocation.text("rows") {
      guard let pointer = JSONPointer(text), !pointer.steps.isEmpty else {
        throw invocation.wrong("--rows needs a JSON pointer such as /lines, not '\(text)'")
      }
      list = pointer
    }
    let results = try ResultFiles(invocation.folder(0))
    let table = CSVExport(rowsOf: list).table(ResultLine.latest(results.lines))
    if let output = invocation.path("output") {
      try OutputFile.write(table, to: output)
    } else {
      try Output.bytes(table)
    }
    if results.strangeCount > 0 {
      Log().write(
        .warning, "\(results.strangeCount) lines are no result lines and were left out")
    }
    return .done
  }
}
