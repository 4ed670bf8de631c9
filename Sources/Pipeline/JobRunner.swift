// The worker's main loop: scan, claim, run, commit, until the mode's end.
//
// The calling thread does intake and decides; job threads each hold one claim. Everything that threads
// share stands in `Shared` under one lock.

import Digests
import Documents
package import Extraction
import Posix
package import Spool

/// An answer source with the way to make it give up.
package struct OpenedSource: Sendable {
  /// The source.
  package let source: any AnswerSource
  /// How many answers it makes best at once.
  package let parallel: Int
  /// Makes pending answers fail as interrupted.
  package let interrupt: @Sendable () -> Void

  /// Creates an opened source.
  package init(
    source: any AnswerSource, parallel: Int = 1, interrupt: @escaping @Sendable () -> Void
  ) {
    self.source = source
    self.parallel = max(1, parallel)
    self.interrupt = interrupt
  }
}

/// How a run ended.
package struct RunOutcome: Sendable {
  /// Jobs that ended as failed, partial or quarantined.
  package var unsuccessful = 0
  /// Jobs that ended.
  package var finished = 0
  /// Jobs that went back because the worker stops.
  package var returned = 0
  /// Queues that could not be used.
  package var refusedQueues = 0
  /// Jobs that wait because their queue is missing or cannot be used.
  package var waitingForQueue = 0
  /// Whether another process works under the same name.
  package var isLocked = false
  /// Whether a signal or the time limit ended a drain while jobs were waiting.
  package var isStoppedEarly = false
  /// What made the spool stop.
  package var failure: SpoolError?

  /// Creates an outcome of nothing done.
  package init() {}
}

/// A run over one spool.
package final class JobRunner: Sendable {
  private let spool: SpoolDirectory
  private let workerName: SpoolName
  private let options: RunOptions
  private let library = SchemaLibrary()
  private let onEvent: @Sendable (RunEvent) -> Void

  /// The milliseconds between two looks into the inboxes.
  private static let scanMilliseconds = 2000
  /// The milliseconds between two looks at signals.
  private static let tickMilliseconds = 50

  /// Creates a runner.
  package init(
    _ spool: SpoolDirectory, worker: SpoolName, options: RunOptions,
    onEvent: @escaping @Sendable (RunEvent) -> Void
  ) {
    self.spool = spool
    self.workerName = worker
    self.options = options
    self.onEvent = onEvent
  }

  /// Works until the mode's end.
  ///
  /// - Parameter openSource: Called once, when the first document waits to be read.
  /// - Throws: What `openSource` throws; all else is in the outcome.
  package func run<Failure: Error>(
    openSource: () throws(Failure) -> OpenedSource
  ) throws(Failure) -> RunOutcome {
    var outcome = RunOutcome()
    let worker: Worker
    do throws(SpoolError) {
      guard let (started, report) = try Worker.start(workerName, in: spool) else {
        outcome.isLocked = true
        return outcome
      }
      worker = started
      if report.completedLines > 0 || !report.returned.isEmpty {
        onEvent(.recovered(lines: report.completedLines, returned: report.returned.count))
      }
    } catch {
      outcome.failure = error
      return outcome
    }
    var intake: Intake
    do throws(SpoolError) {
      intake = try Intake(spool, library: library, onEvent: onEvent)
    } catch {
      outcome.failure = error
      return outcome
    }
    outcome.refusedQueues = intake.refusedCount
    let crew = JobCrew(worker: worker, queues: intake.queues, options: options, onEvent: onEvent)
    let started = spool.clock.monotonicNanoseconds
    var opened: OpenedSource?
    var openFailure: Failure?
    do throws(SpoolError) {
      while true {
        let scan = try intake.scan(shouldStop: { StopSignal.count > 0 })
        let seconds = Int((spool.clock.monotonicNanoseconds - started) / 1_000_000_000)
        if StopSignal.count > 0 || seconds >= options.maxSeconds || crew.hasFailed { break }
        let look = try crew.look()
        if look.hasDocuments && opened == nil {
          do throws(Failure) {
            let source = try openSource()
            opened = source
            crew.use(
              RecordGenerator(source: source.source, library: library), parallel: source.parallel)
          } catch {
            // Nothing was claimed: the jobs wait for a run with a model.
            openFailure = error
            break
          }
        }
        crew.offer(look.jobs)
        if options.mode == .once { break }
        if crew.isIdle {
          if crew.isExhausted || (options.mode == .drain && !scan.hasYoung) { break }
        }
        wait(crew, upTo: Self.scanMilliseconds)
      }
    } catch { outcome.failure = error }
    if let openFailure {
      crew.end()
      throw openFailure
    }
    finish(crew, opened, &outcome)
    do throws(SpoolError) {
      let seconds = Int((spool.clock.monotonicNanoseconds - started) / 1_000_000_000)
      let isCut = StopSignal.count > 0 || seconds >= options.maxSeconds
      if isCut && options.mode != .watch {
        outcome.isStoppedEarly = try !spool.readyJobs().isEmpty
      }
    } catch { if outcome.failure == nil { outcome.failure = error } }
    do throws(SpoolError) { try worker.checkpoint() } catch {
      if outcome.failure == nil, error != .stopped { outcome.failure = error }
    }
    return outcome
  }

  /// Waits until there is something to decide.
  private func wait(_ crew: JobCrew, upTo milliseconds: Int) {
    var left = milliseconds
    while left > 0, StopSignal.count == 0, !crew.hasFailed {
      if crew.waitUntilIdle(milliseconds: Self.tickMilliseconds) {
        // Whatever is left to wait for is young files: look again soon.
        if options.mode != .watch {
          spool.clock.sleep(milliseconds: Self.tickMilliseconds)
          return
        }
        spool.clock.sleep(milliseconds: Self.tickMilliseconds)
      }
      left -= Self.tickMilliseconds
    }
  }

  /// Lets running jobs end, or makes them give up after the grace time or at a second signal.
  private func finish(_ crew: JobCrew, _ opened: OpenedSource?, _ outcome: inout RunOutcome) {
    if options.mode != .once || StopSignal.count > 0 { crew.stopClaiming() }
    let deadline =
      spool.clock.monotonicNanoseconds + Int64(options.graceSeconds) * 1_000_000_000
    while !crew.waitUntilIdle(milliseconds: Self.tickMilliseconds) {
      if StopSignal.count > 0 { crew.stopClaiming() }
      let isOver =
        StopSignal.count > 1
        || (StopSignal.count > 0 && spool.clock.monotonicNanoseconds >= deadline)
      if isOver || crew.hasFailed { opened?.interrupt() }
    }
    crew.end()
    let totals = crew.totals
    outcome.finished = totals.finished
    outcome.unsuccessful = totals.unsuccessful
    outcome.returned = totals.returned
    outcome.waitingForQueue = crew.unusableCount
    if outcome.waitingForQueue > 0 {
      onEvent(.waitingForQueue(count: outcome.waitingForQueue))
    }
    if outcome.failure == nil { outcome.failure = totals.failure }
    if totals.returned > 0 { onEvent(.returned(count: totals.returned)) }
    opened?.interrupt()
  }
}
