// One forward pass over several sequences, and what is chosen from it.
//
// Sequences that decode give what was chosen and dictated since the last pass, then guesses as far as the
// pass has room; sequences that read a prompt give a chunk. The choices of all sequences, with the
// masks for the next ones, are one region of the backend's threads.

import Compute
import Models
import Posix
import Tokens

/// The part of one sequence in a pass.
struct PassMember {
  let session: Session
  /// The tokens that the sequence has to run, and its guesses after them.
  let tokens: [TokenID]
  let guesses: [Guess]
  /// Whether the next token is chosen from this pass.
  let isReady: Bool
  /// Whether the head is computed and nothing is chosen, as without the joining of dictated text.
  let isIdle: Bool

  /// The tokens of the pass.
  var input: [TokenID] { guesses.reduce(tokens) { $0 + $1.input } }

  /// The number of rows that have logits.
  var keptCount: Int {
    guard isReady else { return isIdle ? 1 : 0 }
    return 1 + guesses.count { $0.branch.phase == .needsLogits }
  }

  /// The rows of the pass that are kept.
  var keep: KeptRows {
    guard isReady else { return isIdle ? .last : .none }
    guard !guesses.isEmpty else { return .last }
    var rows = [tokens.count - 1]
    var end = tokens.count
    for guess in guesses {
      end += guess.input.count
      if guess.branch.phase == .needsLogits { rows.append(end - 1) }
    }
    return .some(rows)
  }

  /// What the head computes for the kept rows.
  func requests(_ options: DecodingOptions) -> [LogitsRequest] {
    guard isReady, options.masksBeforeHead else {
      return [LogitsRequest](repeating: .all, count: keptCount)
    }
    return [session.generation.logitsRequest]
      + guesses.filter { $0.branch.phase == .needsLogits }.map(\.branch.logitsRequest)
  }
}

/// The maker of passes.
struct DecodingStep {
  private let engine: Engine
  private let options: DecodingOptions
  /// The greatest number of rows of a pass, beyond what the decoding sequences give.
  private let chunk: Int
  private let clock = SystemClock()
  private var drafter: Drafter
  private let maskTime = MaskTime()
  /// Whether the present pass reads a prompt.
  private var readsPrompts = false
  /// What was done so far.
  private(set) var counts = DecodingCounts()

  init(_ engine: Engine, _ options: DecodingOptions, chunk: Int) {
    self.engine = engine
    self.options = options
    self.chunk = chunk
    drafter = Drafter(rowsAreDear: engine.hasExperts)
  }

  /// Returns what an answer is made under: the constraint, or one that times it.
  func constraint(of request: GenerationRequest) -> any TokenConstraint {
    options.timesMasks ? TimedConstraint(request.constraint, maskTime) : request.constraint
  }

  /// Takes the tokens of the next pass from the sessions.
  mutating func members(of sessions: [Session]) -> [PassMember] {
    var members: [PassMember] = []
    // Sequences that decode come first; a long prompt must not hold them up.
    let decoding = sessions.filter { !$0.isPrefilling }
    var room = chunk
    var taken: [(session: Session, tokens: [TokenID])] = []
    for session in decoding {
      let tokens = session.takeInput(limit: options.joinsDictatedText ? chunk : 1)
      taken.append((session, tokens))
      counts.answerRows += tokens.count
      room -= tokens.count
    }
    room = max(1, room)
    for session in sessions where session.isPrefilling {
      let tokens = session.takeInput(limit: room)
      guard !tokens.isEmpty else { continue }
      room -= tokens.count
      taken.append((session, tokens))
      counts.promptRows += tokens.count
    }
    var rows = taken.reduce(0) { $0 + $1.tokens.count }
    for (place, each) in taken.enumerated() {
      let session = each.session
      let isReady = session.waiting.isEmpty
      let isDecoding = place < decoding.count
      var guesses: [Guess] = []
      if isReady, isDecoding, rows < options.draftRows {
        guesses = self.guesses(for: session, after: each.tokens, rows: options.draftRows - rows)
        let count = guesses.reduce(0) { $0 + $1.input.count }
        rows += count
        counts.answerRows += count
      }
      members.append(
        PassMember(
          session: session, tokens: each.tokens, guesses: guesses, isReady: isReady,
          isIdle: isDecoding && !isReady && !options.joinsDictatedText))
    }
    counts.passes += members.isEmpty ? 0 : 1
    counts.decodingPasses += decoding.isEmpty ? 0 : 1
    return members
  }

  private mutating func guesses(
    for session: Session, after tokens: [TokenID], rows: Int
  ) -> [Guess] {
    let left = session.cache.capacity - session.cache.position - tokens.count
    return drafter.guesses(
      after: session.generation, &session.drafter, rows: min(rows, left)
    ) {
      guard let model = engine.draftingModel, tokens.count == 1, session.cache.position > 0,
        let row = try? model.draft(after: tokens[0], in: session.cache)
      else { return nil }
      return session.generation.mostLikely(.all(row))
    }
  }

  /// Runs the pass.
  mutating func forward(_ members: [PassMember]) throws(ModelError) {
    let start = clock.monotonicNanoseconds
    readsPrompts = members.contains { $0.session.isPrefilling }
    _ = try engine.model.forward(
      members.map { SequenceInput(tokens: $0.input, cache: $0.session.cache, keep: $0.keep) })
    count(clock.monotonicNanoseconds - start, in: \.forwardNanoseconds)
  }

  /// Counts the time of a part of a pass.
  private mutating func count(
    _ nanoseconds: Int64, in part: WritableKeyPath<DecodingCounts, Int64>
  ) {
    counts[keyPath: part] += nanoseconds
    if !readsPrompts { counts.pureDecodeNanoseconds += nanoseconds }
  }

  /// Computes the logits of the pass and chooses from them.
  ///
  /// - Parameter freePositions: How many positions of caches the scoring of labels may add.
  mutating func choose(
    _ members: [PassMember], freePositions: Int
  ) throws(ModelError) {
    let kept = members.filter { $0.keptCount > 0 }
    guard !kept.isEmpty else { return }
    let start = clock.monotonicNanoseconds
    let requests = kept.flatMap { $0.requests(options) }
    for request in requests {
      if case .all = request {
        counts.wholeHeadRows += 1
      } else {
        counts.partialHeadRows += 1
      }
    }
    let logits = try engine.model.logits(rows: Array(requests.indices), requests: requests)
    let headEnd = clock.monotonicNanoseconds
    count(headEnd - start, in: \.headNanoseconds)
    let masked = maskTime.nanoseconds
    var ready: [(member: PassMember, firstRow: Int, answered: Int)] = []
    var row = 0
    for member in kept {
      if member.isReady {
        if member.session.firstLogits == nil { member.session.firstLogits = headEnd }
        ready.append((member, row, member.session.generation.answer.count))
      }
      row += member.keptCount
    }
    let chosen = ready
    run(chosen.count) { place in
      let (member, first, _) = chosen[place]
      member.session.take(logits[first..<first + member.keptCount], member.guesses)
    }
    for (member, _, answered) in ready {
      try settle(member, answered: answered)
      try score(member.session, freePositions: freePositions)
    }
    count(clock.monotonicNanoseconds - headEnd, in: \.choiceNanoseconds)
    if !readsPrompts { counts.maskNanoseconds += maskTime.nanoseconds - masked }
  }

  /// Runs a body for each place, on the backend's threads where there are some.
  private func run(_ count: Int, _ body: (Int) -> Void) {
    guard let pool = engine.threadPool, count > 1 else {
      for place in 0..<count { body(place) }
      return
    }
    pool.run(items: count) { begin, end in
      for place in begin..<end { body(place) }
    }
  }

  /// Takes wrong guesses back and learns from the right ones.
  private mutating func settle(_ member: PassMember, answered: Int) throws(ModelError) {
    let session = member.session
    let right = session.rightGuesses
    counts.guesses += member.guesses.count
    counts.rightGuesses += right
    if options.draftRows > 0 {
      drafter.learn(member.guesses, right: right)
      drafter.learn(session.generation.answer, from: answered)
    }
    let added = session.generation.answer[answered...]
    counts.answerTokens += added.count
    counts.forcedTokens += added.count { $0.logProbability == nil }
    let wrong = member.guesses[right...].reduce(0) { $0 + $1.input.count }
    let goesOn = [.needsLogits, .needsScores].contains(session.generation.phase)
    guard wrong > 0, goesOn else { return }
    let rewound = session.cache.rewind(to: session.cache.position - wrong)
    precondition(rewound, "a cache goes back by \(Drafter.rewindLimit) tokens")
  }

  /// Scores the labels that a sequence has come to, until it needs another pass.
  private func score(_ session: Session, freePositions: Int) throws(ModelError) {
    while session.generation.phase == .needsScores {
      guard let question = session.generation.question, let root = session.generation.rootLogits
      else { preconditionFailure("scores are waited for with a question") }
      let size = session.cache.position + question.depth
      session.generation.take(
        try LabelScorer.score(
          question, root: root, cache: session.cache, model: engine.model,
          rowLimit: min(
            LabelScorer.usualRowLimit, freePositions / max(1, size * max(1, question.depth)))))
      session.waiting = session.generation.nextInput()
    }
  }
}
