// Dates, times and durations: RFC 3339, section 5.6 and appendix A.

/// Checks of dates, times and durations.
enum TimeFormats {
  /// Returns whether a text is a full-date whose day exists.
  static func isDate(_ text: String) -> Bool {
    var scanner = FormatScanner(text)
    return takeDate(&scanner) && scanner.isAtEnd
  }

  /// Returns whether a text is a full-time.
  static func isTime(_ text: String) -> Bool {
    var scanner = FormatScanner(text)
    return takeTime(&scanner) && scanner.isAtEnd
  }

  /// Returns whether a text is a date-time.
  static func isDateTime(_ text: String) -> Bool {
    var scanner = FormatScanner(text)
    return takeDate(&scanner) && (scanner.take("T") || scanner.take("t")) && takeTime(&scanner)
      && scanner.isAtEnd
  }

  private static func takeDate(_ scanner: inout FormatScanner) -> Bool {
    guard let year = scanner.takeNumber(digits: 4), scanner.take("-"),
      let month = scanner.takeNumber(digits: 2), (1...12).contains(month), scanner.take("-"),
      let day = scanner.takeNumber(digits: 2)
    else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return day >= 1 && day <= days[month - 1]
  }

  private static func takeTime(_ scanner: inout FormatScanner) -> Bool {
    guard let hour = scanner.takeNumber(digits: 2), hour < 24, scanner.take(":"),
      let minute = scanner.takeNumber(digits: 2), minute < 60, scanner.take(":"),
      let second = scanner.takeNumber(digits: 2), second <= 60
    else { return false }
    if scanner.take("."), scanner.skip(while: FormatScanner.isDigit) == 0 { return false }
    var offset = 0
    if !scanner.take("Z"), !scanner.take("z") {
      let isAhead = scanner.take("+")
      guard isAhead || scanner.take("-"),
        let hours = scanner.takeNumber(digits: 2), hours < 24, scanner.take(":"),
        let minutes = scanner.takeNumber(digits: 2), minutes < 60
      else { return false }
      offset = (hours * 60 + minutes) * (isAhead ? 1 : -1)
    }
    // A leap second is the last one of a day in universal time.
    let dayMinutes = 24 * 60
    return second < 60
      || (hour * 60 + minute - offset + dayMinutes) % dayMinutes == dayMinutes - 1
  }

  /// Returns whether a text is a duration: weeks alone, or units in order without a gap.
  static func isDuration(_ text: String) -> Bool {
    var scanner = FormatScanner(text)
    guard scanner.take("P") else { return false }
    if scanner.take("T") { return takeUnits("HMS", &scanner) && scanner.isAtEnd }
    let start = scanner.at
    if scanner.skip(while: FormatScanner.isDigit) > 0, scanner.take("W") { return scanner.isAtEnd }
    scanner.at = start
    guard takeUnits("YMD", &scanner) else { return false }
    if scanner.take("T"), !takeUnits("HMS", &scanner) { return false }
    return scanner.isAtEnd
  }

  /// Steps over one or more numbers with consecutive units.
  private static func takeUnits(_ units: String, _ scanner: inout FormatScanner) -> Bool {
    var left = Substring(units)
    var isFirst = true
    while scanner.skip(while: FormatScanner.isDigit) > 0 {
      guard
        let index = left.unicodeScalars.firstIndex(where: { scanner.take($0) }),
        isFirst || index == left.startIndex
      else { return false }
      left = left[left.index(after: index)...]
      isFirst = false
    }
    return !isFirst
  }
}
