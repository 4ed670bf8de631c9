// `quern run`: the worker.

/// Works through a spool.
enum RunCommand: Command {
  static let syntax = CommandSyntax(
    words: ["run"], summary: "the worker: takes jobs from a spool, writes their records",
    notes: [
      "--drain ends when no job is left. --once looks into the inboxes once and works on the jobs "
        + "that are then ready. --watch goes on until it is stopped and looks every 2 seconds. "
        + "With no job waiting the worker leaves before it opens the model.",
      "TERM or INT: jobs that finish within the grace time do, others go back to the queue; a "
        + "second signal stops now. One worker runs under one name; a second one with the same "
        + "name ends with status 75 and says nothing.",
      "Records are appended to SPOOL/results, errors to SPOOL/errors, one line of JSON a job.",
    ],
    operands: [OperandSyntax("SPOOL", .one, "The spool.")],
    options: [
      .flag("drain", "Works until no job is left. This is the default."),
      .flag("once", "Works on the jobs that are there after one look into the inboxes."),
      .flag("watch", "Works until it is stopped."),
      .value(
        "max-seconds", "N", .number(1...Int(Int32.max)),
        "Takes no new job after N seconds.", standard: "no limit"),
      .value(
        "max-jobs", "N", .number(1...Int(Int32.max)), "Takes at most N jobs.",
        standard: "no limit"),
      .value(
        "parallel", "N", .number(1...64), "Works on up to N jobs at once.", standard: "1"),
      .value(
        "worker", "NAME", .text, "The worker's name, the same at every start.",
        standard: "the host name"),
      .value(
        "grace", "SECONDS", .number(0...86_400),
        "How long running jobs may still take after a signal.", standard: "30"),
      ModelChoice.option,
    ] + BackendChoice.options,
    examples: [
      "quern run ~/spool --drain --parallel 2",
      "quern run ~/spool --watch --model qwen2.5-coder-0.5b",
    ],
    statuses: [
      .done, .someFailed, .noSuchFile, .unavailable, .internalFault, .inputOutput, .tryLater,
      .permission, .configuration,
    ])

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    let modes = ["drain", "once", "watch"].filter { invocation.has($0) }
    guard modes.count <= 1 else {
      throw invocation.wrong("--\(modes[0]) and --\(modes[1]) exclude each other")
    }
    throw CommandFailure(.internalFault, "run is not wired yet")
  }
}
