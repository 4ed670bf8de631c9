// `quern classify`: one label for each document, on standard output, without a spool.

import JSON

/// One shot: a label for each file.
enum ClassifyCommand: Command {
  static let syntax = CommandSyntax(
    words: ["classify"], summary: "one shot: a label for each file, on standard output",
    notes: [
      "Reads each FILE as a document and writes one line of JSON for it, whose output is one of "
        + "the labels. Lines stand in the order of the files. Give either --labels or --schema; "
        + "--labels a,b,c is the schema {\"enum\":[\"a\",\"b\",\"c\"]}."
    ],
    operands: [
      OperandSyntax("FILE", .oneOrMore, "A document: text in any encoding, or Markdown.")
    ],
    options: [
      .value("labels", "A,B,C", .text, "The labels, with commas between them.")
    ] + OneShot.options(schemaIsRequired: false) + [ModelChoice.option, LoadedModel.option]
      + BackendChoice.options,
    examples: [
      "quern classify mail.txt --labels complaint,question,praise",
      "quern classify mails/*.txt --schema Schemas/email.schema.json --parallel 4",
    ],
    statuses: OneShot.statuses)

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    switch (invocation.text("labels"), invocation.has("schema")) {
    case (nil, false): throw invocation.wrong("--labels or --schema is missing")
    case (.some, true): throw invocation.wrong("--labels and --schema exclude each other")
    case (nil, true): return try OneShot(invocation, labels: nil).run()
    case (let text?, false):
      return try OneShot(invocation, labels: labels(of: text, invocation)).run()
    }
  }

  private static func labels(
    of text: String, _ invocation: Invocation
  ) throws(CommandFailure) -> [String] {
    var labels: [String] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let label = String(part.trimmedSpaces)
      guard !label.isEmpty else { throw invocation.wrong("--labels holds an empty label") }
      guard !labels.contains(where: { JSONKey($0) == JSONKey(label) }) else {
        throw invocation.wrong("--labels holds '\(label)' twice")
      }
      labels.append(label)
    }
    return labels
  }
}

extension Substring {
  fileprivate var trimmedSpaces: Substring {
    var rest = drop { $0 == " " }
    while rest.last == " " { rest.removeLast() }
    return rest
  }
}
