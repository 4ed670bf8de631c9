// Numbers as documents spell them: grouped digits, either sign before the fraction, signs, percent.
//
//   8.95   1,292.55   3.480,00   1 234 567   1'250.00   (12.00)   −3,5   19 %
//
// "1.234" is one thousand or one: the queue's locale decides, else the other numbers of the document, else
// both readings are kept and each names the other.

import JSON

/// One reading of a number in a text.
struct NumberOccurrence: Sendable {
  /// The place with its sign.
  var range: Range<Int>
  /// The value.
  var value: Decimal
  /// The other values that the same text may have.
  var others: [Decimal] = []
}

/// A reader of all numbers of a text.
struct NumberReader {
  private let scalars: [Unicode.Scalar]
  /// The sign before fractions, nil where nothing tells.
  private var decimalSign: Unicode.Scalar?

  /// The most digits of one number; longer runs are no numbers.
  private static let digitLimit = 120

  /// Creates a reader; without a locale the document's own unambiguous numbers tell the sign.
  init(_ scalars: [Unicode.Scalar], locale: QueueLocale?) {
    self.scalars = scalars
    decimalSign = locale?.decimalSign
    if locale == nil { decimalSign = inferredSign() }
  }

  /// All readings of all numbers, in order.
  func occurrences() -> [NumberOccurrence] {
    var result: [NumberOccurrence] = []
    forEachToken { token in
      for part in readings(of: token) { result.append(contentsOf: signed(part)) }
    }
    return result
  }
}

// MARK: - Tokens

extension NumberReader {
  /// A run of digits with single separators between them.
  private struct Token {
    /// The runs of digits.
    var groups: [Range<Int>]
    /// The separator before each run but the first.
    var separators: [Unicode.Scalar]

    var range: Range<Int> { groups[0].lowerBound..<groups[groups.count - 1].upperBound }
  }

  private static let separators: Set<Unicode.Scalar> = [
    ".", ",", "'", "\u{2019}", " ", "\u{A0}", "\u{2009}", "\u{202F}", "\u{66B}", "\u{66C}",
  ]
  private static let spaces: Set<Unicode.Scalar> = [" ", "\u{A0}", "\u{2009}", "\u{202F}"]

  private func digitRun(from start: Int) -> Range<Int> {
    var end = start
    while end < scalars.count, scalars[end].digit != nil { end += 1 }
    return start..<end
  }

  private func forEachToken(_ body: (Token) -> Void) {
    var place = 0
    while place < scalars.count {
      guard scalars[place].digit != nil else {
        place += 1
        continue
      }
      var token = Token(groups: [digitRun(from: place)], separators: [])
      while true {
        let end = token.range.upperBound
        guard end + 1 < scalars.count, Self.separators.contains(scalars[end]),
          scalars[end + 1].digit != nil
        else { break }
        let next = digitRun(from: end + 1)
        // A space joins digits only where three follow: elsewhere it parts two numbers.
        if Self.spaces.contains(scalars[end]), next.count != 3 { break }
        token.separators.append(scalars[end])
        token.groups.append(next)
      }
      body(token)
      place = token.range.upperBound
    }
  }
}

// MARK: - Readings

extension NumberReader {
  private func digits(_ ranges: ArraySlice<Range<Int>>) -> [UInt8] {
    ranges.flatMap { range in range.map { scalars[$0].digit ?? 0 } }
  }

  /// Returns a value from digits before and after the sign.
  private func value(_ whole: ArraySlice<Range<Int>>, _ fraction: Range<Int>?) -> Decimal {
    let before = digits(whole)
    let after = fraction.map { digits([$0]) } ?? []
    return Decimal(isNegative: false, digits: before + after, scale: before.count)
  }

  /// Whether runs of digits are the groups of one number.
  private func isGrouped(_ groups: ArraySlice<Range<Int>>) -> Bool {
    guard let first = groups.first, groups.count > 1, first.count <= 3, first.count > 0 else {
      return false
    }
    guard scalars[first.lowerBound].digit != 0 else { return false }
    let rest = groups.dropFirst()
    if rest.allSatisfy({ $0.count == 3 }) { return true }
    // Lakhs and crores: two digits a group, three in the last.
    return first.count <= 2 && rest.last?.count == 3 && rest.dropLast().allSatisfy { $0.count == 2 }
  }

  private func readings(of token: Token) -> [NumberOccurrence] {
    guard token.groups.reduce(0, { $0 + $1.count }) <= Self.digitLimit else { return [] }
    if token.groups.count == 1 {
      return [NumberOccurrence(range: token.range, value: value(token.groups[...], nil))]
    }
    var result: [NumberOccurrence] = []
    let whole = wholeReadings(of: token)
    for (index, value) in whole.enumerated() {
      var others = whole
      others.remove(at: index)
      result.append(NumberOccurrence(range: token.range, value: value, others: others))
    }
    if let space = token.separators.firstIndex(where: { Self.spaces.contains($0) }) {
      // The columns of a table look like groups: the parts are numbers as well.
      result += readings(
        of: Token(
          groups: Array(token.groups[...space]), separators: Array(token.separators[..<space])))
      result += readings(
        of: Token(
          groups: Array(token.groups[(space + 1)...]),
          separators: Array(token.separators[(space + 1)...])))
    } else if whole.isEmpty {
      result += token.groups.map { NumberOccurrence(range: $0, value: value([$0], nil)) }
    }
    return result
  }

  /// Returns the values that a token of several groups has as one number.
  private func wholeReadings(of token: Token) -> [Decimal] {
    let groups = token.groups[...]
    guard let last = token.separators.last, let final = groups.last else { return [] }
    let isFractionSign = last == "." || last == "," || last == "\u{66B}"
    let earlier = token.separators.dropLast()
    let asGroups =
      token.separators.allSatisfy({ $0 == last }) && last != "\u{66B}" && isGrouped(groups)
      ? value(groups, nil) : nil
    var asFraction: Decimal?
    if isFractionSign, !earlier.contains(last) {
      let isPlain = earlier.isEmpty
      let isSeparated = earlier.first.map { sign in earlier.allSatisfy { $0 == sign } } ?? false
      if isPlain || (isSeparated && isGrouped(groups.dropLast())) {
        asFraction = value(groups.dropLast(), final)
      }
    }
    switch (asFraction, asGroups) {
    case (nil, nil): return []
    case (let value?, nil), (nil, let value?): return [value]
    case (let fraction?, let grouped?):
      guard let decimalSign else { return [fraction, grouped] }
      return [last == decimalSign ? fraction : grouped]
    }
  }

  /// Returns the sign before fractions that all unambiguous numbers of the text agree on.
  private func inferredSign() -> Unicode.Scalar? {
    var signs = Set<Unicode.Scalar>()
    forEachToken { token in
      guard let last = token.separators.last, last == "." || last == "," else { return }
      let count = token.separators.count
      if count == 1, let final = token.groups.last {
        if final.count != 3 { signs.insert(last) }
      } else if !token.separators.dropLast().contains(last), !wholeReadings(of: token).isEmpty {
        signs.insert(last)
      }
    }
    return signs.count == 1 ? signs.first : nil
  }
}

// MARK: - Signs

extension NumberReader {
  private static let currencies: Set<Unicode.Scalar> = ["$", "€", "£", "¥"]

  /// Returns a reading with its sign, and as a part of a hundred where a percent sign follows.
  private func signed(_ reading: NumberOccurrence) -> [NumberOccurrence] {
    var start = reading.range.lowerBound
    let end = reading.range.upperBound
    var result: [NumberOccurrence] = []
    if start > 0, Self.currencies.contains(scalars[start - 1]) { start -= 1 }
    if start > 0, scalars[start - 1] == "-" || scalars[start - 1] == "\u{2212}",
      start == 1 || !(scalars[start - 2].continuesWord || scalars[start - 2] == ")")
    {
      result.append(negative(reading, start - 1..<end))
    } else {
      result.append(reading)
      if start > 0, end < scalars.count, scalars[start - 1] == "(", scalars[end] == ")" {
        result.append(negative(reading, start - 1..<end + 1))
      } else if end < scalars.count, scalars[end] == "-",
        end + 1 == scalars.count || scalars[end + 1].isSpace
      {
        result.append(negative(reading, reading.range.lowerBound..<end + 1))
      }
    }
    var sign = end
    if sign < scalars.count, scalars[sign].isSpace { sign += 1 }
    if sign < scalars.count, scalars[sign] == "%" {
      result += result.map { part in
        var part = part
        part.range = part.range.lowerBound..<max(part.range.upperBound, sign + 1)
        part.value = Self.hundredth(part.value)
        part.others = part.others.map(Self.hundredth)
        return part
      }
    }
    return result
  }

  private func negative(_ reading: NumberOccurrence, _ range: Range<Int>) -> NumberOccurrence {
    NumberOccurrence(range: range, value: -reading.value, others: reading.others.map { -$0 })
  }

  private static func hundredth(_ value: Decimal) -> Decimal {
    Decimal(isNegative: value.isNegative, digits: value.digits, scale: value.scale - 2)
  }
}
