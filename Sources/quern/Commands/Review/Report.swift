// `quern report`: results as one page for review.

import JSON
import Posix
import Reports

/// The page on which people review records.
enum ReportCommand: Command {
  static let syntax = CommandSyntax(
    words: ["report"], summary: "one page for reviewing results in a browser",
    notes: [
      "RESULTS is a file of result lines, a folder of them, or a spool. The page shows each document "
        + "beside its fields, the riskiest first, with the places in the text that support them. Accept, "
        + "correct or reject with the mouse or the keys a, c and r; the page keeps the decisions and saves "
        + "them as decisions.jsonl. Of several lines for one document the last holds; duplicates are left out.",
      "The page is one file. It loads nothing, sends nothing, and works without a network. It holds the "
        + "documents' text: treat it as you treat them.",
      "The documents' text is taken from the spool in which RESULTS lies, or from --documents. Without it the "
        + "page shows fields and quotes only.",
    ],
    operands: [
      OperandSyntax("RESULTS", .one, "A file of result lines, a folder of them, or a spool.")
    ],
    options: [
      .value("output", "FILE", .path, "The page to write.", isRequired: true, short: "o"),
      .value(
        "documents", "DIR", .path, "A folder that holds the documents under their names.",
        standard: "the spool around RESULTS"),
      .value("title", "TEXT", .text, "The heading of the page.", standard: "the name of RESULTS"),
    ],
    examples: [
      "quern report spool -o review.html",
      "quern report records.jsonl --documents letters -o review.html",
    ],
    statuses: [
      .done, .badInput, .noSuchFile, .cannotCreate, .inputOutput, .tryLater, .permission,
    ])

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    let results = try ResultFiles(invocation.folder(0))
    let documents = invocation.path("documents")
    let lines = ResultLine.latest(results.lines).filter { $0.status != "duplicate" }
    var withoutText = 0
    let reviewed = lines.map { line in
      let text = results.text(of: line, documents: documents)
      if text == nil && line.output != nil { withoutText += 1 }
      return ReviewDocument(line: line, text: text)
    }
    let name = invocation.folder(0).lastComponent.text
    let page = ReviewPage(title: invocation.text("title") ?? "Review of \(name)")
    guard let output = invocation.path("output") else {
      throw invocation.wrong("--output is missing")
    }
    try OutputFile.write(page.html(reviewed), to: output)
    let log = Log()
    if results.strangeCount > 0 {
      log.write(.warning, "\(results.strangeCount) lines are no result lines and were left out")
    }
    if withoutText > 0 {
      log.write(
        .warning,
        "the text of \(withoutText) of \(lines.count) documents is not at hand; see --documents")
    }
    return .done
  }
}
