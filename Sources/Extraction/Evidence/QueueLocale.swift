// How the documents of a queue spell numbers and dates.

/// The habits of a language and region that matter for numbers and dates.
package struct QueueLocale: Sendable, Hashable {
  /// The order in which a date of three numbers is written, where the year is not first.
  package enum DateOrder: Sendable, Hashable {
    case dayMonth
    case monthDay
  }

  /// The tag, such as `de-DE`.
  package let tag: String
  /// The sign before the fraction: a point or a comma.
  let decimalSign: Unicode.Scalar
  /// The order of dates.
  let dateOrder: DateOrder

  /// Languages whose regions, but for the exceptions, write a comma before the fraction.
  private static let commaLanguages = Set(
    """
    bg ca cs da de el es et eu fi fr gl hr hu id is it lt lv nb nl nn no pl pt ro ru sk sl sq sr sv tr uk vi
    """.split(whereSeparator: \.isWhitespace).map(String.init))
  private static let pointLanguages = Set(
    "ar cy en fa ga he hi ja ko mt ms sw th tl ur zh".split(separator: " ").map(String.init))
  /// Regions that differ from their language.
  private static let pointTags: Set<String> = [
    "de-CH", "de-LI", "it-CH", "es-MX", "es-US", "es-PR", "es-GT", "es-HN", "es-NI", "es-PA",
    "es-PE", "es-SV", "es-DO",
  ]
  private static let commaTags: Set<String> = ["en-ZA"]
  private static let monthFirstTags: Set<String> = [
    "en", "en-US", "en-PH", "en-PR", "es-US", "es-PR",
  ]

  /// Reads a tag of a language and, where it matters, a region; nil for one that is not known.
  package init?(_ tag: String) {
    let parts = tag.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2, let language = parts.first,
      language.allSatisfy({ $0.isASCII && $0.isLowercase })
    else { return nil }
    if parts.count == 2 {
      guard parts[1].count == 2, parts[1].allSatisfy({ $0.isASCII && $0.isUppercase }) else {
        return nil
      }
    }
    let isComma: Bool
    if Self.pointTags.contains(tag) {
      isComma = false
    } else if Self.commaTags.contains(tag) || Self.commaLanguages.contains(language) {
      isComma = true
    } else if Self.pointLanguages.contains(language) {
      isComma = false
    } else {
      return nil
    }
    self.tag = tag
    decimalSign = isComma ? "," : "."
    dateOrder = Self.monthFirstTags.contains(tag) ? .monthDay : .dayMonth
  }
}
