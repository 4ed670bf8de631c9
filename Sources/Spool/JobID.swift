// Names of jobs: ULIDs, so that names sort by the time of acceptance.
//
//   0        10                26
//   | time ms | 80 random bits |    26 digits of Crockford's base 32

package import Posix
import Synchronization

/// The identity of one accepted job, for ever.
package struct JobID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The 26 characters.
  package let text: String

  /// Creates an id from its spelling, or returns nil.
  package init?(_ text: some StringProtocol) {
    let digits = Array(text.utf8)
    guard digits.count == 26, digits.allSatisfy(Self.digits.contains),
      digits[0] <= UInt8(ascii: "7")
    else { return nil }
    self.text = String(text)
  }

  /// Creates an id from its 128 bits.
  init(bits: UInt128) {
    text = String(
      decoding: (0..<26).map { Self.digits[Int(truncatingIfNeeded: bits >> (125 - $0 * 5)) & 31] },
      as: UTF8.self)
  }

  package static func < (left: JobID, right: JobID) -> Bool { left.text < right.text }

  package var description: String { text }

  private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
}

/// A source of job ids, each greater than the one before.
package final class JobIDSource: Sendable {
  private let clock: any Clock
  private let last = Mutex<UInt128>(0)

  /// Creates a source on a clock.
  package init(clock: any Clock) { self.clock = clock }

  /// Returns a new id.
  package func next() throws(SpoolError) -> JobID {
    let random = try system { () throws(PosixError) in try Machine.randomBytes(10) }
    let low = random.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
    let time = UInt128(UInt64(max(0, clock.wallMilliseconds)) & 0xffff_ffff_ffff)
    // Within one millisecond, or when the clock went back: one more than the last.
    return JobID(
      bits: last.withLock { last in
        last = max(time << 80 | low, last + 1)
        return last
      })
  }
}
