// One answer under construction, as a state machine without I/O.
//
//   start → [commit dictated text] → nextInput → (the scheduler runs the model) → take → … → done
//
// It never calls a model, so that a scheduler can step many at once. Tokens of the answer are
// counted against the budget with the end-of-text token; where the text can only end, none is spent.

import Compute
import JSON
package import Models
package import Tokenizers
package import Tokens

/// A token of an answer with how it came about.
package struct AnswerToken: Equatable, Sendable {
  /// The token.
  package var token: TokenID
  /// The logarithm of its probability after the mask, nil where nothing else was possible.
  package var logProbability: Double?
}

/// The making of one answer.
package struct Generation {
  /// What the generation waits for.
  package enum Phase: Equatable, Sendable {
    /// New tokens to be run through the model, and then the logits of the last one.
    case needsLogits
    /// The scores of the labels of `question`.
    case needsScores
    /// Nothing: the answer is complete.
    case done
    /// Nothing: the constraint allows no token.
    case stuck
  }

  /// The tokens of the answer so far, without the end-of-text token.
  package private(set) var answer: [AnswerToken] = []
  /// What the generation waits for.
  package private(set) var phase = Phase.needsLogits
  /// Whether the budget removed a token that the ordinary mask would have taken.
  package private(set) var closedEarly = false
  /// The constraint in its present state.
  package private(set) var constraint: any TokenConstraint
  /// How many tokens may still be generated, the end-of-text token included.
  package private(set) var remaining: Int

  /// The labels that come next, if they are to be scored.
  package private(set) var question: LabelQuestion?
  /// The logits of the row before the labels, while their scores are waited for.
  package private(set) var rootLogits: Logits?
  /// The enumerations scored so far.
  package private(set) var scored: [ScoredLabels] = []
  /// The values so far that might have been "not found".
  package private(set) var absences: [ScoredAbsence] = []

  /// The label that was taken and whose end is not committed yet.
  private var open: OpenLabel?
  private let policy: LabelPolicy
  private let tokenizer: any Tokenizer
  private let sampler: Sampler
  private var pending: [TokenID]
  /// The text before the answer's first token.
  private let before: [UInt8]
  private var mask: TokenMask
  private var ordinaryMask: TokenMask
  /// The choice between a value and its absence that the next token makes.
  private var absence: AbsenceChoice?
  /// Whether the budget takes tokens from the ordinary mask that the model is still asked for.
  private var isCut = false

  /// The greatest number of dictated bytes that are looked for at once.
  private static let dictatedByteLimit = 1 << 16
  /// The rows that the head computes together.
  private static let headGroupRows = 16
  /// The shares of the vocabulary, and of the head's groups, up to which allowed rows are asked for.
  ///
  /// The second one counts in vocabularies of more than a few groups only.
  private static let fewTokensDivisor = 8
  private static let fewGroupsDivisor = 6
  private static let fewGroups = 2

  /// Begins an answer.
  ///
  /// - Parameters:
  ///   - prompt: The tokens before the answer, at least one.
  ///   - budget: The greatest number of tokens, the end-of-text token included.
  ///   - before: The text that stands before the answer's first token, where it goes on from an earlier one.
  /// - Throws: `InferenceError.budgetTooSmall` where the shortest answer may not fit.
  package init(
    prompt: [TokenID], constraint: any TokenConstraint, tokenizer: any Tokenizer,
    sampling: SamplingSettings, budget: Int, labels: LabelPolicy = .ignored,
    after before: [UInt8] = []
  ) throws(InferenceError) {
    precondition(!prompt.isEmpty, "an answer begins after a prompt")
    guard constraint.need <= budget else {
      throw .budgetTooSmall(needed: constraint.need, left: budget)
    }
    self.pending = prompt
    self.policy = labels
    self.before = before
    self.constraint = constraint
    self.tokenizer = tokenizer
    self.sampler = Sampler(sampling)
    self.remaining = budget
    self.mask = TokenMask(count: constraint.vocabulary.count)
    self.ordinaryMask = TokenMask(count: constraint.vocabulary.count)
    advanceWithoutModel()
  }

  /// Why the constraint allows nothing, where a limit is the reason.
  package var fault: String? { constraint.fault }

  /// Takes the tokens that the model has to see next.
  package mutating func nextInput() -> [TokenID] {
    defer { pending = [] }
    return pending
  }

  /// Which logits of the last token's row are needed.
  package var logitsRequest: LogitsRequest {
    if question != nil { return .all }
    // The ordinary mask holds all that the mask holds.
    var wanted = isCut ? ordinaryMask : mask
    if let absence { wanted.formUnion(absence.synonyms) }
    let all = (wanted.count + Self.headGroupRows - 1) / Self.headGroupRows
    let isFew =
      wanted.allowedCount * Self.fewTokensDivisor <= wanted.count
      && Self.groupCount(wanted) <= max(Self.fewGroups, all / Self.fewGroupsDivisor)
    return isFew ? .only(wanted.allowed) : .all
  }

  /// The number of the head's groups in which a mask has a token.
  private static func groupCount(_ mask: TokenMask) -> Int {
    var total = 0
    for word in mask.words where word != 0 {
      // The lowest bit of each sixteen says whether one of them is set.
      var folded = word | word >> 8
      folded |= folded >> 4
      folded |= folded >> 2
      folded |= folded >> 1
      total += (folded & 0x0001_0001_0001_0001).nonzeroBitCount
    }
    return total
  }

  /// Whether the mask may be narrower than the ordinary one; in most schemas that is nearly always.
  private var budgetMayBite: Bool { remaining <= constraint.need + constraint.rise }

  /// Chooses the next token from the logits after the last input.
  package mutating func take(_ logits: Logits) { take(logits, supposed: nil) }

  /// Chooses the next token, and goes on in the branch that supposed it if it did.
  ///
  /// - Parameter supposed: What `supposing` returned, its input taken.
  /// - Returns: Whether the branch's token was chosen: its input need not be run again.
  @discardableResult
  mutating func take(_ logits: Logits, supposed: (token: TokenID, branch: Self)?) -> Bool {
    precondition(phase == .needsLogits, "logits are taken while they are waited for")
    if question != nil {
      rootLogits = logits
      phase = .needsScores
      return false
    }
    let (allowed, decided) = decideAbsence(logits, in: isCut ? ordinaryMask : mask)
    var choice = sampler.choose(logits, mask: allowed, position: answer.count)
    choice?.logProbability += decided
    // What the ordinary mask takes stays, with its probability, as long as the budget allows it:
    // an answer that was not cut is the one that a larger budget gives.
    if isCut, let ordinary = choice, !mask.contains(ordinary.token) {
      closedEarly = true
      choice = nil
    }
    choice = choice ?? sampler.choose(logits, mask: mask, position: answer.count)
    guard let choice else {
      phase = .stuck
      return false
    }
    if let supposed, supposed.token == choice.token {
      var kept = answer
      kept.append(contentsOf: supposed.branch.answer.dropFirst(kept.count))
      if kept.count > answer.count { kept[answer.count].logProbability = choice.logProbability }
      let noted = absences
      self = supposed.branch
      answer = kept
      absences = noted
      return true
    }
    commit(choice.token, logProbability: choice.logProbability)
    if phase == .needsLogits { advanceWithoutModel() }
    return false
  }

  /// Notes how probable it is that a value is not found, and decides it where the policy has a bound.
  ///
  /// - Returns: The tokens that may be chosen, and the logarithm of the probability of what was decided.
  private mutating func decideAbsence(
    _ logits: Logits, in mask: TokenMask
  ) -> (TokenMask, Double) {
    // A label that was taken is a decision already.
    guard let choice = absence else { return (mask, 0) }
    var said = choice.tokens
    if !said.isEmpty { said.formUnion(choice.synonyms) }
    var whole = mask
    whole.formUnion(said)
    func share(of tokens: TokenMask) -> Double {
      tokens.isEmpty ? 0 : sampler.probability(of: tokens, in: whole, logits) ?? 0
    }
    let probability = share(of: said)
    let undecided = share(of: choice.undecided)
    let pointer = JSONPointer(steps: choice.path)
    if let known = absences.last, known.pointer == pointer {
      absences[absences.count - 1].probability += known.undecided * probability
      absences[absences.count - 1].undecided *= undecided
    } else {
      var absence = ScoredAbsence(
        pointer: pointer, probability: probability, tokenStart: answer.count)
      absence.undecided = undecided
      absences.append(absence)
    }
    // Tokens that say the same cannot be drawn, so where there are any the more probable of both is taken.
    guard let bound = policy.absenceBound ?? (said == choice.tokens ? nil : 0.5) else {
      return (mask, 0)
    }
    let isAbsent = probability >= bound && !choice.tokens.isEmpty
    var allowed = choice.tokens
    if !isAbsent {
      for i in allowed.words.indices { allowed.words[i] = mask.words[i] & ~allowed.words[i] }
    }
    let decided = isAbsent ? probability : 1 - probability
    return (allowed, Elementary.log(max(decided, ScoredLabels.leastPrior)))
  }

  /// Returns the allowed token with the greatest logit, as a guess.
  func mostLikely(_ logits: Logits) -> TokenID? {
    guard phase == .needsLogits, question == nil else { return nil }
    return Sampler(SamplingSettings()).choose(logits, mask: mask, position: 0)?.token
  }

  /// Returns the branch in which a token was chosen, nil where guesses are not taken.
  ///
  /// The branch has the probabilities of its choices only after `take` has gone into it.
  func supposing(_ token: TokenID) -> Self? {
    guard phase == .needsLogits, question == nil, !isCut, token.index >= 0,
      token.index < mask.count,
      mask.contains(token)
    else { return nil }
    var branch = self
    branch.pending = []
    branch.commit(token, logProbability: 0)
    if branch.phase == .needsLogits { branch.advanceWithoutModel() }
    return branch.phase == .stuck ? nil : branch
  }

  /// Commits what is dictated and every token that is the only one allowed.
  private mutating func advanceWithoutModel() {
    while phase == .needsLogits {
      let dictated =
        open != nil
        ? DictatedText(bytes: [], endsAnswer: false)
        : constraint.dictatedText(limit: Self.dictatedByteLimit)
      var withheld = dictated.bytes
      if dictated.endsAnswer && dictated.bytes.isEmpty {
        phase = .done
        return
      }
      if !dictated.bytes.isEmpty {
        let encoded = tokenizer.encode(dictated.bytes)
        let count = dictated.endsAnswer ? encoded.tokens.count : encoded.countBeforeLastWord
        for token in encoded.tokens.prefix(count) {
          commit(token, logProbability: nil)
          guard phase == .needsLogits else { return }
          withheld = Array(withheld.dropFirst(constraint.vocabulary.bytes(of: token).count))
        }
        if dictated.endsAnswer {
          phase = .done
          return
        }
      }
      if policy.isOn, open == nil, ask(withheld) { return }
      constraint.fillMask(&mask, remaining: remaining)
      let asksOrdinary = budgetMayBite && !closedEarly
      if asksOrdinary { constraint.fillMask(&ordinaryMask, remaining: Int.max) }
      if let open {
        open.narrow(&mask)
        if asksOrdinary { open.narrow(&ordinaryMask) }
      }
      isCut = asksOrdinary && ordinaryMask != mask
      if mask.isEmpty {
        phase = .stuck
        return
      }
      // Where the budget leaves one token but the grammar more, the model is still asked what it
      // would have taken, so that the record can say whether it was cut.
      guard !isCut, let only = mask.onlyToken else {
        absence = open == nil ? constraint.absence(in: isCut ? ordinaryMask : mask) : nil
        return
      }
      commit(only, logProbability: nil)
    }
  }

  private mutating func commit(_ token: TokenID, logProbability: Double?) {
    guard constraint.accept(token) else {
      phase = .stuck
      return
    }
    remaining -= 1
    let labelProbability = open?.logProbability
    open = nil
    if constraint.hasEnded {
      phase = .done
      return
    }
    answer.append(
      AnswerToken(
        token: token,
        logProbability: labelProbability.map { $0 + (logProbability ?? 0) } ?? logProbability))
    pending.append(token)
  }
}

// MARK: - Labels

extension Generation {
  /// A label whose tokens were committed but for the one that holds its terminator.
  private struct OpenLabel {
    /// The tokens that may end it.
    let endings: TokenMask
    /// The logarithm of its probability, where no token before the ending carries it.
    let logProbability: Double?

    func narrow(_ mask: inout TokenMask) {
      for i in mask.words.indices { mask.words[i] &= endings.words[i] }
    }
  }

  /// Prepares the scoring of an enumeration if one follows the withheld text.
  ///
  /// - Returns: Whether labels are scored next.
  private mutating func ask(_ withheld: [UInt8]) -> Bool {
    var state = constraint
    for token in tokenizer.encode(withheld).tokens where !state.accept(token) { return false }
    guard let labels = state.labels(), LabelQuestion.labelCounts.contains(labels.count) else {
      return false
    }
    // Any label must fit the budget, whatever follows it: else the budget chooses.
    guard
      let prepared = LabelQuestion(
        labels, withheld: withheld, constraint: constraint, tokenizer: tokenizer),
      remaining > prepared.need
    else { return false }
    for token in prepared.common {
      commit(token, logProbability: nil)
      guard phase == .needsLogits else { return true }
    }
    question = prepared
    return true
  }

  /// Takes the most probable label.
  package mutating func take(_ scores: LabelScores) {
    guard phase == .needsScores, let question else {
      preconditionFailure("scores are taken while they are waited for")
    }
    var text = JSONPathTracker()
    text.take(before)
    // Where a token holds both, the bracket of a list and its first element begin after all other tokens.
    let past = answer.dropLast(question.common.count)
    text.take(constraint.vocabulary.text(of: past.map(\.token)) + question.withheld)
    let pointer = text.pointer
    var result = ScoredLabels(
      question, scores, at: pointer, prior: policy.priors[ScoredLabels.pattern(of: pointer)],
      absenceBound: policy.absenceBound)
    let label = question.labels[result.chosen]
    result.tokenStart = past.count
    result.tokenEnd = answer.count + label.path.count + 1
    scored.append(result)
    if let absence = result.absence {
      absences.append(
        ScoredAbsence(
          pointer: pointer, probability: (result.calibrated ?? result.probabilities)[absence],
          tokenStart: answer.count))
    }
    let root = rootLogits
    self.question = nil
    rootLogits = nil
    phase = .needsLogits
    let logProbability = result.chosenLogProbability
    for (place, token) in label.path.enumerated() {
      commit(token, logProbability: place == 0 ? logProbability : 0)
      guard phase == .needsLogits else { return }
    }
    var endings = TokenMask(count: constraint.vocabulary.count)
    for token in label.endings { endings.insert(token) }
    open = OpenLabel(
      endings: endings, logProbability: label.path.isEmpty ? logProbability : nil)
    advanceWithoutModel()
    // A label that ends right behind what all labels share adds nothing to be run: the row is there.
    if phase == .needsLogits, open != nil, label.path.isEmpty, let root { take(root) }
  }
}

extension ScoredLabels {
  /// Normalizes scores, divides them by a prior if there is one, and takes the greatest.
  init(
    _ question: LabelQuestion, _ scores: LabelScores, at pointer: JSONPointer, prior: [Double]?,
    absenceBound bound: Double?
  ) {
    self.pointer = pointer
    labels = question.labels.map(\.spelling)
    let raw = scores.logProbabilities
    let (probabilities, mass) = Self.normalized(raw)
    self.probabilities = probabilities
    self.mass = mass
    var decisive = probabilities
    if let prior, prior.count == raw.count {
      decisive = Self.divided(raw, by: prior, of: labels, probabilities)
      calibrated = decisive
    } else {
      calibrated = nil
    }
    var best = decisive.indices.reduce(0) { decisive[$1] > decisive[$0] ? $1 : $0 }
    if let bound, let absence = labels.firstIndex(where: { Self.isAbsence($0) }) {
      let others = decisive.indices.filter { $0 != absence }
      best =
        decisive[absence] >= bound
        ? absence : others.dropFirst().reduce(others[0]) { decisive[$1] > decisive[$0] ? $1 : $0 }
    }
    chosen = best
  }

  /// Returns probabilities divided by their priors and normalized.
  ///
  /// That a text says nothing makes "not found" right and not likely by mistake: its probability stays.
  private static func divided(
    _ raw: [Double], by prior: [Double], of labels: [[UInt8]], _ probabilities: [Double]
  ) -> [Double] {
    let absence = labels.firstIndex(where: { isAbsence($0) })
    let divided = raw.indices.map { label in
      label == absence ? -.infinity : raw[label] - Elementary.log(max(prior[label], leastPrior))
    }
    guard let absence else { return normalized(divided).0 }
    let rest = 1 - probabilities[absence]
    var result = normalized(divided).0.map { $0 * rest }
    result[absence] = probabilities[absence]
    return result
  }

  /// The logarithm of the probability by which the label was taken.
  var chosenLogProbability: Double {
    Elementary.log(max((calibrated ?? probabilities)[chosen], Self.leastPrior))
  }

  /// What a prior is at least, so that a division stays finite.
  fileprivate static let leastPrior = 1e-12

  /// Returns probabilities that sum to one, and the sum of the given ones.
  private static func normalized(_ logs: [Double]) -> ([Double], Double) {
    let greatest = logs.reduce(-Double.infinity) { max($0, $1) }
    guard greatest > -.infinity else {
      return ([Double](repeating: 1 / Double(logs.count), count: logs.count), 0)
    }
    let terms = logs.map { Elementary.exp(max($0 - greatest, -700)) }
    let total = terms.reduce(0, +)
    return (terms.map { $0 / total }, Elementary.exp(max(greatest, -700)) * total)
  }
}
