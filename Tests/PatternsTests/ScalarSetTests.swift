import Patterns
import TestSupport
import Testing

@Suite struct ScalarSetTests {
  /// A set, and the same set as bits, around the places where ranges meet and surrogates lie.
  private func randomSet(_ random: inout SeededRandom) -> (set: ScalarSet, codes: Set<UInt32>) {
    let bases: [UInt32] = [0, 60, 0xD7FA, 0xDFFA, 0x10FFF0]
    var ranges: [ClosedRange<UInt32>] = []
    for _ in 0..<random.int(0...6) {
      let first = bases[random.int(0...4)] + UInt32(random.int(0...10))
      ranges.append(first...min(first + UInt32(random.int(0...5)), 0x10FFFF))
    }
    let codes = Set(ranges.joined()).filter { Unicode.Scalar($0) != nil }
    return (ScalarSet(ranges), codes)
  }

  @Test func operationsAreThoseOfSets() {
    var random = SeededRandom(seed: 11)
    for _ in 0..<2000 {
      let (a, inA) = randomSet(&random)
      let (b, inB) = randomSet(&random)
      #expect(Set(a.ranges.joined()) == inA)
      #expect(a.count == inA.count)
      #expect(Set(a.union(b).ranges.joined()) == inA.union(inB))
      #expect(Set(a.intersection(b).ranges.joined()) == inA.intersection(inB))
      #expect(Set(a.subtracting(b).ranges.joined()) == inA.subtracting(inB))
      #expect(a.complement.complement == a)
      #expect(a.complement.intersection(a).isEmpty)
      #expect(a.union(a.complement) == .all)
    }
  }

  @Test func equalSetsAreEqualValues() {
    #expect(ScalarSet([65...70, 71...80]) == ScalarSet([75...80, 65...74]))
    #expect(ScalarSet([0xD000...0xE000]).ranges == [0xD000...0xD7FF, 0xE000...0xE000])
    #expect(ScalarSet([0xD800...0xDFFF]) == .none)
    #expect(ScalarSet([0...0xFFFF_FFFF]) == .all)
    #expect(ScalarSet.all.complement == .none)
    #expect(ScalarSet.all.count == 0x11_0000 - 0x800)
  }
}
