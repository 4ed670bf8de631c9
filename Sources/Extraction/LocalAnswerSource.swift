// Answers from the engine of this process.

import Grammars
package import Inference
import Synchronization
import Tokenizers
import Tokens

/// The local engine as a source of answers.
package final class LocalAnswerSource: AnswerSource {
  private let engine: Engine
  private let scheduler: BatchScheduler
  private let trie: TokenTrie
  private let bound = Mutex<[ObjectIdentifier: (schema: CompiledSchema, grammar: BoundGrammar)]>([:]
  )

  /// The least budget that `auto` gives beyond twice the document.
  private static let leastAutoBudget = 1024

  /// Creates a source over a started scheduler.
  package init(engine: Engine, scheduler: BatchScheduler) {
    self.engine = engine
    self.scheduler = scheduler
    self.trie = TokenTrie(engine.vocabulary)
  }

  package var modelDigest: String { engine.modelDigest }
  package var backendName: String { engine.backendName }

  package func answer(_ request: AnswerRequest) throws(JobFailure) -> Answer {
    let prompt = engine.promptFormat.encode(request.turns)
    let context = engine.contextLength
    let left = context - prompt.tokens.count
    guard left > 0 else { throw .promptTooLong(tokens: prompt.tokens.count, context: context) }
    let matcher = try bind(request.schema).makeMatcher()
    let sharedCount =
      request.sharedTurnCount > 0 ? prompt.turnEnds[request.sharedTurnCount - 1] : 0
    let budget: Int
    switch request.budget {
    case .tokens(let count): budget = min(left, count)
    case .auto:
      let documentCount = prompt.tokens.count - sharedCount
      budget = min(left, max(matcher.need, Self.leastAutoBudget) + 2 * documentCount)
    }
    let result: GenerationResult
    do throws(InferenceError) {
      result = try scheduler.generate(
        GenerationRequest(
          prompt: prompt.tokens, sharedCount: sharedCount, constraint: matcher, budget: budget,
          sampling: SamplingSettings(
            temperature: request.sampling.temperature, seed: request.sampling.seed)))
    } catch { throw Self.failure(of: error) }
    let tokens = result.tokens.map(\.token)
    return Answer(
      bytes: engine.vocabulary.text(of: tokens), tokens: tokens, promptTokens: prompt.tokens,
      closedEarly: result.closedEarly, limitsMet: result.limitsMet,
      usage: AnswerUsage(
        prompt: prompt.tokens.count, cached: result.cachedCount, completion: tokens.count,
        forced: result.tokens.count { $0.logProbability == nil }, drafted: result.draftedCount),
      prefillMilliseconds: result.prefillMilliseconds,
      decodeMilliseconds: result.decodeMilliseconds)
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
