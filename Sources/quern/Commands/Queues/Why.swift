// `quern why`: what became of one job or file, in plain words.

import JSON
import Posix
import Spool

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
    let asked = invocation.operand(1)
    var found: [(file: String, line: JSONValue)] = []
    var pending: String?
    do throws(SpoolError) {
      let spool = try SpoolDirectory(opening: invocation.operand(0))
      try spool.forEachLine { file, bytes in
        guard let line = try? JSONValue.parse(bytes) else { return }
        if line["job"]?.string == asked.text
          || line["input"]?["name"]?.string == asked.lastComponent.text
        {
          found.append((file, line))
        }
      }
      if let job = JobID(asked.text), found.isEmpty {
        pending = try spool.state(of: job)?.word
      }
    } catch { throw CommandFailure(error) }
    for (file, line) in found {
      if invocation.has("json") {
        try Output.line(line.bytes)
        continue
      }
      let name = line["input"]?["name"]?.string ?? ""
      let job = line["job"]?.string ?? ""
      let status = line["status"]?.string ?? ""
      var text = "\(name) (job \(job)): \(status), line in \(file)"
      if let message = line["error"]?["message"]?.string { text += ". \(message)" }
      for reason in line["review"]?["reasons"]?.array ?? [] {
        if let reason = reason.string { text += "; \(reason)" }
      }
      try Output.line(Log.visible(text))
    }
    if !found.isEmpty { return .done }
    if let pending {
      try Output.line("job \(asked) is \(pending)")
      return .done
    }
    throw CommandFailure(
      .noSuchFile,
      "no job and no accepted file is called \(asked); a file still in an inbox becomes a job at the "
        + "next run")
  }
}
