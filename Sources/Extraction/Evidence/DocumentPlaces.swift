// A document's text as scalars, with its lines and pages.
//
// All offsets of evidence count Unicode scalars of this text. Pages are known where the text has form feeds.

/// A text with the places of its scalars.
package struct DocumentPlaces: Sendable {
  /// The text.
  package let scalars: [Unicode.Scalar]
  /// The offsets at which lines begin; a line ends behind LF, CR LF or CR.
  private let lineStarts: [Int]
  /// The offsets at which pages begin, none where the text has no form feed.
  private let pageStarts: [Int]

  /// Finds the lines and pages of a text.
  package init(_ text: String) {
    scalars = Array(text.unicodeScalars)
    var lines = [0]
    var pages: [Int] = []
    for (index, scalar) in scalars.enumerated() {
      switch scalar {
      case "\n": lines.append(index + 1)
      case "\r" where index + 1 == scalars.count || scalars[index + 1] != "\n":
        lines.append(index + 1)
      case "\u{0C}":
        if pages.isEmpty { pages.append(0) }
        pages.append(index + 1)
      default: break
      }
    }
    lineStarts = lines
    pageStarts = pages
  }

  /// Returns the line of an offset, counted from one.
  package func line(of offset: Int) -> Int { Self.count(in: lineStarts, upTo: offset) }

  /// Returns the page of an offset, counted from one, nil where the text has no pages.
  package func page(of offset: Int) -> Int? {
    pageStarts.isEmpty ? nil : Self.count(in: pageStarts, upTo: offset)
  }

  /// Returns the text between two offsets.
  package func text(_ range: Range<Int>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars[range])
    return String(text)
  }

  /// Returns how many numbers of a sorted list are at most a bound.
  private static func count(in starts: [Int], upTo bound: Int) -> Int {
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= bound { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension Unicode.Scalar {
  /// Whether texts may have another run of such scalars in its place.
  var isSpace: Bool {
    switch value {
    case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F,
      0x3000:
      true
    default: false
    }
  }

  /// The value of a decimal digit of any script, nil for anything else.
  var digit: UInt8? {
    if value < 0x80 { return value >= 0x30 && value <= 0x39 ? UInt8(value - 0x30) : nil }
    guard properties.numericType == .decimal, let number = properties.numericValue,
      number >= 0, number <= 9
    else { return nil }
    return UInt8(number)
  }

  /// Whether a word may go on with this scalar; scripts without spaces have no such words.
  var continuesWord: Bool {
    if value < 0x80 {
      return (value >= 0x30 && value <= 0x39) || (value | 0x20 >= 0x61 && value | 0x20 <= 0x7A)
    }
    if properties.isGraphemeExtend { return true }
    if properties.isIdeographic { return false }
    switch value {
    case 0x3040...0x30FF, 0x0E00...0x0EFF, 0x1780...0x17FF, 0x1000...0x109F: return false
    default: return properties.isAlphabetic || properties.numericType == .decimal
    }
  }
}
