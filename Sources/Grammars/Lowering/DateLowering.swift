// Dates that exist, as a regular expression.

/// Dates that exist.
enum DateLowering {
  /// Returns RFC 3339 full dates: days by month, 29 February in leap years only.
  static func date(_ regexes: inout RegexSet) -> Term {
    let digit = regexes.bytes(.digits)
    let dash = regexes.byte(0x2D)
    let anyYear = regexes.repetition(digit, 4, 4)
    let long = monthDays(["01", "03", "05", "07", "08", "10", "12"], last: 31, &regexes)
    let short = monthDays(["04", "06", "09", "11"], last: 30, &regexes)
    let february = monthDays(["02"], last: 28, &regexes)
    let ordinary = regexes.concat([
      anyYear, dash, regexes.alternatives([long, short, february]),
    ])
    let leapDay = regexes.concat([leapYear(&regexes), dash, regexes.literal(Array("02-29".utf8))])
    return regexes.alternatives([ordinary, leapDay])
  }

  private static func monthDays(
    _ months: [String], last: Int, _ regexes: inout RegexSet
  ) -> Term {
    let days = (1...last).map { Array(($0 < 10 ? "0\($0)" : "\($0)").utf8) }
    let month = regexes.literals(months.map { Array($0.utf8) })
    return regexes.concat([month, regexes.byte(0x2D), regexes.literals(days)])
  }

  /// Years divisible by 4, but by 100 only if by 400.
  private static func leapYear(_ regexes: inout RegexSet) -> Term {
    let digit = regexes.bytes(.digits)
    let fours = (0..<25).map { Array(($0 < 3 ? "0\($0 * 4)" : "\($0 * 4)").utf8) }
    let century = regexes.concat(regexes.literals(fours), regexes.literal(Array("00".utf8)))
    let within = regexes.concat([
      digit, digit, regexes.literals(Array(fours.dropFirst())),
    ])
    return regexes.alternatives([century, within])
  }
}
