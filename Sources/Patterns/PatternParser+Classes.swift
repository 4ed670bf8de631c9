// Escapes and character classes of patterns.

extension PatternParser {
  /// What an escape or a character of a class stands for.
  private enum ClassAtom {
    /// One code point; a lone surrogate is possible and matches nothing.
    case code(UInt32)
    /// A set such as `\d`.
    case set(ScalarSet)
  }

  // MARK: - Escapes

  /// Reads what follows a backslash outside a class.
  mutating func parseAtomEscape() throws(PatternError) -> (PatternTree, isQuantifiable: Bool) {
    guard let first = next else { throw syntaxError("a backslash at the end", at: at - 1) }
    switch first {
    case "b":
      at += 1
      return (.anchor(.wordBoundary), false)
    case "B":
      at += 1
      return (.anchor(.noWordBoundary), false)
    case "k":
      at += 1
      return (try parseNamedReference(), true)
    case "1"..."9": return (try parseNumberedReference(), true)
    default:
      switch try parseEscape() {
      case .code(let code): return (.scalar(ScalarSet([code...code])), true)
      case .set(let set): return (.scalar(set), true)
      }
    }
  }

  /// Reads what follows a backslash, as far as it means the same inside and outside a class.
  private mutating func parseEscape() throws(PatternError) -> ClassAtom {
    let start = at - 1
    guard let first = next else { throw syntaxError("a backslash at the end", at: start) }
    at += 1
    switch first {
    case "d": return .set(UnicodeClasses.digit)
    case "D": return .set(UnicodeClasses.digit.complement)
    case "w": return .set(UnicodeClasses.word)
    case "W": return .set(UnicodeClasses.word.complement)
    case "s": return .set(UnicodeClasses.space)
    case "S": return .set(UnicodeClasses.space.complement)
    case "t": return .code(0x09)
    case "n": return .code(0x0A)
    case "v": return .code(0x0B)
    case "f": return .code(0x0C)
    case "r": return .code(0x0D)
    case "0":
      if let digit = next, digit >= "0", digit <= "9" {
        throw syntaxError("an octal escape", at: start)
      }
      return .code(0)
    case "c":
      guard let letter = next, letter.isASCII, letter.properties.isAlphabetic else {
        throw syntaxError("\\c without a letter", at: start)
      }
      at += 1
      return .code(letter.value % 32)
    case "x":
      guard let code = parseHexadecimal(digits: 2) else {
        throw syntaxError("\\x without two hexadecimal digits", at: start)
      }
      return .code(code)
    case "u":
      guard let code = try parseUnicodeEscape() else {
        throw syntaxError("\\u without four hexadecimal digits", at: start)
      }
      return .code(code)
    case "p", "P": return .set(try parseProperty(isNegated: first == "P", from: start))
    default:
      guard isIdentityEscape(first) else {
        throw syntaxError("the unknown escape \\\(first)", at: start)
      }
      return .code(first.value)
    }
  }

  /// Returns whether a backslash before a scalar only says that it stands for itself.
  private func isIdentityEscape(_ scalar: Unicode.Scalar) -> Bool {
    if "^$\\.*+?()[]{}|/".unicodeScalars.contains(scalar) { return true }
    let isWord = scalar != "_" && UnicodeClasses.word.contains(scalar)
    return syntax == .lenient && !isWord
  }

  /// Reads what follows `\u`: four digits, two halves of a surrogate pair, or digits in braces.
  mutating func parseUnicodeEscape() throws(PatternError) -> UInt32? {
    let start = at
    if take("{") {
      var code: UInt32 = 0
      let first = at
      while let digit = next.flatMap(Self.hexadecimal), code <= 0x10FFFF {
        code = code * 16 + digit
        at += 1
      }
      guard at > first, code <= 0x10FFFF, take("}") else {
        throw syntaxError("a bad code point", at: start)
      }
      return code
    }
    guard let code = parseHexadecimal(digits: 4) else { return nil }
    guard code >= 0xD800, code <= 0xDBFF else { return code }
    let afterFirst = at
    if take("\\u"), let low = parseHexadecimal(digits: 4), low >= 0xDC00, low <= 0xDFFF {
      return 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    at = afterFirst
    return code
  }

  /// Reads a fixed number of hexadecimal digits, or nothing.
  private mutating func parseHexadecimal(digits: Int) -> UInt32? {
    guard at + digits <= scalars.count else { return nil }
    var code: UInt32 = 0
    for scalar in scalars[at..<at + digits] {
      guard let digit = Self.hexadecimal(scalar) else { return nil }
      code = code * 16 + digit
    }
    at += digits
    return code
  }

  private static func hexadecimal(_ scalar: Unicode.Scalar) -> UInt32? {
    switch scalar {
    case "0"..."9": scalar.value - 0x30
    case "a"..."f": scalar.value - 0x61 + 10
    case "A"..."F": scalar.value - 0x41 + 10
    default: nil
    }
  }

  /// Reads the braces of `\p{...}`.
  private mutating func parseProperty(
    isNegated: Bool, from start: Int
  ) throws(PatternError) -> ScalarSet {
    guard take("{") else { throw syntaxError("\\p without braces", at: start) }
    // No name of a property is longer; so the search for the brace stays short.
    let rest = scalars[at..<min(at + 64, scalars.count)]
    guard let end = rest.firstIndex(of: "}") else {
      throw syntaxError("\\p without a closing brace", at: start)
    }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[at..<end])
    let name = (isNegated ? "^" : "") + String(view)
    at = end + 1
    if let known = properties[name] { return known }
    guard let set = UnicodeClasses.property(String(view)) else {
      throw syntaxError("the unknown property \\p{\(String(view))}", at: start)
    }
    let result = isNegated ? set.complement : set
    properties[name] = result
    return result
  }

  // MARK: - Classes

  /// Reads a class after its opening bracket.
  mutating func parseClass() throws(PatternError) -> ScalarSet {
    let start = at - 1
    let isNegated = take("^")
    var ranges: [ClosedRange<UInt32>] = []
    while true {
      guard let first = next else { throw syntaxError("a class without an end", at: start) }
      if first == "]" { break }
      let low = try parseClassAtom()
      guard next == "-", at + 1 < scalars.count, scalars[at + 1] != "]" else {
        append(low, to: &ranges)
        continue
      }
      let dash = at
      at += 1
      let high = try parseClassAtom()
      if case .code(let from) = low, case .code(let to) = high {
        guard from <= to else { throw syntaxError("a range out of order", at: dash) }
        ranges.append(from...to)
      } else if syntax == .lenient {
        append(low, to: &ranges)
        append(.code(0x2D), to: &ranges)
        append(high, to: &ranges)
      } else {
        throw syntaxError("a class as the bound of a range", at: dash)
      }
    }
    at += 1
    rangeCount += ranges.count
    guard rangeCount <= limits.classRanges else {
      throw .classesTooLarge(offset: start, limit: limits.classRanges)
    }
    let set = ScalarSet(ranges)
    return isNegated ? set.complement : set
  }

  private func append(_ atom: ClassAtom, to ranges: inout [ClosedRange<UInt32>]) {
    switch atom {
    case .code(let code): ranges.append(code...code)
    case .set(let set): ranges += set.ranges
    }
  }

  private mutating func parseClassAtom() throws(PatternError) -> ClassAtom {
    guard let first = next else { throw syntaxError("a class without an end") }
    at += 1
    guard first == "\\" else { return .code(first.value) }
    if take("b") { return .code(0x08) }
    if syntax == .strict, take("-") { return .code(0x2D) }
    return try parseEscape()
  }
}
