// Identifiers of resources: URI (RFC 3986, appendix A), IRI (RFC 3987, section 2.2) and URI templates
// (RFC 6570, section 2).
//
//   URI        scheme ":" hier-part [ "?" query ] [ "#" fragment ]
//   reference  URI, or without a scheme, when the first segment of the path holds no colon
//   hier-part  "//" authority path-abempty | path
//   authority  [ userinfo "@" ] host [ ":" port ]

/// Checks of resource identifiers.
enum ResourceFormats {
  /// Which characters an identifier may hold.
  enum Alphabet {
    /// ASCII: URI.
    case ascii
    /// All of Unicode that RFC 3987 allows: IRI.
    case international
  }

  /// Returns whether a text is a URI or IRI: with a scheme, and with or without a fragment.
  static func isIdentifier(_ text: String, _ alphabet: Alphabet) -> Bool {
    var scanner = ResourceScanner(text, alphabet)
    return scanner.takeScheme() && scanner.takeRest(isRelative: false)
  }

  /// Returns whether a text is a URI or IRI, or a reference relative to one.
  static func isReference(_ text: String, _ alphabet: Alphabet) -> Bool {
    if isIdentifier(text, alphabet) { return true }
    var scanner = ResourceScanner(text, alphabet)
    return scanner.takeRest(isRelative: true)
  }

  /// Returns whether a text is a URI template of any level.
  static func isTemplate(_ text: String) -> Bool {
    var scanner = ResourceScanner(text, .international)
    while !scanner.isAtEnd {
      guard scanner.takeTemplateLiteral() || scanner.takeTemplateExpression() else { return false }
    }
    return true
  }
}

/// A place in the scalars of an identifier.
private struct ResourceScanner {
  private let scalars: [UInt32]
  private let alphabet: ResourceFormats.Alphabet
  private var at = 0

  init(_ text: String, _ alphabet: ResourceFormats.Alphabet) {
    self.scalars = text.unicodeScalars.map(\.value)
    self.alphabet = alphabet
  }

  var isAtEnd: Bool { at == scalars.count }
  private var next: UInt32? { at < scalars.count ? scalars[at] : nil }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == character.value else { return false }
    at += 1
    return true
  }

  private mutating func take(where condition: (UInt32) -> Bool) -> Bool {
    guard let code = next, condition(code) else { return false }
    at += 1
    return true
  }

  // MARK: - Characters

  private static func isOne(of characters: String, _ code: UInt32) -> Bool {
    code < 0x80 && FormatScanner.isOne(of: characters, UInt8(code))
  }

  private static func isAlphanumeric(_ code: UInt32) -> Bool {
    code < 0x80 && FormatScanner.isAlphanumeric(UInt8(code))
  }

  private static func isHexadecimal(_ code: UInt32) -> Bool {
    code < 0x80 && FormatScanner.isHexadecimal(UInt8(code))
  }

  private static func isDigit(_ code: UInt32) -> Bool { code >= 0x30 && code <= 0x39 }

  /// `ucschar` of RFC 3987.
  private static func isUniversal(_ code: UInt32) -> Bool {
    switch code {
    case 0xA0...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFEF: true
    case 0x10000...0xEFFFD: code & 0xFFFF <= 0xFFFD && !(0xE0000...0xE0FFF).contains(code)
    default: false
    }
  }

  /// `iprivate` of RFC 3987.
  private static func isPrivate(_ code: UInt32) -> Bool {
    switch code {
    case 0xE000...0xF8FF, 0xF0000...0xFFFFD, 0x100000...0x10FFFD: true
    default: false
    }
  }

  /// `unreserved` and `sub-delims`, with the universal characters where they are allowed.
  private static func isPlain(_ code: UInt32, _ alphabet: ResourceFormats.Alphabet) -> Bool {
    isAlphanumeric(code) || isOne(of: "-._~!$&'()*+,;=", code)
      || (alphabet == .international && isUniversal(code))
  }

  private mutating func takePercent() -> Bool {
    let start = at
    if take("%"), take(where: Self.isHexadecimal), take(where: Self.isHexadecimal) { return true }
    at = start
    return false
  }

  /// Steps over plain characters, percent-encoded ones and those of a list.
  private mutating func skipText(and others: String, privates: Bool = false) {
    while let code = next {
      let isText =
        Self.isPlain(code, alphabet) || Self.isOne(of: others, code)
        || (privates && alphabet == .international && Self.isPrivate(code))
      if isText {
        at += 1
      } else if !takePercent() {
        return
      }
    }
  }

  // MARK: - URI

  mutating func takeScheme() -> Bool {
    guard let first = next, first < 0x80, FormatScanner.isLetter(UInt8(first)) else { return false }
    while take(where: { Self.isAlphanumeric($0) || Self.isOne(of: "+-.", $0) }) {}
    return take(":")
  }

  /// Reads all that follows the scheme, to the end.
  mutating func takeRest(isRelative: Bool) -> Bool {
    let start = at
    if take("/"), take("/") {
      guard takeAuthority(), isAtEnd || [0x2F, 0x3F, 0x23].contains(next) else { return false }
    } else {
      at = start
      if isRelative {
        skipText(and: "@")
        if next == 0x3A { return false }
      }
    }
    skipText(and: ":@/")
    if take("?") { skipText(and: ":@/?", privates: true) }
    if take("#") { skipText(and: ":@/?") }
    return isAtEnd
  }

  private mutating func takeAuthority() -> Bool {
    let start = at
    skipText(and: ":")
    if !take("@") { at = start }
    if take("[") {
      let inside = at
      while let code = next, code < 0x80, code != 0x5D { at += 1 }
      let bytes = scalars[inside..<at].map { UInt8($0) }
      guard take("]"), AddressFormats.isIPv6(bytes[...]) || Self.isFutureAddress(bytes) else {
        return false
      }
    } else {
      skipText(and: "")
    }
    if take(":") { while take(where: Self.isDigit) {} }
    return true
  }

  /// `IPvFuture`: a version in hexadecimal digits, a dot, and an address.
  private static func isFutureAddress(_ bytes: [UInt8]) -> Bool {
    var scanner = FormatScanner(bytes)
    return (scanner.take("v") || scanner.take("V"))
      && scanner.skip(while: FormatScanner.isHexadecimal) > 0 && scanner.take(".")
      && scanner.skip {
        FormatScanner.isAlphanumeric($0) || FormatScanner.isOne(of: "-._~!$&'()*+,;=:", $0)
      } > 0
      && scanner.isAtEnd
  }

  // MARK: - Templates

  mutating func takeTemplateLiteral() -> Bool {
    takePercent()
      || take { code in
        code < 0x80
          ? code > 0x20 && code != 0x7F && !Self.isOne(of: "\"%<>\\^`{|}", code)
          : Self.isUniversal(code) || Self.isPrivate(code)
      }
  }

  mutating func takeTemplateExpression() -> Bool {
    guard take("{") else { return false }
    _ = take { Self.isOne(of: "+#./;?&=,!@|", $0) }
    repeat {
      guard takeTemplateVariable() else { return false }
    } while take(",")
    return take("}")
  }

  /// Reads a name with dots, and `*` or the length of a prefix.
  private mutating func takeTemplateVariable() -> Bool {
    repeat {
      guard takePercent() || take(where: { Self.isAlphanumeric($0) || $0 == 0x5F }) else {
        return false
      }
      while takePercent() || take(where: { Self.isAlphanumeric($0) || $0 == 0x5F }) {}
    } while take(".")
    if take("*") { return true }
    guard take(":") else { return true }
    let start = at
    while take(where: Self.isDigit) {}
    return (1...4).contains(at - start) && scalars[start] != 0x30
  }
}
