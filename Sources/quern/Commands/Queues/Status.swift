// `quern status`: what is where in a spool, and whether every job is accounted for.

import JSON
import Posix
import Spool

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
    do throws(SpoolError) {
      let spool = try SpoolDirectory(opening: invocation.operand(0))
      let census = try spool.census()
      var inboxes: [(queue: String, count: Int)] = []
      for queue in try spool.queues() {
        inboxes.append((queue.text, try spool.inboxNames(of: queue).count))
      }
      try? show(census, inboxes, invocation)
      if invocation.has("check"), !census.isConserved {
        Log().write(
          .error,
          "accepted jobs and lines differ: \(census.accepted) accepted, "
            + "\(census.lineCount) lines, \(census.pending) pending"
            + census.discrepancies.map { "; " + $0 }.joined())
        return .internalFault
      }
      return .done
    } catch { throw CommandFailure(error) }
  }

  private static let statuses = [
    "ok", "partial", "failed", "duplicate", "quarantined", "cancelled", "split",
  ]

  private static func show(
    _ census: Census, _ waiting: [(queue: String, count: Int)], _ invocation: Invocation
  ) throws(CommandFailure) {
    var counts = JSONObject()
    counts["accepted"] = .number(JSONNumber(census.accepted))
    for status in statuses { counts[status] = .number(JSONNumber(census.lines[status] ?? 0)) }
    counts["pending"] = .number(JSONNumber(census.pending))
    if invocation.has("json") {
      var inboxes = JSONObject()
      for (queue, count) in waiting {
        inboxes[queue] = .number(JSONNumber(count))
      }
      counts["inboxes"] = .object(inboxes)
      counts["conserved"] = .bool(census.isConserved)
      try Output.line(JSONValue.object(counts).bytes)
      return
    }
    for member in counts.members {
      try Output.line(pad(member.key, 14) + member.value.text)
    }
    for (queue, count) in waiting {
      try Output.line(pad("in inbox", 14) + "\(count)  \(queue)")
    }
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.utf8.count))
  }
}
