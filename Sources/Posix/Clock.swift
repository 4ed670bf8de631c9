// Time, as a seam: tests decide what time it is.

import Glibc

/// A source of time.
package protocol Clock: Sendable {
  /// The wall clock in milliseconds since 1970, UTC; it may jump.
  var wallMilliseconds: Int64 { get }
  /// A clock that never goes back, in nanoseconds since an arbitrary moment.
  var monotonicNanoseconds: Int64 { get }
  /// Waits.
  func sleep(milliseconds: Int)
}

/// The clocks of the machine.
package struct SystemClock: Clock {
  /// Creates the door to the machine's clocks.
  package init() {}

  package var wallMilliseconds: Int64 {
    let now = time(CLOCK_REALTIME)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
  }

  package var monotonicNanoseconds: Int64 {
    let now = time(CLOCK_MONOTONIC)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
  }

  package func sleep(milliseconds: Int) {
    guard milliseconds > 0 else { return }
    var span = timespec(
      tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
    // SAFETY: the call reads one value that lives until it returns.
    unsafe _ = nanosleep(&span, nil)
  }

  private func time(_ clock: clockid_t) -> timespec {
    var now = timespec()
    unsafe clock_gettime(clock, &now)
    return now
  }
}

/// A moment of the wall clock in UTC, spelled as RFC 3339 does.
package struct Moment: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Milliseconds since 1970, UTC.
  package let milliseconds: Int64

  /// Creates a moment.
  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  package static func < (left: Moment, right: Moment) -> Bool {
    left.milliseconds < right.milliseconds
  }

  /// The day as `2026-11-24`.
  package var day: String {
    let (year, month, day) = civil
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
  }

  /// The month as `2026-11`.
  package var month: String { String(day.dropLast(3)) }

  /// The moment as `2026-11-24T09:02:14.123Z`.
  package var description: String {
    let inDay = Int(milliseconds - dayNumber * 86_400_000)
    let seconds = inDay / 1000
    let time = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { padded($0, 2) }
    return "\(day)T\(time.joined(separator: ":")).\(padded(inDay % 1000, 3))Z"
  }

  /// Days since 1970, rounded down.
  private var dayNumber: Int64 {
    milliseconds / 86_400_000 - (milliseconds % 86_400_000 < 0 ? 1 : 0)
  }

  /// Year, month and day of the proleptic Gregorian calendar.
  ///
  /// Counts from 0000-03-01, so that the leap day is the last of its year.
  private var civil: (Int, Int, Int) {
    let days = Int(dayNumber) + 719_468
    let era = (days >= 0 ? days : days - 146_096) / 146_097
    let ofEra = days - era * 146_097
    let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let fromMarch = (5 * ofYear + 2) / 153
    let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, ofYear - (153 * fromMarch + 2) / 5 + 1
    )
  }

  private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
