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
    let stories: [JobStory]
    var inboxes: [String] = []
    do throws(SpoolError) {
      let spool = try SpoolDirectory(opening: invocation.folder(0))
      stories = try spool.stories(of: asked.text)
      for queue in try spool.queues()
      where try spool.inboxNames(of: queue).contains(asked.lastComponent.text) {
        inboxes.append(queue.text)
      }
    } catch { throw CommandFailure(error) }
    for story in stories {
      if invocation.has("json") {
        try Output.line(json(story).bytes)
      } else {
        try Output.line(Log.visible(sentence(story)))
      }
    }
    for queue in inboxes where !invocation.has("json") {
      try Output.line(
        Log.visible(
          "\(asked.lastComponent) lies in the inbox of the queue \(queue); it becomes a job at the "
            + "next run, once nobody writes to it any more"))
    }
    if !stories.isEmpty || !inboxes.isEmpty { return .done }
    throw CommandFailure(.noSuchFile, "no job and no file in an inbox is called \(asked)")
  }

  /// Returns a job's story as people read it.
  private static func sentence(_ story: JobStory) -> String {
    let line = story.line.flatMap { try? JSONValue.parse($0) }
    var text = "\(story.envelope.name) (job \(story.envelope.job), queue \(story.envelope.queue)): "
    if let line, let file = story.lineFile {
      text += "\(line["status"]?.string ?? story.state.word), line in \(file)"
      if let message = line["error"]?["message"]?.string { text += ". \(message)" }
      for reason in line["review"]?["reasons"]?.array ?? [] {
        if let reason = reason.string { text += "; \(reason)" }
      }
    } else if case .claimed(let worker) = story.state {
      text += "the worker \(worker) holds it"
    } else {
      text += "\(story.state.word) for a worker"
    }
    if story.crashes > 0 { text += "; a worker stopped \(story.crashes) times while it held it" }
    return text
  }

  private static func json(_ story: JobStory) -> JSONValue {
    var value = JSONObject()
    value["job"] = .string(story.envelope.job.text)
    value["queue"] = .string(story.envelope.queue.text)
    value["name"] = .string(story.envelope.name)
    value["state"] = .string(story.state.word)
    value["crashes"] = .number(JSONNumber(story.crashes))
    value["file"] = story.lineFile.map { .string($0) } ?? .null
    value["line"] = story.line.flatMap { try? JSONValue.parse($0) } ?? .null
    return .object(value)
  }
}
