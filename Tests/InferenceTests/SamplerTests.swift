import Inference
import Models
import Testing
import Tokens

@Suite struct SamplerTests {
  private static func mask(_ ids: [Int], count: Int = 8) -> TokenMask {
    var mask = TokenMask(count: count)
    for id in ids { mask.insert(TokenID(id)) }
    return mask
  }

  @Test func greedyTakesTheLowestIdAmongEquals() {
    let sampler = Sampler(SamplingSettings())
    let choice = sampler.choose(
      .all([9, 1, 5, 5, 5, 0, 0, 0]), mask: Self.mask([2, 3, 4, 5]), position: 0)
    #expect(choice?.token == TokenID(2))
  }

  @Test func allRowsAndOnlyTheAllowedRowsGiveTheSame() {
    let sampler = Sampler(SamplingSettings(temperature: 0.7, seed: 5))
    let values: [Float] = [0.1, 2, -1, 0.5, 1.5, 0, 3, 0.2]
    let mask = Self.mask([1, 3, 4, 7])
    let only = Logits.only(ids: mask.allowed, values: mask.allowed.map { values[$0.index] })
    for position in 0..<200 {
      #expect(
        sampler.choose(.all(values), mask: mask, position: position)
          == sampler.choose(only, mask: mask, position: position))
    }
  }

  @Test func logProbabilitiesAreThoseOfTheAllowedTokens() throws {
    let sampler = Sampler(SamplingSettings())
    let choice = try #require(
      sampler.choose(.all([0, 100, 0, 0, 0, 0, 0, 0]), mask: Self.mask([0, 2]), position: 0))
    #expect(abs(choice.logProbability + 0.693147180559945) < 1e-12)
  }

  @Test func temperatureDrawsInProportion() {
    let sampler = Sampler(SamplingSettings(temperature: 1, seed: 1))
    // Probabilities 3/4 and 1/4.
    let values: [Float] = [1.0986123, 0, 0, 0, 0, 0, 0, 0]
    var first = 0
    for position in 0..<20_000 {
      let choice = sampler.choose(.all(values), mask: Self.mask([0, 1]), position: position)
      if choice?.token == TokenID(0) { first += 1 }
    }
    #expect(abs(first - 15_000) < 300)
  }

  @Test func anEmptyMaskOrNoNumberGivesNothingToTrapOn() {
    let sampler = Sampler(SamplingSettings())
    #expect(sampler.choose(.all([1, 2]), mask: TokenMask(count: 2), position: 0) == nil)
    let choice = sampler.choose(
      .all([.nan, 2, .nan]), mask: Self.mask([0, 1, 2], count: 3), position: 0)
    #expect(choice?.token == TokenID(1))
  }

  /// The outputs of SplitMix64 from state 1234567, as its authors publish them.
  @Test func theRandomNumbersAreThoseOfSplitMix64() {
    let source = RandomSource(seed: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
    ]
    #expect((0..<5).map { source.bits(at: $0) } == expected)
  }
}
