// `quern run`: the worker.

import Extraction
import Pipeline
import Posix
import Spool

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
        "parallel", "N", .number(1...64), "Works on up to N jobs at once.",
        standard: "as many as memory holds, at most 16"),
      .value(
        "worker", "NAME", .text, "The worker's name, the same at every start.",
        standard: "the host name"),
      .value(
        "grace", "SECONDS", .number(0...86_400),
        "How long running jobs may still take after a signal.", standard: "30"),
      ModelChoice.option, LoadedModel.option,
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
    let mode: RunMode =
      invocation.has("watch") ? .watch : invocation.has("once") ? .once : .drain
    let parallel = invocation.number("parallel")
    let options = RunOptions(
      mode: mode, parallel: parallel, maxJobs: invocation.number("max-jobs") ?? .max,
      maxSeconds: invocation.number("max-seconds") ?? .max,
      graceSeconds: invocation.number("grace") ?? 30)
    let log = Log()
    let runner: JobRunner
    let prefixes: FilePath
    do throws(SpoolError) {
      let spool = try SpoolDirectory(opening: invocation.folder(0))
      prefixes = spool.prefixes
      let worker = try invocation.text("worker").map { (name) throws(SpoolError) in
        try SpoolName(name)
      }
      runner = JobRunner(
        spool, worker: worker ?? SpoolName(making: Machine.hostName), options: options
      ) { event in report(event, log) }
    } catch { throw CommandFailure(error) }
    do throws(PosixError) { try StopSignal.install() } catch {
      throw CommandFailure(error, "watch for signals")
    }
    var loaded: LoadedModel?
    let outcome = try runner.run { () throws(CommandFailure) -> OpenedSource in
      let model = try LoadedModel(invocation, parallel: parallel, prefixes: prefixes)
      loaded = model
      return OpenedSource(source: model.source, parallel: model.sequences) { model.interrupt() }
    }
    loaded?.stop()
    return try status(of: outcome)
  }

  private static func status(of outcome: RunOutcome) throws(CommandFailure) -> ExitStatus {
    if outcome.isLocked { return .tryLater }
    if let failure = outcome.failure { throw CommandFailure(failure) }
    if outcome.returned > 0 || outcome.isStoppedEarly { return .tryLater }
    if outcome.refusedQueues > 0 || outcome.waitingForQueue > 0 { return .configuration }
    return outcome.unsuccessful > 0 ? .someFailed : .done
  }

  private static func report(_ event: RunEvent, _ log: Log) {
    switch event {
    case .queueRefused(let problem): log.write(.error, "\(problem)")
    case .leftChanging(let queue, let names):
      log.write(
        .warning,
        "\(queue): still being written, left for the next look: "
          + names.joined(separator: ", "))
    case .accepted: break  // The line about its end is enough.
    case .finished(let queue, let name, let job, let status, let milliseconds, let why):
      let line = "\(queue): \(name) \(status) in \(milliseconds) ms (\(job))"
      if status == "ok" || status == "duplicate" {
        log.progress(line)
      } else {
        log.write(.warning, line + (why.map { ": " + $0 } ?? ""))
      }
    case .waitingForQueue(let count):
      log.write(
        .error,
        "\(count) jobs wait, since their queue is missing or cannot be used; mend it and run "
          + "again")
    case .returned(let count):
      log.write(.warning, "\(count) jobs went back to the queue; run again to do them")
    case .recovered(let lines, let returned):
      log.write(
        .warning,
        "settled what an earlier stop left: \(lines) lines completed, \(returned) jobs "
          + "back in the queue")
    }
  }
}
