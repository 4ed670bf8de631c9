// Answers from the engine of this process.

import Grammars
package import Inference
import Synchronization
package import Tokenizers
import Tokens

/// The local engine as a source of answers.
package final class LocalAnswerSource: AnswerSource {
  private let engine: Engine
  private let scheduler: BatchScheduler
  private let trie: TokenTrie
  private let bound = Mutex<[ObjectIdentifier: (schema: CompiledSchema, grammar: BoundGrammar)]>([:]
  )

  private let quotes = Mutex<QuoteTable?>(nil)
  private let absences: AbsenceTable

  /// The least budget that `auto` gives beyond twice the document.
  private static let leastAutoBudget = 1024

  /// Creates a source over a started scheduler.
  package init(engine: Engine, scheduler: BatchScheduler) {
    self.engine = engine
    self.scheduler = scheduler
    self.trie = TokenTrie(engine.vocabulary)
    absences = AbsenceTable(engine.vocabulary)
  }

  package var modelDigest: String { engine.modelDigest }
  package var backendName: String { engine.backendName }
  package var contextLength: Int { engine.contextLength }

  package func tokenCount(of turns: [PromptTurn]) -> Int {
    engine.promptFormat.encode(turns).tokens.count
  }

  package func answer(_ request: AnswerRequest) throws(JobFailure) -> Answer {
    try answer(request, from: nil)
  }

  package func resume(
    _ request: AnswerRequest, _ answer: Answer, at offset: Int, excluding excluded: [UInt8]
  ) throws(JobFailure) -> Answer? {
    guard !excluded.isEmpty, offset <= answer.bytes.count else { return nil }
    var start = 0
    var count = 0
    for token in answer.tokens {
      let end = start + engine.vocabulary.bytes(of: token).count
      if end > offset { break }
      start = end
      count += 1
    }
    let checkpoint = Checkpoint(
      answer: answer, kept: Array(answer.tokens.prefix(count)),
      excluded: Array(answer.bytes[start..<offset]) + excluded)
    return try self.answer(request, from: checkpoint)
  }

  /// A place inside an answer from which it is made anew.
  private struct Checkpoint {
    /// The answer so far.
    var answer: Answer
    /// The tokens of it that stay.
    var kept: [TokenID]
    /// The bytes that may not follow them.
    var excluded: [UInt8]
  }

  private func answer(
    _ request: AnswerRequest, from checkpoint: Checkpoint?
  ) throws(JobFailure) -> Answer {
    let prompt = engine.promptFormat.encode(request.turns)
    let context = engine.contextLength
    let left = context - prompt.tokens.count
    guard left > 0 else { throw .promptTooLong(tokens: prompt.tokens.count, context: context) }
    let matcher = try bind(request.schema).makeMatcher()
    var constraint: any TokenConstraint = matcher
    if let text = request.quotableText {
      let quotable = QuotableText(text, table: quoteTable())
      guard !quotable.isEmpty else {
        throw .outputInvalid(pointer: "", problem: "the document holds nothing to quote")
      }
      let schema = request.schema
      constraint = QuotingConstraint(matcher, text: quotable, table: quoteTable()) {
        schema.isQuote($0)
      }
    }
    if request.schema.generation.mayAbstain {
      constraint = AbstainingConstraint(
        constraint, schema: request.schema.generation, table: absences)
    }
    let sharedCount =
      request.sharedTurnCount > 0 ? prompt.turnEnds[request.sharedTurnCount - 1] : 0
    let budget: Int
    switch request.budget {
    case .tokens(let count): budget = min(left, count)
    case .auto:
      let documentCount = prompt.tokens.count - sharedCount
      budget = min(left, max(matcher.need, Self.leastAutoBudget) + 2 * documentCount)
    }
    let kept = checkpoint?.kept ?? []
    if let checkpoint {
      for token in kept {
        let isTaken = constraint.accept(token)
        precondition(isTaken, "what was taken once is taken again")
      }
      constraint = ExcludingConstraint(constraint, excluding: checkpoint.excluded)
    }
    var wanted = GenerationRequest(
      prompt: prompt.tokens + kept, sharedCount: sharedCount, constraint: constraint,
      budget: budget - kept.count,
      sampling: SamplingSettings(
        temperature: request.sampling.temperature, seed: request.sampling.seed),
      labels: request.labels)
    wanted.before = engine.vocabulary.text(of: kept)
    let result: GenerationResult
    do throws(InferenceError) {
      result = try scheduler.generate(wanted)
    } catch { throw Self.failure(of: error) }
    return self.answer(result, after: checkpoint, prompt: prompt.tokens)
  }

  /// Joins what stayed of an earlier answer and what was generated after it.
  private func answer(
    _ result: GenerationResult, after checkpoint: Checkpoint?, prompt: [TokenID]
  ) -> Answer {
    let before = checkpoint?.answer
    let kept = checkpoint?.kept ?? []
    let tokens = kept + result.tokens.map(\.token)
    let pieces =
      (before?.pieces.prefix(kept.count) ?? [])
      + result.tokens.map {
        AnswerPiece(
          byteCount: engine.vocabulary.bytes(of: $0.token).count,
          logProbability: $0.logProbability)
      }
    var answer = Answer(
      bytes: engine.vocabulary.text(of: tokens), tokens: tokens, promptTokens: prompt,
      closedEarly: result.closedEarly || before?.closedEarly ?? false,
      limitsMet: result.limitsMet,
      usage: AnswerUsage(
        prompt: prompt.count, cached: before?.usage.cached ?? result.cachedCount,
        completion: tokens.count, forced: pieces.count { $0.logProbability == nil },
        drafted: result.draftedCount),
      prefillMilliseconds: result.prefillMilliseconds + (before?.prefillMilliseconds ?? 0),
      decodeMilliseconds: result.decodeMilliseconds + (before?.decodeMilliseconds ?? 0))
    answer.pieces = Array(pieces)
    answer.labels = (before?.labels ?? []).filter { $0.tokenEnd <= kept.count } + result.labels
    answer.absences =
      (before?.absences ?? []).filter { $0.tokenStart < kept.count } + result.absences
    return answer
  }

  /// Returns the vocabulary's table for quotes, made at the first call.
  private func quoteTable() -> QuoteTable {
    quotes.withLock { known in
      if let known { return known }
      let made = QuoteTable(engine.vocabulary)
      known = made
      return made
    }
  }

  /// Returns the schema's grammar over this engine's vocabulary, made at the first call.
  private func bind(_ schema: CompiledSchema) throws(JobFailure) -> BoundGrammar {
    let result = bound.withLock { cache -> Result<BoundGrammar, GrammarError> in
      // The entry keeps its schema alive, so that no other schema can take its identity.
      if let known = cache[ObjectIdentifier(schema)] { return .success(known.grammar) }
      do throws(GrammarError) {
        let made = try BoundGrammar(schema.grammar, trie: trie)
        cache[ObjectIdentifier(schema)] = (schema, made)
        return .success(made)
      } catch { return .failure(error) }
    }
    do throws(GrammarError) {
      return try result.get()
    } catch { throw .schema(pointer: "", problem: error.description) }
  }

  private static func failure(of error: InferenceError) -> JobFailure {
    switch error {
    case .promptTooLong(let tokens, let context):
      .promptTooLong(tokens: tokens, context: context)
    case .budgetTooSmall(let needed, let left): .budgetTooSmall(needed: needed, left: left)
    case .stopped: .interrupted
    default: .engine(problem: error.description, isTransient: error.isTransient)
    }
  }
}
