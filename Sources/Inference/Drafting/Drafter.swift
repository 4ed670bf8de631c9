// Guesses of the tokens to come, which one forward pass verifies: an answer takes a guess where it is
// what would have been chosen anyway, so that no guess changes a result.
//
// Three sources: the document goes on where the answer copies from it; what followed the same tokens in
// earlier answers; the model's own draft head. A source whose guesses are wrong too often pauses:
// a rule on counts, not on clocks.

import Models
import Tokenizers
import Tokens

/// The trust in one source of guesses.
struct GuessCredit {
  private var credit = 16
  private var skipped = 0

  private static let greatest = 32
  /// What a right guess earns; a wrong one costs 1, so that one in three has to be right.
  private static let reward = 2
  /// The chances that are let pass before a source is tried again.
  private static let pause = 64
  /// The credit with which it is tried again.
  private static let retry = 4

  /// Whether the source may guess now.
  mutating func isGood() -> Bool {
    if credit > 0 { return true }
    skipped += 1
    guard skipped > Self.pause else { return false }
    skipped = 0
    credit = Self.retry
    return true
  }

  /// Counts a verified guess.
  mutating func count(right: Bool) {
    credit = right ? min(Self.greatest, credit + Self.reward) : credit - 1
  }
}

/// Where a guess comes from.
enum GuessSource: CaseIterable {
  case document, earlierAnswers, draftHead
}

/// A guessed token with what follows from it.
struct Guess {
  let token: TokenID
  let source: GuessSource
  /// The answer in which the token was chosen.
  let branch: Generation
  /// The token and what is dictated after it.
  let input: [TokenID]
}

/// What one sequence's guesses are made from.
struct SequenceDrafter {
  /// The document as bytes, indexed at the first guess.
  private var index: PhraseIndex?
  private var document: ArraySlice<TokenID>
  private var text: [UInt8] = []
  private var tokenCount = 0
  private let tokenizer: any Tokenizer

  /// The bytes of the document that one look takes.
  private static let continuationBytes = 48
  /// The bytes of the answer that a look compares.
  private static let phraseBytes = 32
  /// The longest document that is indexed, in tokens.
  private static let documentLimit = 1 << 17

  init(document: ArraySlice<TokenID>, tokenizer: any Tokenizer) {
    self.document = document.prefix(Self.documentLimit)
    self.tokenizer = tokenizer
  }

  /// Takes the text of an answer that goes on from the one known so far, or stands further back.
  mutating func follow(_ answer: [AnswerToken]) {
    let vocabulary = tokenizer.vocabulary
    if tokenCount > answer.count {
      text = []
      tokenCount = 0
    }
    for step in answer[tokenCount...] {
      text.append(contentsOf: vocabulary.bytes(of: step.token))
    }
    tokenCount = answer.count
  }

  /// The place behind the text known so far.
  var mark: (bytes: Int, tokens: Int) { (text.count, tokenCount) }

  /// Forgets what came after a mark.
  mutating func rewind(to mark: (bytes: Int, tokens: Int)) {
    text.removeLast(text.count - mark.bytes)
    tokenCount = mark.tokens
  }

  /// The tokens with which the document goes on after the answer's last words.
  mutating func continuation() -> [TokenID] {
    if index == nil {
      index = PhraseIndex(tokenizer.vocabulary.text(of: document))
      document = []
    }
    guard let index else { return [] }
    let bytes = index.continuation(
      of: Array(text.suffix(Self.phraseBytes)), limit: Self.continuationBytes)
    guard !bytes.isEmpty else { return [] }
    let encoded = tokenizer.encode(Array(bytes))
    // The last word may be cut, and then its tokens are not the document's.
    return bytes.count < Self.continuationBytes
      ? encoded.tokens : Array(encoded.tokens.prefix(encoded.countBeforeLastWord))
  }
}

/// The maker of guesses for all sequences of a scheduler.
struct Drafter {
  private var credits = [GuessCredit](
    repeating: GuessCredit(), count: GuessSource.allCases.count)
  private var successors = SuccessorTable()

  /// The greatest number of tokens that a cache has to take back, as every cache can.
  static let rewindLimit = 64

  /// Guesses on from a sequence's answer.
  ///
  /// - Parameters:
  ///   - rows: How many rows the pass has left.
  ///   - headGuess: The draft head's guess of the next token, asked for at most once.
  mutating func guesses(
    after generation: Generation, _ sequence: inout SequenceDrafter, rows: Int,
    headGuess: () -> TokenID?
  ) -> [Guess] {
    guard rows > 0 else { return [] }
    sequence.follow(generation.answer)
    let mark = sequence.mark
    defer { sequence.rewind(to: mark) }
    var guesses: [Guess] = []
    var left = min(rows, Self.rewindLimit)
    var branch = generation
    // The rest of a continuation, as long as it is what was guessed last.
    var copied: ArraySlice<TokenID> = []
    while left > 0, branch.phase == .needsLogits {
      if copied.isEmpty, isGood(.document) { copied = sequence.continuation()[...] }
      var found: Guess?
      if let token = copied.first { found = guess(token, .document, after: branch) }
      if found == nil, isGood(.earlierAnswers),
        let token = successors.expected(after: branch.answer)
      {
        copied = []
        found = guess(token, .earlierAnswers, after: branch)
      }
      if found == nil, guesses.isEmpty, isGood(.draftHead), let token = headGuess() {
        copied = []
        found = guess(token, .draftHead, after: branch)
      }
      guard let found, found.input.count <= left else { break }
      copied = found.input.count == 1 ? copied.dropFirst() : []
      left -= found.input.count
      guesses.append(found)
      branch = found.branch
      sequence.follow(branch.answer)
    }
    return guesses
  }

  private mutating func isGood(_ source: GuessSource) -> Bool {
    credits[source.place].isGood()
  }

  private func guess(
    _ token: TokenID, _ source: GuessSource, after generation: Generation
  ) -> Guess? {
    guard var branch = generation.supposing(token) else { return nil }
    let input = branch.nextInput()
    return Guess(token: token, source: source, branch: branch, input: input)
  }

  /// Learns what became of guesses: those before the first wrong one were right.
  mutating func learn(_ guesses: [Guess], right: Int) {
    for (place, guess) in guesses.enumerated() where place <= right {
      credits[guess.source.place].count(right: place < right)
    }
  }

  /// Learns the tokens of an answer from a place on.
  mutating func learn(_ answer: [AnswerToken], from place: Int) {
    for each in place..<max(place, answer.count) where answer[each].logProbability != nil {
      successors.note(answer, at: each)
    }
  }
}

extension GuessSource {
  /// The place in a table of all sources.
  fileprivate var place: Int {
    switch self {
    case .document: 0
    case .earlierAnswers: 1
    case .draftHead: 2
    }
  }
}
