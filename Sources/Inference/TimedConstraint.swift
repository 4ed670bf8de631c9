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
struct TimedConstraint: TokenConstraint {
  private var inner: any TokenConstraint
  private let time: MaskTime

  init(_ inner: any TokenConstraint, _ time: MaskTime) {
    self.inner = inner
    self.time = time
  }

  var vocabulary: Vocabulary { inner.vocabulary }
  var startsCheckedValue: String? { inner.startsCheckedValue }
  var need: Int { inner.need }
  var rise: Int { inner.rise }
  var isComplete: Bool { inner.isComplete }
  var hasEnded: Bool { inner.hasEnded }
  var limitsMet: [String] { inner.limitsMet }
  var fault: String? { inner.fault }

  func labels() -> [[UInt8]]? { inner.labels() }

  func absence(in mask: TokenMask) -> AbsenceChoice? { time.count { inner.absence(in: mask) } }

  mutating func fillMask(_ mask: inout TokenMask, remaining: Int) {
    time.count { inner.fillMask(&mask, remaining: remaining) }
  }

  mutating func accept(_ token: TokenID) -> Bool {
    time.count { inner.accept(token) }
  }

  mutating func dictatedText(limit: Int) -> DictatedText {
    time.count { inner.dictatedText(limit: limit) }
  }
}
