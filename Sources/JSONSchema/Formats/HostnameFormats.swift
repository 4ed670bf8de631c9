// Host names: RFC 1123 section 2.1, and internationalized ones after RFC 5890 to 5893.
//
// A name is labels between dots, 253 bytes at most. A label has 1 to 63 letters, digits and hyphens,
// none of the latter at its ends; hyphens in places three and four say that it is an A-label, `xn--`
// with the Punycode of a U-label. A U-label holds what RFC 5892 allows, is in the form NFC, does not
// begin with a mark, and where the name has a letter written from right to left, every label obeys
// the Bidi rule of RFC 5893. No mapping: a capital letter outside ASCII is no letter of a label.

import Patterns

/// Checks of host names.
enum HostnameFormats {
  /// Returns whether a text is a host name in ASCII; A-labels must stand for valid U-labels.
  static func isHostname(_ text: String) -> Bool {
    text.utf8.count <= 253 && text.utf8.allSatisfy { $0 < 0x80 }
      && isName(text.unicodeScalars.split(separator: ".", omittingEmptySubsequences: false))
  }

  /// Returns whether a text is a host name with any of the dots and letters of the world.
  static func isInternationalHostname(_ text: String) -> Bool {
    let dots: Set<Unicode.Scalar> = [".", "\u{3002}", "\u{FF0E}", "\u{FF61}"]
    // A longer text cannot be one; so that no work is spent on it.
    guard text.utf8.count <= 4 * 253 else { return false }
    return isName(
      text.unicodeScalars.split(omittingEmptySubsequences: false, whereSeparator: dots.contains))
  }

  /// Returns whether a text is a host name whose labels outside ASCII are not looked into.
  ///
  /// Such are the domains of internationalized mailboxes: RFC 6531 asks for no normal form.
  static func isLooseHostname(_ text: String) -> Bool {
    let labels = text.unicodeScalars.split(separator: ".", omittingEmptySubsequences: false)
    return text.utf8.count <= 253
      && labels.allSatisfy { label in
        if label.allSatisfy(\.isASCII) { return isName([label]) }
        return label.first != "-" && label.last != "-"
          && label.utf8Count <= 63 && !label.dropFirst(2).starts(with: "--".unicodeScalars)
          && label.allSatisfy { scalar in
            scalar.value >= 0xA0 || scalar == "-"
              || (scalar.isASCII && FormatScanner.isAlphanumeric(UInt8(scalar.value)))
          }
      }
  }

  // MARK: - Labels

  private static func isName(_ labels: [String.UnicodeScalarView.SubSequence]) -> Bool {
    var length = labels.count - 1
    var unicodeLabels: [[UInt32]] = []
    for label in labels {
      let scalars = label.map(\.value)
      guard let (unicode, byteCount) = unicodeForm(scalars), byteCount <= 63 else { return false }
      length += byteCount
      unicodeLabels.append(unicode)
    }
    guard length <= 253 else { return false }
    let isBidirectional = unicodeLabels.contains { label in
      label.contains { code in
        contains(HostnameTables.rightToLeft, code) || contains(HostnameTables.arabicNumbers, code)
      }
    }
    return !isBidirectional || unicodeLabels.allSatisfy(obeysBidiRule)
  }

  /// Returns the scalars of a valid label and the number of bytes of its ASCII form.
  private static func unicodeForm(_ label: [UInt32]) -> (scalars: [UInt32], byteCount: Int)? {
    guard let first = label.first, let last = label.last, first != 0x2D, last != 0x2D else {
      return nil
    }
    let hasPrefix = label.count >= 4 && label[2] == 0x2D && label[3] == 0x2D
    if label.allSatisfy({ $0 < 0x80 }) {
      let bytes = label.map { UInt8($0) }
      guard bytes.allSatisfy({ FormatScanner.isAlphanumeric($0) || $0 == 0x2D }) else { return nil }
      guard hasPrefix else { return (label, bytes.count) }
      // RFC 5890, section 2.3.1: the other labels with such hyphens are reserved.
      let lower = bytes.map { FormatScanner.isLetter($0) ? $0 | 0x20 : $0 }
      guard lower.starts(with: "xn--".utf8), let decoded = Punycode.decode(lower.dropFirst(4)),
        isUnicodeLabel(decoded), Punycode.encode(decoded) == Array(lower.dropFirst(4))
      else { return nil }
      return (decoded, bytes.count)
    }
    guard !hasPrefix, isUnicodeLabel(label), let encoded = Punycode.encode(label) else {
      return nil
    }
    return (label, encoded.count + 4)
  }

  /// Returns whether scalars are a U-label; its length and the Bidi rule are looked at elsewhere.
  private static func isUnicodeLabel(_ label: [UInt32]) -> Bool {
    guard let first = label.first, let last = label.last, first != 0x2D, last != 0x2D,
      label.contains(where: { $0 >= 0x80 }), !contains(marks, first),
      !(label.count >= 4 && label[2] == 0x2D && label[3] == 0x2D)
    else { return false }
    return label.indices.allSatisfy { index in
      contains(HostnameTables.valid, label[index]) || isAllowedHere(label, index)
    } && isComposed(label)
  }

  /// Returns whether a scalar with a rule of RFC 5892, appendix A, obeys it.
  private static func isAllowedHere(_ label: [UInt32], _ index: Int) -> Bool {
    let before = index > 0 ? label[index - 1] : nil
    let after = index + 1 < label.count ? label[index + 1] : nil
    switch label[index] {
    case 0x200C: return isVirama(before) || joins(label, index)
    case 0x200D: return isVirama(before)
    case 0xB7: return before == 0x6C && after == 0x6C
    case 0x375: return after.map { contains(greek, $0) } ?? false
    case 0x5F3, 0x5F4: return before.map { contains(hebrew, $0) } ?? false
    case 0x30FB: return label.contains { $0 != 0x30FB && contains(japanese, $0) }
    case 0x660...0x669: return !label.contains { (0x6F0...0x6F9).contains($0) }
    case 0x6F0...0x6F9: return !label.contains { (0x660...0x669).contains($0) }
    default: return false
    }
  }

  private static func isVirama(_ code: UInt32?) -> Bool {
    code.flatMap(Unicode.Scalar.init)?.properties.canonicalCombiningClass == .virama
  }

  /// Returns whether a zero-width non-joiner stands between letters that would join.
  private static func joins(_ label: [UInt32], _ index: Int) -> Bool {
    let before = label[..<index].last { !contains(HostnameTables.transparent, $0) }
    let after = label[(index + 1)...].first { !contains(HostnameTables.transparent, $0) }
    guard let before, let after else { return false }
    return contains(HostnameTables.joinsBefore, before)
      && contains(HostnameTables.joinsAfter, after)
  }

  // MARK: - Direction and normal form

  /// Returns whether a label obeys the six conditions of RFC 5893, section 2.
  private static func obeysBidiRule(_ label: [UInt32]) -> Bool {
    guard let first = label.first else { return false }
    func isMark(_ code: UInt32) -> Bool { contains(HostnameTables.marks, code) }
    func isNeutral(_ code: UInt32) -> Bool { contains(HostnameTables.neutrals, code) }
    func isRight(_ code: UInt32) -> Bool { contains(HostnameTables.rightToLeft, code) }
    func isArabic(_ code: UInt32) -> Bool { contains(HostnameTables.arabicNumbers, code) }
    func isEuropean(_ code: UInt32) -> Bool { contains(HostnameTables.europeanNumbers, code) }
    func isLeft(_ code: UInt32) -> Bool {
      !isMark(code) && !isNeutral(code) && !isRight(code) && !isArabic(code) && !isEuropean(code)
    }
    guard let last = label.last(where: { !isMark($0) }) else { return false }
    if isRight(first) {
      return !label.contains(where: isLeft)
        && (isRight(last) || isArabic(last) || isEuropean(last))
        && !(label.contains(where: isArabic) && label.contains(where: isEuropean))
    }
    return isLeft(first) && !label.contains { isRight($0) || isArabic($0) }
      && (isLeft(last) || isEuropean(last))
  }

  /// Returns whether a label of allowed scalars is in the form NFC.
  ///
  /// What has a singleton decomposition is not allowed anyway, so two things are left: marks in the
  /// order of their classes, and no base before a mark with which it would become one scalar.
  private static func isComposed(_ label: [UInt32]) -> Bool {
    var base: Unicode.Scalar?
    var lastClass: UInt8 = 0
    for code in label {
      guard let scalar = Unicode.Scalar(code) else { return false }
      let ownClass = scalar.properties.canonicalCombiningClass.rawValue
      if ownClass != 0, ownClass < lastClass { return false }
      let isBlocked = ownClass == lastClass && lastClass != 0
      if let base, !isBlocked, ownClass != 0 || lastClass == 0 {
        var pair = String(base)
        pair.unicodeScalars.append(scalar)
        if composedTexts.contains(pair) { return false }
      }
      if ownClass == 0 { base = scalar }
      lastClass = ownClass
    }
    return true
  }

  /// The composed scalars as texts; texts are equal where they are canonically equivalent.
  private static let composedTexts: Set<String> = Set(
    HostnameTables.composed.ranges.joined().compactMap(Unicode.Scalar.init).map { String($0) })

  // MARK: - Classes

  private static let marks = UnicodeClasses.property("M") ?? .none
  private static let greek = UnicodeClasses.property("Script=Greek") ?? .none
  private static let hebrew = UnicodeClasses.property("Script=Hebrew") ?? .none
  private static let japanese = ["Hiragana", "Katakana", "Han"].reduce(ScalarSet.none) {
    set, name in
    set.union(UnicodeClasses.property("Script=\(name)") ?? .none)
  }

  private static func contains(_ set: ScalarSet, _ code: UInt32) -> Bool {
    Unicode.Scalar(code).map(set.contains) ?? false
  }
}

extension Substring.UnicodeScalarView {
  /// The number of bytes in UTF-8.
  fileprivate var utf8Count: Int { reduce(0) { $0 + UTF8.width($1) } }
}
