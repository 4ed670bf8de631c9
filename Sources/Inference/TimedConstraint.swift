// A constraint that counts the time of its masks, for measurements.

import Posix
import Synchronization
import Tokens

/// Nanoseconds that several constraints spent.
final class MaskTime: Sendable {
  private let total = Atomic<Int64>(0)

  /// The nanoseconds so far.
  var nanoseconds: Int64 { total.load(ordering: .relaxed) }

  /// Counts the time of a body.
  func count<R>(_ body: () -> R) -> R {
    let clock = SystemClock()
    let start = clock.monotonicNanoseconds
    defer {
      total.wrappingAdd(clock.monotonicNanoseconds - start, ordering: .relaxed)
    }
    return body()
  }
}

/// Another constraint, with the time that it takes.
struct TimedConstraint: WrappingConstraint {
  var base: any TokenConstraint
  private let time: MaskTime

  init(_ base: any TokenConstraint, _ time: MaskTime) {
    self.base = base
    self.time = time
  }

  func absence(in mask: TokenMask) -> AbsenceChoice? { time.count { base.absence(in: mask) } }

  mutating func fillMask(_ mask: inout TokenMask, remaining: Int) {
    time.count { base.fillMask(&mask, remaining: remaining) }
  }

  mutating func accept(_ token: TokenID) -> Bool {
    time.count { base.accept(token) }
  }

  mutating func dictatedText(limit: Int) -> DictatedText {
    time.count { base.dictatedText(limit: limit) }
  }
}
