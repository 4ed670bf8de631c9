// One answer under construction, as a state machine without I/O.
//
//   start → [commit dictated text] → nextInput → (the scheduler runs the model) → take → … → done
//
// It never calls a model, so that a scheduler can step many at once. Tokens of the answer are
// counted against the budget with the end-of-text token; where the text can only end, none is spent.

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

  private let tokenizer: any Tokenizer
  private let sampler: Sampler
  private var pending: [TokenID]
  private var mask: TokenMask
  private var ordinaryMask: TokenMask

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
  /// - Throws: `InferenceError.budgetTooSmall` where the shortest answer may not fit.
  package init(
    prompt: [TokenID], constraint: any TokenConstraint, tokenizer: any Tokenizer,
    sampling: SamplingSettings, budget: Int
  ) throws(InferenceError) {
    precondition(!prompt.isEmpty, "an answer begins after a prompt")
    guard constraint.need <= budget else {
      throw .budgetTooSmall(needed: constraint.need, left: budget)
    }
    self.pending = prompt
    self.constraint = constraint
    self.tokenizer = tokenizer
    self.sampler = Sampler(sampling)
    self.remaining = budget
    self.mask = TokenMask(count: constraint.vocabulary.count)
    self.ordinaryMask = TokenMask(count: constraint.vocabulary.count)
    advanceWithoutModel()
  }

  /// Takes the tokens that the model has to see next.
  package mutating func nextInput() -> [TokenID] {
    defer { pending = [] }
    return pending
  }

  /// Which logits of the last token's row are needed.
  package var logitsRequest: LogitsRequest {
    // Where the budget bites, the ordinary mask holds all that the mask holds.
    let wanted = budgetBites && !closedEarly ? ordinaryMask : mask
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

  /// Whether the mask is narrower than the ordinary one.
  private var budgetBites: Bool { remaining <= constraint.need + constraint.rise }

  /// Chooses the next token from the logits after the last input.
  package mutating func take(_ logits: Logits) { take(logits, supposed: nil) }

  /// Chooses the next token, and goes on in the branch that supposed it if it did.
  ///
  /// - Parameter supposed: What `supposing` returned, its input taken.
  /// - Returns: Whether the branch's token was chosen: its input need not be run again.
  @discardableResult
  mutating func take(_ logits: Logits, supposed: (token: TokenID, branch: Self)?) -> Bool {
    precondition(phase == .needsLogits, "logits are taken while they are waited for")
    var choice: Choice?
    if budgetBites, !closedEarly {
      // What the ordinary mask takes stays, with its probability, as long as the budget allows it:
      // an answer that was not cut is the one that a larger budget gives.
      choice = sampler.choose(logits, mask: ordinaryMask, position: answer.count)
      if let ordinary = choice, !mask.contains(ordinary.token) {
        closedEarly = true
        choice = nil
      }
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
      self = supposed.branch
      answer = kept
      return true
    }
    commit(choice.token, logProbability: choice.logProbability)
    if phase == .needsLogits { advanceWithoutModel() }
    return false
  }

  /// Returns the allowed token with the greatest logit, as a guess.
  func mostLikely(_ logits: Logits) -> TokenID? {
    guard phase == .needsLogits else { return nil }
    return Sampler(SamplingSettings()).choose(logits, mask: mask, position: 0)?.token
  }

  /// Returns the branch in which a token was chosen, nil where guesses are not taken.
  ///
  /// The branch has the probabilities of its choices only after `take` has gone into it.
  func supposing(_ token: TokenID) -> Self? {
    guard phase == .needsLogits, !budgetBites, token.index >= 0, token.index < mask.count,
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
      let dictated = constraint.dictatedText(limit: Self.dictatedByteLimit)
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
        }
        if dictated.endsAnswer {
          phase = .done
          return
        }
      }
      constraint.fillMask(&mask, remaining: remaining)
      let asksOrdinary = budgetBites && !closedEarly
      if asksOrdinary { constraint.fillMask(&ordinaryMask, remaining: Int.max) }
      if mask.isEmpty {
        phase = .stuck
        return
      }
      // Where the budget leaves one token but the grammar more, the model is still asked what it
      // would have taken, so that the record can say whether it was cut.
      guard let only = mask.onlyToken, !asksOrdinary || ordinaryMask == mask else { return }
      commit(only, logProbability: nil)
    }
  }

  private mutating func commit(_ token: TokenID, logProbability: Double?) {
    guard constraint.accept(token) else {
      phase = .stuck
      return
    }
    remaining -= 1
    if constraint.hasEnded {
      phase = .done
      return
    }
    answer.append(AnswerToken(token: token, logProbability: logProbability))
    pending.append(token)
  }
}
