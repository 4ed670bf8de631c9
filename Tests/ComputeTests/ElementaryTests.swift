// Our elementary functions against the C library's.

import Compute
import Foundation
import Testing

@Suite struct ElementaryTests {
  /// Relative to the true value; the series are cut below half a unit in the last place, their
  /// evaluation adds a few.
  private static let tolerance = 2e-15

  @Test func exponentialsAndLogarithmsEqualTheLibrarys() {
    for step in -4000...4000 {
      let x = Double(step) * 0.173
      let found = Elementary.exp(x)
      #expect(abs(found - Foundation.exp(x)) <= Self.tolerance * Foundation.exp(x))
    }
    for step in 1...4000 {
      let x = Double(step) * 0.0371 * (step % 2 == 0 ? 1 : 1e30)
      let expected = Foundation.log(x)
      #expect(abs(Elementary.log(x) - expected) <= Self.tolerance * max(1, abs(expected)))
    }
    #expect(Elementary.exp(-1000) == 0)
    #expect(Elementary.exp(1000) == .infinity)
    #expect(Elementary.log(0).isNaN && Elementary.log(-1).isNaN)
    #expect(abs(Elementary.pow(10_000, -0.75) - 0.001) < 1e-17)
  }

  @Test func anglesOfLongContextsEqualTheLibrarys() {
    for step in 0..<5000 {
      let angle = Double(Float(step) * 17.31) * (step % 3 == 0 ? -1 : 1)
      let found = Elementary.sineAndCosine(angle)
      #expect(abs(found.sine - Foundation.sin(angle)) < Self.tolerance)
      #expect(abs(found.cosine - Foundation.cos(angle)) < Self.tolerance)
    }
  }
}
