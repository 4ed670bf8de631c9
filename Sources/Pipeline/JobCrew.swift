// The job threads: claim → read → answer → check → commit, one claim each.
//
// A job that has crashed a worker before runs alone, so that a poisonous document harms only itself;
// after the third crash it fails without being tried.

import Documents
import Extraction
import Posix
import Spool

/// The job threads of one run.
final class JobCrew: Sendable {
  /// What the threads did together.
  struct Totals: Sendable {
    var finished = 0
    var unsuccessful = 0
    var returned = 0
    var failure: SpoolError?
  }

  private struct State: Sendable {
    /// The number of job threads.
    var parallel: Int
    /// The jobs to claim, the most urgent last.
    var waiting: [JobName] = []
    var claimed = 0
    var active = 0
    /// Whether the job in work must be the only one.
    var isExclusive = false
    var isStopping = false
    var isEnded = false
    /// What makes records, nil until a document waits.
    var generator: RecordGenerator?
    /// Jobs whose queue cannot be used: they wait for a run in which it can.
    var unusable: Set<JobName> = []
    var totals = Totals()
  }

  private let worker: Worker
  private let queues: [SpoolName: QueueSettings]
  private let options: RunOptions
  private let onEvent: @Sendable (RunEvent) -> Void
  private let state: Condition<State>
  private let threads = Condition<[SharedThread]>([])

  /// The number of crashes after which a job is not tried again.
  private static let crashLimit = 3

  init(
    worker: Worker, queues: [SpoolName: QueueSettings], options: RunOptions,
    onEvent: @escaping @Sendable (RunEvent) -> Void
  ) {
    self.worker = worker
    self.queues = queues
    self.options = options
    self.onEvent = onEvent
    state = Condition(State(parallel: options.parallel ?? 1))
  }

  // MARK: - The calling thread's side

  /// Jobs that may be offered, the most urgent first.
  struct Look: Sendable {
    var jobs: [JobName] = []
    /// Whether one of them is a document to be read, for which a model is needed.
    var hasDocuments = false
  }

  /// Looks for jobs if none is waiting here.
  func look() throws(SpoolError) -> Look {
    var look = Look()
    let unusable = state.withLock { state -> Set<JobName>? in
      let isWanted =
        state.waiting.isEmpty && !state.isStopping && state.claimed < options.maxJobs
      return isWanted ? state.unusable : nil
    }
    guard let unusable else { return look }
    var queues: [SpoolName: Int] = [:]
    var found: [(job: JobName, queue: Int)] = []
    for job in try worker.spool.readyJobs() where !unusable.contains(job) {
      guard let envelope = try worker.spool.waitingEnvelope(job) else { continue }
      if envelope.kind == .document && self.queues[envelope.queue] == nil {
        state.update { _ = $0.unusable.insert(job) }
        continue
      }
      let queue = queues[envelope.queue] ?? queues.count
      queues[envelope.queue] = queue
      found.append((job, queue))
      if envelope.kind == .document { look.hasDocuments = true }
    }
    // Jobs of one queue follow one another, since they share the beginning of their prompts; the
    // queue of the oldest job comes first. The order of jobs within a queue stays.
    look.jobs = found.enumerated().sorted { a, b in
      (a.element.job.priority, a.element.queue, a.offset)
        < (b.element.job.priority, b.element.queue, b.offset)
    }.map(\.element.job)
    return look
  }

  /// Sets what makes records, and how many at once it makes best; called before documents are offered.
  func use(_ generator: RecordGenerator, parallel: Int) {
    state.update { state in
      state.generator = generator
      state.parallel = options.parallel ?? parallel
    }
  }

  /// Gives jobs to the threads, which start with the first ones.
  func offer(_ jobs: [JobName]) {
    guard !jobs.isEmpty else { return }
    state.update { $0.waiting = jobs.reversed() }
    start()
  }

  /// Starts the threads that are missing.
  private func start() {
    let started = threads.withLock { $0.count }
    let wanted = state.withLock { $0.parallel }
    for index in started..<max(started, wanted) {
      do throws(PosixError) {
        let thread = try SharedThread(name: "job-\(index)") { self.work() }
        threads.update { $0.append(thread) }
      } catch {
        if threads.withLock({ $0.isEmpty }) { fail(.system(error)) }
      }
    }
  }

  /// Whether no job is in work or about to be.
  var isIdle: Bool { state.withLock { $0.active == 0 && ($0.waiting.isEmpty || $0.isStopping) } }

  /// Whether the greatest number of jobs was claimed.
  var isExhausted: Bool { state.withLock { $0.claimed >= options.maxJobs } }

  /// Whether the spool failed.
  var hasFailed: Bool { state.withLock { $0.totals.failure != nil } }

  /// The number of jobs that wait because their queue cannot be used.
  var unusableCount: Int { state.withLock { $0.unusable.count } }

  var totals: Totals { state.withLock { $0.totals } }

  /// Waits for a while until no job is in work or waiting.
  func waitUntilIdle(milliseconds: Int) -> Bool {
    state.wait(milliseconds: milliseconds) { state -> Bool? in
      state.active == 0 && (state.waiting.isEmpty || state.isStopping) ? true : nil
    } ?? false
  }

  /// Lets no further job be claimed.
  func stopClaiming() { state.update { $0.isStopping = true } }

  /// Ends the threads; they hold no claims any more.
  func end() {
    state.update { state in
      state.isStopping = true
      state.isEnded = true
    }
    let running = threads.withLock { $0 }
    for thread in running { thread.join() }
  }

  private func fail(_ error: SpoolError) {
    state.update { state in
      // Later ones only say that the first has stopped the worker.
      if state.totals.failure == nil { state.totals.failure = error }
      state.isStopping = true
    }
  }

  // MARK: - A job thread's side

  /// Takes jobs until the crew ends.
  private func work() {
    while let job = next() {
      do throws(SpoolError) {
        if let claim = try worker.claim(job) {
          try process(claim)
        } else {
          state.update { $0.claimed -= 1 }
        }
      } catch { fail(error) }
      state.update { state in
        state.active -= 1
        if job.crashes > 0 { state.isExclusive = false }
      }
    }
  }

  /// Waits for a job that may run now; nil when the crew ends.
  private func next() -> JobName? {
    state.wait { state -> JobName?? in
      if StopSignal.count > 0 { state.isStopping = true }
      if state.isEnded || StopSignal.count > 0 { return .some(nil) }
      guard !state.isStopping, state.claimed < options.maxJobs, !state.isExclusive,
        let job = state.waiting.last
      else {
        if state.claimed >= options.maxJobs { state.waiting = [] }
        return nil
      }
      if job.crashes > 0 {
        guard state.active == 0 else { return nil }
        state.isExclusive = true
      }
      state.waiting.removeLast()
      state.active += 1
      state.claimed += 1
      return .some(job)
    }
  }

  private func process(_ claim: consuming Claim) throws(SpoolError) {
    let clock = worker.spool.clock
    let started = clock.wallMilliseconds
    let envelope = claim.envelope
    let crashes = claim.name.crashes
    var input = RecordInput(
      name: envelope.name, digest: envelope.document, byteCount: envelope.identity.byteCount)
    let ending: Record.Ending
    switch envelope.kind {
    case .duplicate(let first):
      let status = try worker.spool.state(of: first)?.word ?? "accepted"
      ending = .failure(
        .duplicate(job: first.text, status: status), status: "duplicate", attempts: 1)
    case .quarantined(let reason):
      ending = .failure(
        .refused(code: reason.code, message: reason.message), status: "quarantined", attempts: 1)
    case .document:
      do throws(JobFailure) {
        ending = .result(try extract(envelope, crashes, &input))
      } catch {
        if error.isTransient {
          try worker.release(claim)
          state.update { state in
            state.totals.returned += 1
            // What stopped the engine stops the worker: the next run begins afresh.
            state.isStopping = true
          }
          return
        }
        ending = .failure(error, status: "failed", attempts: crashes + 1)
      }
    }
    let record = Record(
      key: envelope.key, queue: envelope.queue.text, input: input, ending: ending)
    try commit(claim, envelope, record, crashes: crashes, started: started)
  }

  private func extract(
    _ envelope: Envelope, _ crashes: Int, _ input: inout RecordInput
  ) throws(JobFailure) -> Extracted {
    guard crashes < Self.crashLimit else { throw .crashed(times: crashes) }
    guard let queue = queues[envelope.queue], let generator = state.withLock({ $0.generator })
    else { preconditionFailure("documents are offered with their queue and a generator") }
    let bytes: [UInt8]
    do throws(SpoolError) {
      bytes = try worker.spool.document(of: envelope)
    } catch { throw .engine(problem: "the document cannot be read: \(error)", isTransient: false) }
    let document: Document
    do throws(DocumentError) {
      document = try DocumentReaders.read(bytes, name: envelope.name)
    } catch { throw .input(error) }
    input.encoding = document.encoding.rawValue
    input.flags = document.flags
    return try generator.generate(document, settings: queue.extraction)
  }

  private func commit(
    _ claim: consuming Claim, _ envelope: Envelope, _ record: Record, crashes: Int, started: Int64
  ) throws(SpoolError) {
    let clock = worker.spool.clock
    let job = envelope.job.text
    let name = worker.name.text
    var usage: AnswerUsage?
    var times = [("queue", Int(max(0, started - envelope.acceptedMilliseconds)))]
    var kind = LineKind.result
    var why: String?
    switch record.ending {
    case .result(let extracted):
      usage = extracted.usage
      times += extracted.milliseconds
    case .failure(let failure, let status, _):
      kind = status == "failed" ? .failure : .notice
      why = failure.message
    }
    try worker.commit(claim, kind) { sequence in
      record.line(
        job: job,
        run: RunDetails(
          sequence: sequence, worker: name, attempt: crashes + 1,
          accepted: Moment(milliseconds: envelope.acceptedMilliseconds).description,
          done: Moment(milliseconds: clock.wallMilliseconds).description, usage: usage,
          milliseconds: times))
    }
    let isGood = record.status == "ok" || record.status == "duplicate"
    state.update { state in
      state.totals.finished += 1
      if !isGood { state.totals.unsuccessful += 1 }
    }
    onEvent(
      .finished(
        queue: record.queue, name: record.input.name, job: job, status: record.status,
        milliseconds: Int(clock.wallMilliseconds - started), why: why))
  }
}
