// Dates as documents spell them, in numbers or with the name of a month.
//
//   2025-03-31   31.03.2025   3/31/25   31 March 2025   March 31st, 2025   3. März 2025   2025年3月31日   14-JAN-2025
//
// Of three numbers without a year in front the queue's locale decides which is the month; without a locale,
// a point means that the day is first, and else both readings are kept where both are dates.

/// One reading of a date in a text.
struct DateOccurrence: Sendable {
  /// The place.
  var range: Range<Int>
  /// The date as ISO 8601 writes it, a month without a day as year and month.
  var value: String
  /// The other dates that the same text may be.
  var others: [String] = []
}

/// A reader of all dates of a text.
struct DateReader {
  private enum Piece {
    /// A run of at most four digits with its length.
    case number(Int, length: Int)
    /// The number of a month by its name.
    case month(Int)
    /// Another word, in small letters.
    case word(String)
    case mark(Unicode.Scalar)
    case space
  }

  private var pieces: [(piece: Piece, range: Range<Int>)] = []
  private let locale: QueueLocale?

  /// Takes a text apart.
  init(_ scalars: [Unicode.Scalar], locale: QueueLocale?) {
    self.locale = locale
    var place = 0
    while place < scalars.count {
      let start = place
      let scalar = scalars[place]
      if scalar.digit != nil {
        var value = 0
        while place < scalars.count, let digit = scalars[place].digit {
          value = min(value * 10 + Int(digit), 1_000_000)
          place += 1
        }
        pieces.append((.number(value, length: place - start), start..<place))
      } else if scalar.isSpace {
        while place < scalars.count, scalars[place].isSpace { place += 1 }
        pieces.append((.space, start..<place))
      } else if scalar.properties.isAlphabetic {
        var word = String.UnicodeScalarView()
        while place < scalars.count,
          scalars[place].properties.isAlphabetic || scalars[place].properties.isGraphemeExtend
        {
          if word.count < 24 {
            word.append(contentsOf: scalars[place].properties.lowercaseMapping.unicodeScalars)
          }
          place += 1
        }
        let text = String(word)
        pieces.append(
          (MonthNames.number(of: text).map { .month($0) } ?? .word(text), start..<place))
      } else {
        place += 1
        pieces.append((.mark(scalar), start..<place))
      }
    }
  }

  /// All readings of all dates, in order.
  func occurrences() -> [DateOccurrence] {
    var result: [DateOccurrence] = []
    for index in pieces.indices {
      switch pieces[index].piece {
      case .number:
        let found = numeric(at: index)
        result += found.isEmpty ? dayThenMonth(at: index) : found
      case .month: result += monthThenDay(at: index)
      default: break
      }
    }
    return result
  }
}

// MARK: - Forms

extension DateReader {
  private func number(at index: Int) -> (value: Int, length: Int)? {
    guard index < pieces.count, index >= 0,
      case .number(let value, let length) = pieces[index].piece
    else { return nil }
    return (value, length)
  }

  private func mark(at index: Int) -> Unicode.Scalar? {
    guard index < pieces.count, index >= 0, case .mark(let scalar) = pieces[index].piece else {
      return nil
    }
    return scalar
  }

  private func word(at index: Int) -> String? {
    guard index < pieces.count, index >= 0, case .word(let text) = pieces[index].piece else {
      return nil
    }
    return text
  }

  private func isSpace(at index: Int) -> Bool {
    guard index < pieces.count, index >= 0, case .space = pieces[index].piece else { return false }
    return true
  }

  private static let signs: Set<Unicode.Scalar> = [
    ".", "/", "-", "\u{2010}", "\u{2011}", "\u{2013}",
  ]

  /// Three numbers with equal signs between them, or with the Chinese words for year, month and day.
  private func numeric(at index: Int) -> [DateOccurrence] {
    guard let first = number(at: index) else { return [] }
    if let year = year(first), let month = number(at: index + 2), let day = number(at: index + 4),
      ["年", "년"].contains(word(at: index + 1) ?? ""),
      ["月", "월"].contains(word(at: index + 3) ?? ""),
      ["日", "일"].contains(word(at: index + 5) ?? "")
    {
      return one(year, month.value, day.value, index...(index + 5))
    }
    guard let sign = mark(at: index + 1), Self.signs.contains(sign) else { return [] }
    // A point may have a space behind it: "3. 3. 2025".
    var at = index + 2
    if sign == ".", isSpace(at: at) { at += 1 }
    guard let second = number(at: at), mark(at: at + 1) == sign else { return [] }
    at += 2
    if sign == ".", isSpace(at: at) { at += 1 }
    guard let third = number(at: at), second.length <= 2 else { return [] }
    // What goes on before or behind is a longer number, such as an address or a version.
    if let before = mark(at: index - 1), before == sign, number(at: index - 2) != nil { return [] }
    if mark(at: at + 1) == sign, number(at: at + 2) != nil { return [] }
    let places = index...at
    if first.length == 4 {
      guard third.length <= 2 else { return [] }
      return one(first.value, second.value, third.value, places)
    }
    guard first.length <= 2, let year = year(third) else { return [] }
    let dayFirst = Self.spelled(year, second.value, first.value)
    let monthFirst = Self.spelled(year, first.value, second.value)
    switch (dayFirst, monthFirst) {
    case (nil, nil): return []
    case (let value?, nil), (nil, let value?):
      return [DateOccurrence(range: range(places), value: value)]
    case (let a?, let b?):
      if a == b { return [DateOccurrence(range: range(places), value: a)] }
      if let order = locale?.dateOrder {
        return [DateOccurrence(range: range(places), value: order == .dayMonth ? a : b)]
      }
      if sign == "." { return [DateOccurrence(range: range(places), value: a)] }
      return [
        DateOccurrence(range: range(places), value: a, others: [b]),
        DateOccurrence(range: range(places), value: b, others: [a]),
      ]
    }
  }

  private static let links: Set<String> = ["of", "de", "del", "di", "den", "do", "d"]
  private static let ordinals: Set<String> = [
    "st", "nd", "rd", "th", "er", "º", "ª", "o", "e", "ter",
  ]

  /// Steps over what may stand between the parts of a date that has a month's name.
  private func skipped(from index: Int, ordinal: Bool) -> Int {
    var at = index
    if ordinal, let word = word(at: at), Self.ordinals.contains(word) { at += 1 }
    if let sign = mark(at: at), [".", ",", "-", "/", "\u{2011}"].contains(sign) { at += 1 }
    if mark(at: at) == "," { at += 1 }
    if isSpace(at: at) { at += 1 }
    if let word = word(at: at), Self.links.contains(word) {
      var next = at + 1
      if mark(at: next) == "'" || mark(at: next) == "\u{2019}" { next += 1 }
      if isSpace(at: next) { next += 1 }
      if next > at + 1 { at = next }
    }
    return at
  }

  private func month(at index: Int) -> Int? {
    guard index < pieces.count, case .month(let number) = pieces[index].piece else { return nil }
    return number
  }

  private func dayThenMonth(at index: Int) -> [DateOccurrence] {
    guard let day = number(at: index), day.length <= 2 else { return [] }
    let at = skipped(from: index + 1, ordinal: true)
    guard let month = month(at: at) else { return [] }
    let last = skipped(from: at + 1, ordinal: false)
    guard let third = number(at: last), let year = year(third) else { return [] }
    return one(year, month, day.value, index...last)
  }

  private func monthThenDay(at index: Int) -> [DateOccurrence] {
    guard let month = month(at: index) else { return [] }
    let at = skipped(from: index + 1, ordinal: false)
    guard at > index + 1, let first = number(at: at) else { return [] }
    if first.length <= 2 {
      let last = skipped(from: at + 1, ordinal: true)
      if last > at + 1, let third = number(at: last), third.length == 4 {
        return one(third.value, month, first.value, index...last)
      }
      return []
    }
    guard first.length == 4, (1...12).contains(month) else { return [] }
    return [
      DateOccurrence(
        range: range(index...at), value: Self.padded(first.value, 4) + "-" + Self.padded(month, 2))
    ]
  }

  private func range(_ places: ClosedRange<Int>) -> Range<Int> {
    pieces[places.lowerBound].range.lowerBound..<pieces[places.upperBound].range.upperBound
  }

  private func one(
    _ year: Int, _ month: Int, _ day: Int, _ places: ClosedRange<Int>
  ) -> [DateOccurrence] {
    guard let value = Self.spelled(year, month, day) else { return [] }
    return [DateOccurrence(range: range(places), value: value)]
  }

  /// Returns a year of four digits, or one of two digits from 1969 to 2068.
  private func year(_ number: (value: Int, length: Int)) -> Int? {
    switch number.length {
    case 4: number.value
    case 2: number.value < 69 ? 2000 + number.value : 1900 + number.value
    default: nil
    }
  }

  private static func spelled(_ year: Int, _ month: Int, _ day: Int) -> String? {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard day <= lengths[month - 1] else { return nil }
    return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2)
  }

  private static func padded(_ value: Int, _ length: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, length - text.count)) + text
  }
}

/// The names of months in seven languages, whole and abbreviated, in small letters.
private enum MonthNames {
  private static let names: [[String]] = [
    [
      "january", "jan", "januar", "jänner", "janvier", "janv", "enero", "ene", "gennaio", "gen",
      "januari", "janeiro",
    ],
    [
      "february", "feb", "februar", "feber", "février", "fevrier", "févr", "fév", "febrero",
      "febbraio", "februari", "fevereiro", "fev",
    ],
    ["march", "mar", "märz", "mär", "maerz", "mrz", "mars", "marzo", "maart", "mrt", "março"],
    ["april", "apr", "avril", "avr", "abril", "abr", "aprile"],
    ["may", "mai", "mayo", "maggio", "mag", "mei", "maio"],
    ["june", "jun", "juni", "juin", "junio", "giugno", "giu", "junho"],
    ["july", "jul", "juli", "juillet", "juil", "julio", "luglio", "lug", "julho"],
    ["august", "aug", "août", "aout", "agosto", "ago", "augustus"],
    ["september", "sep", "sept", "septembre", "septiembre", "settembre", "set", "setembro"],
    ["october", "oct", "oktober", "okt", "octobre", "octubre", "ottobre", "ott", "outubro", "out"],
    ["november", "nov", "novembre", "noviembre", "novembro"],
    [
      "december", "dec", "dezember", "dez", "décembre", "decembre", "déc", "diciembre", "dic",
      "dicembre", "dezembro",
    ],
  ]
  private static let numbers: [String: Int] = {
    var numbers: [String: Int] = [:]
    for (index, names) in names.enumerated() {
      for name in names { numbers[name] = index + 1 }
    }
    return numbers
  }()

  static func number(of word: String) -> Int? { numbers[word] }
}
