// URI references as far as `$id` and `$ref` need them (RFC 3986, section 5.2).
// Knows text only; which schema a URI names is the parser's business.

/// A URI without its fragment, and the fragment.
struct Reference {
  /// Everything before `#`.
  var document: String
  /// What follows `#`, percent-decoded; nil if there is none.
  var fragment: String?

  /// Splits a reference at its first `#`.
  init(_ text: String) {
    let bytes = Array(text.utf8)
    if let hash = bytes.firstIndex(of: 0x23) {
      document = String(decoding: bytes[..<hash], as: UTF8.self)
      fragment = Reference.percentDecoded(bytes[(hash + 1)...])
    } else {
      document = text
      fragment = nil
    }
  }

  /// Resolves a URI reference without fragment against a base.
  static func resolve(_ reference: String, against base: String) -> String {
    if reference.isEmpty { return base }
    let target = Parts(reference)
    if target.scheme != nil { return target.text }
    var result = Parts(base)
    if target.authority != nil {
      result.authority = target.authority
      result.path = withoutDots(target.path)
    } else if target.path.isEmpty {
      if let query = target.query { result.query = query }
      return result.text
    } else if target.path.hasPrefix("/") {
      result.path = withoutDots(target.path)
    } else {
      let kept = result.path.utf8.lastIndex(of: 0x2F)
      let folder = kept.map { String(result.path[...$0]) } ?? (result.authority == nil ? "" : "/")
      // A name such as "urn:x:y" has no folders: the reference replaces its path.
      result.path = withoutDots(folder + target.path)
    }
    result.query = target.query
    return result.text
  }

  private static func withoutDots(_ path: String) -> String {
    var kept: [Substring] = []
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    for (i, part) in parts.enumerated() {
      if part == "." || part == ".." {
        if part == "..", kept.count > 1 || (kept.count == 1 && kept[0] != "") { kept.removeLast() }
        if i == parts.count - 1 { kept.append("") }
      } else {
        kept.append(part)
      }
    }
    return kept.joined(separator: "/")
  }

  private static func percentDecoded(_ bytes: ArraySlice<UInt8>) -> String {
    var result: [UInt8] = []
    var i = bytes.startIndex
    while i < bytes.endIndex {
      if bytes[i] == 0x25, i + 2 < bytes.endIndex, let high = hexValue(bytes[i + 1]),
        let low = hexValue(bytes[i + 2])
      {
        result.append(high << 4 | low)
        i += 3
      } else {
        result.append(bytes[i])
        i += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }

  /// The parts of a URI, taken apart without judging them.
  private struct Parts {
    var scheme: String?
    var authority: String?
    var path: String
    var query: String?

    init(_ text: String) {
      var rest = Substring(text)
      if let colon = rest.firstIndex(of: ":") {
        let name = rest[..<colon]
        let isScheme = name.utf8.enumerated().allSatisfy { i, byte in
          (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
            || (i > 0
              && (byte >= 0x30 && byte <= 0x39 || byte == 0x2B || byte == 0x2D || byte == 0x2E))
        }
        if isScheme && !name.isEmpty {
          scheme = String(name)
          rest = rest[rest.index(after: colon)...]
        }
      }
      if rest.hasPrefix("//") {
        rest = rest.dropFirst(2)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        authority = String(rest[..<end])
        rest = rest[end...]
      }
      if let mark = rest.firstIndex(of: "?") {
        query = String(rest[rest.index(after: mark)...])
        rest = rest[..<mark]
      }
      path = String(rest)
    }

    var text: String {
      (scheme.map { $0 + ":" } ?? "") + (authority.map { "//" + $0 } ?? "") + path
        + (query.map { "?" + $0 } ?? "")
    }
  }
}
