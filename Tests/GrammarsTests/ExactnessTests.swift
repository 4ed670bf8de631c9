import Grammars
import JSON
import JSONSchema
import Synchronization
import TestSupport
import Testing
import Tokens

/// Every bit of a mask against a byte-by-byte walk of its token.
@Suite struct ExactnessTests {
  private static let oracle = MaskOracle(SyntheticVocabulary.make())
  private static let walks = 4
  private static let length = 12

  /// A state and its masks by budget, as the oracle says.
  private struct Known: Sendable {
    let path: [TokenID]
    let masks: [(remaining: Int, mask: TokenMask)]
  }

  private func states(_ bound: BoundGrammar, seed: UInt64) throws -> [Known] {
    var random = SeededRandom(seed: seed)
    var known: [Known] = []
    for _ in 0..<Self.walks {
      var matcher = bound.makeMatcher()
      var state = try Self.oracle.start(bound.grammar)
      var mask = TokenMask(count: bound.trie.vocabulary.count)
      var path: [TokenID] = []
      var remaining = matcher.need + Int.random(in: 0...40, using: &random)
      while path.count < Self.length {
        let needs = try Self.oracle.needs(after: &state)
        #expect(state.need == matcher.need)
        let greatest = try #require(needs.max())
        #expect(greatest <= matcher.need + matcher.rise)
        let budgets = [1 << 40, matcher.need, matcher.need + Int.random(in: 0...9, using: &random)]
        known.append(
          Known(
            path: path,
            masks: budgets.map { (remaining: $0, mask: Self.oracle.mask(needs, remaining: $0)) }))
        matcher.fillMask(&mask, remaining: remaining)
        let token = try #require(mask.allowed.randomElement(using: &random))
        let isTaken = matcher.accept(token)
        #expect(isTaken)
        if matcher.hasEnded { break }
        let isKnown = Self.oracle.step(&state, by: token)
        #expect(isKnown)
        path.append(token)
        remaining -= 1
      }
    }
    return known
  }

  private static func differences(_ known: Known, _ bound: BoundGrammar) -> Int {
    var matcher = bound.makeMatcher()
    for token in known.path where !matcher.accept(token) { return .max }
    var mask = TokenMask(count: bound.trie.vocabulary.count)
    var count = 0
    for (remaining, right) in known.masks {
      matcher.fillMask(&mask, remaining: remaining)
      count += zip(mask.words, right.words).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
    }
    return count
  }

  @Test(arguments: SampleSchemas.all)
  func everyBitIsRightColdAndWarmAndAmongThreads(sample: SampleSchema) async throws {
    for (place, options) in [
      GrammarOptions(), GrammarOptions(limits: .none, whiteSpace: .any, numbers: .any),
      GrammarOptions(limits: .none, whiteSpace: .any, memberOrder: .any),
    ].enumerated() {
      let grammar = try sample.grammar(options)
      let warm = try BoundGrammar(grammar, trie: SyntheticVocabulary.trie)
      let known = try states(warm, seed: UInt64(place + 11))
      for state in known {
        let cold = try BoundGrammar(grammar, trie: SyntheticVocabulary.trie)
        #expect(Self.differences(state, cold) == 0, "cold: \(state.path)")
        #expect(Self.differences(state, warm) == 0, "warm: \(state.path)")
      }
      let shared = try BoundGrammar(grammar, trie: SyntheticVocabulary.trie)
      let wrong = await withTaskGroup(of: Int.self) { group in
        for number in 0..<8 {
          group.addTask {
            known.indices.reduce(0) { sum, place in
              let state = known[(place + number * known.count / 8) % known.count]
              return sum &+ Self.differences(state, shared)
            }
          }
        }
        return await group.reduce(0, &+)
      }
      #expect(wrong == 0)
    }
  }

  @Test func theOracleKnowsAMaskWorkedOutByHand() throws {
    let sample = SampleSchema(name: "", text: #"{"enum":["a",true]}"#)
    var state = try Self.oracle.start(sample.grammar())
    let needs = try Self.oracle.needs(after: &state)
    let allowed = Self.oracle.mask(needs, remaining: 1 << 40).allowed.map { token in
      String(decoding: Self.oracle.vocabulary.bytes(of: token), as: UTF8.self)
    }
    #expect(Set(allowed) == ["\"", "\"a", "\"a\"", "t", "true"])
    // `"a"` and the end of text are two tokens; `t` is three bytes and the end from there.
    let few = Self.oracle.mask(needs, remaining: 3).allowed.map { token in
      String(decoding: Self.oracle.vocabulary.bytes(of: token), as: UTF8.self)
    }
    #expect(Set(few) == ["\"a", "\"a\"", "true"])
  }
}
