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

  /// Returns whether a label of allowed scalars is in the form NFC: what decomposing, sorting marks
  /// and composing gives again.
  ///
  /// Hangul needs no rule: the letters from which its syllables are composed are not allowed.
  private static func isComposed(_ label: [UInt32]) -> Bool {
    var marks: [(code: UInt32, rank: UInt8)] = []
    var result: [UInt32] = []
    func compose() {
      // Marks of equal rank keep their order.
      let sorted = marks.enumerated().sorted { ($0.1.rank, $0.0) < ($1.1.rank, $1.0) }
        .map(\.element)
      let base = result.count - 1
      var lastRank: UInt8?
      for mark in sorted {
        if base >= 0, lastRank.map({ $0 < mark.rank }) ?? true,
          let whole = compositions.wholes[Pair(first: result[base], second: mark.code)]
        {
          result[base] = whole
        } else {
          result.append(mark.code)
          lastRank = mark.rank
        }
      }
      marks = []
    }
    for code in label.flatMap(decomposed) {
      let rank = Unicode.Scalar(code)?.properties.canonicalCombiningClass.rawValue ?? 0
      if rank > 0 {
        marks.append((code, rank))
        continue
      }
      let isApart = !marks.isEmpty
      compose()
      if !isApart, let last = result.last,
        let whole = compositions.wholes[Pair(first: last, second: code)]
      {
        result[result.count - 1] = whole
      } else {
        result.append(code)
      }
    }
    compose()
    return result == label
  }

  private static func decomposed(_ code: UInt32) -> [UInt32] {
    guard let pair = compositions.parts[code] else { return [code] }
    return decomposed(pair.first) + [pair.second]
  }

  private struct Pair: Hashable {
    let first: UInt32
    let second: UInt32
  }

  /// The composed scalars by their two parts, and the parts by the composed scalar.
  private static let compositions: (wholes: [Pair: UInt32], parts: [UInt32: Pair]) = {
    var found: (wholes: [Pair: UInt32], parts: [UInt32: Pair]) = ([:], [:])
    let numbers = HostnameTables.compositions.values
    for i in stride(from: 0, to: numbers.count - 2, by: 3) {
      let pair = Pair(first: numbers[i + 1], second: numbers[i + 2])
      found.wholes[pair] = numbers[i]
      found.parts[numbers[i]] = pair
    }
    return found
  }()

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
