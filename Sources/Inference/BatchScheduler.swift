// Several answers at once: who runs in which forward pass.
//
// One compute thread owns model, caches and sessions. Job threads hand in requests and wait. A step is
// one forward pass over all sessions: those that decode give their new tokens, those that read a
// prompt give a chunk. Who shares a batch never changes a result, since the model's sums do not
// depend on it.

import Compute
import Models
package import Posix
import Tokens

/// The scheduler of one engine.
package final class BatchScheduler: Sendable {
  /// How much runs at once.
  package struct Limits: Sendable {
    /// The greatest number of sequences in a batch.
    package var sequences: Int
    /// The greatest number of prompt tokens in one step.
    package var chunk: Int
    /// The number of shared prefixes that are kept in memory.
    package var prefixes: Int
    /// Where shared prefixes outlive the process, nil for nowhere.
    package var prefixFolder: PrefixFolder?
    /// Which savings are in use.
    package var options = DecodingOptions()

    /// Creates limits.
    package init(
      sequences: Int = 8, chunk: Int = 512, prefixes: Int = 4, prefixFolder: PrefixFolder? = nil
    ) {
      self.sequences = max(1, sequences)
      self.chunk = max(1, chunk)
      self.prefixes = max(0, prefixes)
      self.prefixFolder = prefixFolder
    }
  }

  /// What job threads and the compute thread share.
  private struct Mailbox: Sendable {
    var nextTicket = 0
    var requests: [(ticket: Int, request: GenerationRequest)] = []
    var results: [Int: Result<GenerationResult, InferenceError>] = [:]
    var isStopping = false
    var hasStopped = false
    var counts = DecodingCounts()
  }

  private let engine: Engine
  private let limits: Limits
  private let mailbox = Condition(Mailbox())

  /// Creates a scheduler; nothing runs before `start`.
  package init(_ engine: Engine, limits: Limits = Limits()) {
    self.engine = engine
    self.limits = limits
  }

  /// Starts the compute thread.
  package func start() throws(PosixError) -> SharedThread {
    try SharedThread(name: "compute") { self.run() }
  }

  /// Makes the compute thread end after its present step; waiting requests fail as stopped.
  package func stop() {
    mailbox.update { box in box.isStopping = true }
  }

  /// Hands in a request and waits for its answer.
  package func generate(_ request: GenerationRequest) throws(InferenceError) -> GenerationResult {
    let ticket = mailbox.update { box -> Int in
      box.nextTicket += 1
      box.requests.append((box.nextTicket, request))
      return box.nextTicket
    }
    let result = mailbox.wait { box -> Result<GenerationResult, InferenceError>? in
      if let result = box.results.removeValue(forKey: ticket) { return result }
      return box.hasStopped ? .failure(.stopped) : nil
    }
    return try result.get()
  }

  /// What was done so far, as of the last answer that ended.
  package var counts: DecodingCounts { mailbox.withLock { $0.counts } }

  // MARK: - The compute thread

  private func run() {
    engine.threadPool?.pinCaller()
    var batch = Batch(engine: engine, limits: limits)
    while true {
      let isIdle = batch.isEmpty
      let inbox = mailbox.wait { box -> ([(ticket: Int, request: GenerationRequest)], Bool)? in
        if isIdle && box.requests.isEmpty && !box.isStopping { return nil }
        defer { box.requests = [] }
        return (box.requests, box.isStopping)
      }
      if inbox.1 { break }
      for (ticket, request) in inbox.0 { batch.enqueue(ticket, request) }
      let finished = batch.advance()
      if !finished.isEmpty {
        let counts = batch.counts
        mailbox.update { box in
          for (ticket, result) in finished { box.results[ticket] = result }
          box.counts = counts
        }
      }
    }
    mailbox.update { box in box.hasStopped = true }
  }
}

/// The sessions of the compute thread.
struct Batch {
  private let engine: Engine
  private let limits: BatchScheduler.Limits
  private let clock = SystemClock()
  private var queue: [(ticket: Int, request: GenerationRequest)] = []
  private var sessions: [Session] = []
  private var prefixes: PrefixStore
  /// Caches of answers that ended, stepped back to the prefix that they began with: the next request of
  /// the prefix takes one over, without new memory and without copying the prefix.
  private var retired: [(prefix: [TokenID], cache: any SequenceCache)] = []
  private var finished: [(Int, Result<GenerationResult, InferenceError>)] = []
  private var step: DecodingStep

  init(engine: Engine, limits: BatchScheduler.Limits) {
    self.engine = engine
    self.limits = limits
    self.prefixes = PrefixStore(limit: limits.prefixes, folder: limits.prefixFolder)
    self.step = DecodingStep(engine, limits.options, chunk: limits.chunk)
  }

  var counts: DecodingCounts { step.counts }

  var isEmpty: Bool { queue.isEmpty && sessions.isEmpty }

  mutating func enqueue(_ ticket: Int, _ request: GenerationRequest) {
    queue.append((ticket, request))
  }

  /// Admits what fits, runs one forward pass and returns the answers that ended.
  mutating func advance() -> [(Int, Result<GenerationResult, InferenceError>)] {
    admit()
    if !sessions.isEmpty { runPass() }
    defer { finished = [] }
    return finished
  }

  // MARK: Admission

  private mutating func admit() {
    var waiting: [(ticket: Int, request: GenerationRequest)] = []
    // A large request that has to wait for memory holds back the smaller ones behind it, else a
    // steady stream of those would keep it waiting for ever.
    var isFull = false
    for entry in queue {
      isFull = isFull || sessions.count >= limits.sequences
      guard !isFull, !isPrefixUnderway(entry.request) else {
        waiting.append(entry)
        continue
      }
      guard makeRoom(for: entry.request) else {
        isFull = true
        waiting.append(entry)
        continue
      }
      do throws(InferenceError) {
        try open(entry.ticket, entry.request)
      } catch { finished.append((entry.ticket, .failure(error))) }
    }
    queue = waiting
  }

  /// The number of positions that a request's cache needs.
  private func capacity(_ request: GenerationRequest) -> Int {
    let left = max(0, engine.model.contextLength - request.prompt.count)
    return request.prompt.count + min(request.budget, left)
  }

  /// The number of positions that all caches together may have.
  private var positionLimit: Int {
    engine.cacheByteLimit / max(1, engine.model.cacheBytesPerPosition)
  }

  /// The positions that are worth what a cache takes whatever its length.
  private var positionsPerCache: Int {
    let step = max(1, engine.model.cacheBytesPerPosition)
    return (engine.model.cacheBytesPerSequence + step - 1) / step
  }

  /// The positions that the caches of all sessions take.
  private var takenPositions: Int {
    sessions.reduce(0) { $0 + $1.cache.capacity + positionsPerCache }
  }

  /// The positions that the caches of ended answers take.
  private var retiredPositions: Int {
    retired.reduce(0) { $0 + $1.cache.capacity + positionsPerCache }
  }

  /// The positions that stored prefixes take.
  private var prefixPositions: Int { prefixes.positions + prefixes.count * positionsPerCache }

  /// Whether a request's cache fits beside those of all sessions, after stored prefixes have left
  /// as far as they must.
  ///
  /// A request that fits beside no one is let in too: `open` refuses it by name.
  private mutating func makeRoom(for request: GenerationRequest) -> Bool {
    let wanted = capacity(request) + positionsPerCache
    if wanted > positionLimit { return true }
    guard takenPositions + wanted <= positionLimit else { return false }
    // The prefix of this very request leaves last of all, if it is there.
    _ = prefixes.find(request.prompt.prefix(request.sharedCount))
    _ = shrinkPrefixes(besides: wanted)
    return true
  }

  /// Lets caches without an answer leave, stored prefixes last, until some more positions fit.
  ///
  /// - Returns: Whether they fit.
  private mutating func shrinkPrefixes(besides wanted: Int) -> Bool {
    let needed = takenPositions + wanted
    if needed + retiredPositions + prefixPositions > positionLimit { retired = [] }
    while needed + prefixPositions > positionLimit, prefixes.removeOldest() {}
    return needed + prefixPositions <= positionLimit
  }

  /// Whether another session is just computing the prefix that this request shares.
  private func isPrefixUnderway(_ request: GenerationRequest) -> Bool {
    guard request.sharedCount > 0, limits.prefixes > 0 else { return false }
    let prefix = request.prompt.prefix(request.sharedCount)
    return sessions.contains {
      $0.request.sharedCount == request.sharedCount && $0.cache.position < request.sharedCount
        && $0.request.prompt.prefix(request.sharedCount) == prefix
    }
  }

  private mutating func open(
    _ ticket: Int, _ request: GenerationRequest
  ) throws(InferenceError) {
    let left = engine.model.contextLength - request.prompt.count
    guard left > 0 else {
      throw .promptTooLong(tokens: request.prompt.count, context: engine.model.contextLength)
    }
    let capacity = capacity(request)
    guard capacity + positionsPerCache <= positionLimit else {
      throw .cacheTooLarge(
        positions: capacity,
        neededBytes: engine.model.cacheBytesPerSequence
          + capacity * engine.model.cacheBytesPerPosition,
        limitBytes: engine.cacheByteLimit)
    }
    let generation = try Generation(
      prompt: request.prompt, constraint: step.constraint(of: request), tokenizer: engine.tokenizer,
      sampling: request.sampling, budget: min(request.budget, left), labels: request.labels,
      after: request.before)
    let cache: any SequenceCache
    do throws(ModelError) {
      if let place = retired.firstIndex(where: { entry in
        entry.prefix[...] == request.prompt.prefix(request.sharedCount)
          && entry.cache.capacity >= capacity && entry.cache.capacity / 2 <= capacity
      }) {
        cache = retired.remove(at: place).cache
      } else if let stored = storedPrefix(of: request) {
        cache = try stored.fork(capacity: capacity, borrows: true)
      } else {
        cache = try engine.makeCache(capacity: capacity)
      }
    } catch { throw .model(error) }
    let session = Session(
      ticket: ticket, request: request, generation: generation, cache: cache,
      drafter: SequenceDrafter(
        document: request.prompt[min(request.sharedCount, request.prompt.count)...],
        tokenizer: engine.tokenizer),
      now: clock.monotonicNanoseconds)
    if generation.phase == .done { deliver(session) } else { sessions.append(session) }
  }

  /// The cache of the prefix that a request shares, from memory or from disk where memory allows it.
  private mutating func storedPrefix(of request: GenerationRequest) -> (any SequenceCache)? {
    let count = request.sharedCount
    guard count > 0, count < request.prompt.count else { return nil }
    let tokens = request.prompt.prefix(count)
    if let stored = prefixes.find(tokens) { return stored }
    guard shrinkPrefixes(besides: capacity(request) + count + 2 * positionsPerCache) else {
      return nil
    }
    return prefixes.restore(Array(tokens), of: engine)
  }

  // MARK: One forward pass

  private mutating func runPass() {
    let members = step.members(of: sessions)
    do throws(ModelError) {
      try step.forward(members)
      storePrefixes(members.map(\.session))
      try step.choose(
        members,
        freePositions: positionLimit - takenPositions - retiredPositions - prefixPositions)
    } catch {
      for member in members {
        finished.append((member.session.ticket, .failure(.model(error))))
      }
      sessions.removeAll { session in members.contains { $0.session === session } }
      return
    }
    let ended = sessions.filter { $0.generation.phase != .needsLogits }
    for session in ended {
      deliver(session)
      retire(session)
    }
    sessions.removeAll { $0.generation.phase != .needsLogits }
  }

  /// Keeps the cache of an answer that ended for another of the same prefix.
  private mutating func retire(_ session: Session) {
    let count = session.request.sharedCount
    guard limits.prefixes > 0, retired.count < limits.sequences,
      count < session.request.prompt.count, session.cache.rewind(to: count)
    else { return }
    retired.append((Array(session.request.prompt.prefix(count)), session.cache))
  }

  /// Keeps the caches that have just reached the end of a shared prefix, where memory allows.
  private mutating func storePrefixes(_ members: [Session]) {
    guard limits.prefixes > 0 else { return }
    for session in members {
      let count = session.request.sharedCount
      guard count > 0, session.cache.position == count, session.cachedCount < count else {
        continue
      }
      let tokens = Array(session.request.prompt.prefix(count))
      guard prefixes.find(tokens[...]) == nil else { continue }
      guard shrinkPrefixes(besides: count + positionsPerCache) else { continue }
      // A prefix that cannot be kept is computed again; no answer depends on it. It is copied, so that it keeps
      // no memory of the document behind it.
      if let copy = try? session.cache.fork(capacity: count, borrows: false) {
        prefixes.add(tokens, copy, of: engine)
      }
    }
  }

  private mutating func deliver(_ session: Session) {
    let generation = session.generation
    guard generation.phase == .done else {
      finished.append(
        (
          session.ticket,
          .failure(.constraintStuck(position: generation.answer.count, fault: generation.fault))
        ))
      return
    }
    let now = clock.monotonicNanoseconds
    let first = session.firstLogits ?? now
    finished.append(
      (
        session.ticket,
        .success(
          GenerationResult(
            tokens: generation.answer, closedEarly: generation.closedEarly,
            limitsMet: generation.constraint.limitsMet, cachedCount: session.cachedCount,
            draftedCount: session.draftedCount, labels: generation.scored,
            absences: generation.absences,
            prefillMilliseconds: Int((first - session.admitted) / 1_000_000),
            decodeMilliseconds: Int((now - first) / 1_000_000)))
      ))
  }
}
