// The door between jobs and models: a prompt and a constraint in, one answer out.
// Conformers: the local engine, and fixed answers for queue tests.

package import Inference
package import Tokenizers
package import Tokens

/// One question to a model.
package struct AnswerRequest: Sendable {
  /// The turns of the prompt; the last one carries the document.
  package var turns: [PromptTurn]
  /// The number of leading turns that all jobs of the queue share.
  package var sharedTurnCount: Int
  /// What the answer must satisfy.
  package var schema: CompiledSchema
  /// How long the answer may be.
  package var budget: OutputBudget
  /// How tokens are chosen.
  package var sampling: SamplingChoice
  /// The text whose parts the schema's verbatim strings are, nil where it has none.
  package var quotableText: String?
  /// Whether enumerations are scored, and what corrects the scores.
  package var labels: LabelPolicy

  /// Creates a request.
  package init(
    turns: [PromptTurn], sharedTurnCount: Int, schema: CompiledSchema, budget: OutputBudget,
    sampling: SamplingChoice, labels: LabelPolicy = .ignored
  ) {
    self.labels = labels
    self.turns = turns
    self.sharedTurnCount = sharedTurnCount
    self.schema = schema
    self.budget = budget
    self.sampling = sampling
  }
}

extension AnswerRequest {
  /// The text of the last turn, which carries the document.
  package var documentText: String { turns.last?.text ?? "" }
}

/// The tokens that an answer cost.
package struct AnswerUsage: Sendable, Hashable {
  /// The tokens of the prompt.
  package var prompt: Int
  /// Those of them whose cache was reused.
  package var cached: Int
  /// The tokens of the answer.
  package var completion: Int
  /// Those of them that were dictated.
  package var forced: Int
  /// Those of them that were guessed and verified.
  package var drafted: Int

  /// Creates a count.
  package init(prompt: Int, cached: Int, completion: Int, forced: Int, drafted: Int) {
    self.prompt = prompt
    self.cached = cached
    self.completion = completion
    self.forced = forced
    self.drafted = drafted
  }
}

extension AnswerUsage {
  /// Creates the sum of several counts.
  package init(sumOf usages: [AnswerUsage]) {
    self.init(
      prompt: usages.reduce(0) { $0 + $1.prompt }, cached: usages.reduce(0) { $0 + $1.cached },
      completion: usages.reduce(0) { $0 + $1.completion },
      forced: usages.reduce(0) { $0 + $1.forced }, drafted: usages.reduce(0) { $0 + $1.drafted })
  }
}

/// One token of an answer.
package struct AnswerPiece: Sendable, Hashable {
  /// How many bytes of the text it spells.
  package var byteCount: Int
  /// The logarithm of its probability after the mask, nil where nothing else was possible.
  package var logProbability: Double?

  /// Creates a piece.
  package init(byteCount: Int, logProbability: Double?) {
    self.byteCount = byteCount
    self.logProbability = logProbability
  }
}

/// One finished answer.
package struct Answer: Sendable {
  /// The answer's text.
  package var bytes: [UInt8]
  /// The answer's tokens, the end-of-text token left out.
  package var tokens: [TokenID]
  /// What each token spells, and how probable it was.
  package var pieces: [AnswerPiece] = []
  /// The enumerations whose labels were scored, in order.
  package var labels: [ScoredLabels] = []
  /// The values that might have been "not found", in order.
  package var absences: [ScoredAbsence] = []
  /// The prompt's tokens.
  package var promptTokens: [TokenID]
  /// Whether the budget removed a token that the model would have taken.
  package var closedEarly: Bool
  /// The JSON pointers of values that a queue limit bounded.
  package var limitsMet: [String]
  /// What it cost.
  package var usage: AnswerUsage
  /// Milliseconds from the start of prefill to the first choice.
  package var prefillMilliseconds: Int
  /// Milliseconds from the first choice to the end.
  package var decodeMilliseconds: Int

  /// Creates an answer.
  package init(
    bytes: [UInt8], tokens: [TokenID], promptTokens: [TokenID], closedEarly: Bool,
    limitsMet: [String], usage: AnswerUsage, prefillMilliseconds: Int, decodeMilliseconds: Int
  ) {
    self.bytes = bytes
    self.tokens = tokens
    self.promptTokens = promptTokens
    self.closedEarly = closedEarly
    self.limitsMet = limitsMet
    self.usage = usage
    self.prefillMilliseconds = prefillMilliseconds
    self.decodeMilliseconds = decodeMilliseconds
  }
}

/// A source of answers, called by several job threads at once.
package protocol AnswerSource: Sendable {
  /// The model's digest for records.
  var modelDigest: String { get }
  /// The backend, instruction set and precision for records.
  var backendName: String { get }

  /// Answers one request; blocks until it is done.
  ///
  /// - Throws: `JobFailure` where no answer can be had.
  func answer(_ request: AnswerRequest) throws(JobFailure) -> Answer

  /// Answers a request again from a place in its answer on, where certain bytes may not stand any more.
  ///
  /// What stands before the last token that begins at or before the place stays.
  ///
  /// - Parameters:
  ///   - offset: The place, in bytes of the answer.
  ///   - excluded: The bytes that may not stand there.
  /// - Returns: The whole answer; nil from a source that cannot go on from inside an answer.
  func resume(
    _ request: AnswerRequest, _ answer: Answer, at offset: Int, excluding excluded: [UInt8]
  ) throws(JobFailure) -> Answer?

  /// The tokens that a prompt and its answer may have together.
  var contextLength: Int { get }

  /// Returns the tokens of a prompt.
  func tokenCount(of turns: [PromptTurn]) -> Int
}

extension AnswerSource {
  package func resume(
    _ request: AnswerRequest, _ answer: Answer, at offset: Int, excluding excluded: [UInt8]
  ) throws(JobFailure) -> Answer? { nil }

  /// No limit, for sources that know none.
  package var contextLength: Int { .max }

  /// A guess of four bytes a token, for sources without a tokenizer.
  package func tokenCount(of turns: [PromptTurn]) -> Int {
    turns.reduce(0) { $0 + $1.text.utf8.count / 4 }
  }
}
