// The formats as regular languages: what masks can enforce while a text is written.
//
// The checks of this folder and these languages are written apart; tests compare them. Where a format
// is not regular, or only by an automaton too large to be of use, the language is a part of it that
// holds what people write:
//
//   time, date-time          a leap second only in universal time
//   hostname, email          no A-labels (`xn--…`): those are Punycode of valid labels
//                            no quoted space after a backslash
//   idn-email                the same; with letters beyond ASCII, local part and labels are shorter
//   idn-hostname             beyond ASCII only labels of up to ten letters read from left to right
//   regex                    groups nested three deep, counted repetition without an upper bound

package import Patterns

/// The language of a format: the texts that match every one of some patterns.
package struct FormatLanguage: Sendable {
  /// Patterns bound to both ends, which a text must match all at once.
  package let patterns: [PatternTree]
  /// Whether the language holds every text of the format; otherwise some are missing.
  package let isExact: Bool

  /// Returns the language of a format, or nil for a name that is not known.
  ///
  /// The patterns are parsed anew in each call, so that a schema pays for its own formats only.
  package static func named(_ name: String) -> FormatLanguage? {
    switch name {
    case "date": FormatLanguage([Time.date])
    case "time": FormatLanguage([Time.time], isExact: false)
    case "date-time": FormatLanguage(["(?:\(Time.date))[Tt](?:\(Time.time))"], isExact: false)
    case "duration": FormatLanguage([Time.duration])
    case "ipv4": FormatLanguage([Address.ipv4])
    case "ipv6": FormatLanguage([Address.ipv6])
    case "uuid":
      FormatLanguage(["(?:H{8}-H{4}-H{4}-H{4}-H{12})".replacing("H", with: "[\\dA-Fa-f]")])
    case "hostname": FormatLanguage([Host.name, "[^]{1,253}"], isExact: false)
    case "idn-hostname": FormatLanguage([Host.internationalName, "[^]{1,63}"], isExact: false)
    case "email":
      FormatLanguage(
        ["\(Mail.local)@(?:\(Host.name)|\(Mail.literal))", "[^]{1,64}@[^@]{1,253}"], isExact: false)
    case "idn-email":
      FormatLanguage(
        [
          "\(Mail.internationalLocal)@(?:\(Host.mailName)|\(Mail.literal))",
          "(?:[\\0-\\x7F]{1,64}|[^]{1,16})@(?:[\\0-\\x7F]{1,253}|[^@]{1,63})",
        ], isExact: false)
    case "uri": FormatLanguage([Resource(universal: "", privates: "").identifier])
    case "uri-reference": FormatLanguage([Resource(universal: "", privates: "").reference])
    case "iri": FormatLanguage([Resource.international.identifier])
    case "iri-reference": FormatLanguage([Resource.international.reference])
    case "uri-template": FormatLanguage([Resource.template])
    case "json-pointer": FormatLanguage([Pointer.pointer])
    case "relative-json-pointer": FormatLanguage(["(?:0|[1-9]\\d*)(?:#|\(Pointer.pointer))"])
    case "regex": FormatLanguage([Expression.disjunction(depth: 3)], isExact: false)
    default: nil
    }
  }

  /// Creates a language from sources; one that does not parse gives nil, which a test would notice.
  private init?(_ sources: [String], isExact: Bool = true) {
    var trees: [PatternTree] = []
    for source in sources {
      guard let pattern = try? Pattern("^(?:\(source))$", syntax: .strict) else { return nil }
      trees.append(pattern.tree)
    }
    self.patterns = trees
    self.isExact = isExact
  }
}

// MARK: - Sources of patterns

/// RFC 3339.
private enum Time {
  static let date = """
    \\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])\
    |(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))\
    |(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29
    """
  static let time = """
    (?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:[Zz]|[+\\-](?:[01]\\d|2[0-3]):[0-5]\\d)\
    |23:59:60(?:\\.\\d+)?(?:[Zz]|[+\\-]00:00)
    """
  private static let clock = "T(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S)"
  static let duration = """
    P(?:\\d+W|(?:\\d+Y(?:\\d+M(?:\\d+D)?)?|\\d+M(?:\\d+D)?|\\d+D)(?:\(clock))?|\(clock))
    """
}

/// RFC 2673 and the rule `IPv6address` of RFC 3986.
private enum Address {
  static let ipv4 = "(?:O\\.){3}O".replacing("O", with: "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)")
  static let ipv6 = """
    (?:G:){6}L|::(?:G:){5}L|G?::(?:G:){4}L|(?:(?:G:)?G)?::(?:G:){3}L|(?:(?:G:){0,2}G)?::(?:G:){2}L\
    |(?:(?:G:){0,3}G)?::G:L|(?:(?:G:){0,4}G)?::L|(?:(?:G:){0,5}G)?::G|(?:(?:G:){0,6}G)?::
    """.replacing("L", with: "(?:G:G|\(ipv4))").replacing("G", with: "(?:[\\dA-Fa-f]{1,4})")
}

/// RFC 1123, with no hyphens in places three and four of a label.
private enum Host {
  private static let letter = "[A-Za-z\\d]"
  private static let inner = "[A-Za-z\\d\\-]"
  private static let label = """
    \(letter)(?:\(inner){0,2}\(letter)\
    |\(inner)(?:\(letter)\(inner)|-\(letter))\(inner){0,58}\(letter))?
    """
  static let name = "\(label)(?:\\.\(label))*"

  /// Letters that a label may hold, none of which joins, composes or turns the direction.
  private static let world: String = {
    let letters = ["Ll", "Lo"].reduce(ScalarSet.none) { set, category in
      set.union(UnicodeClasses.property(category) ?? .none)
    }
    let others = HostnameTables.rightToLeft.union(HostnameTables.neutrals)
      .union(HostnameTables.marks).union(ScalarSet([0...0x7F]))
    let set = letters.intersection(HostnameTables.valid).subtracting(others)
    let ranges = set.ranges.flatMap { range in
      // Letters that other judges of host names know too: the newest are unknown to many.
      range.filter { code in
        (Unicode.Scalar(code)?.properties.age).map { ($0.major, $0.minor) <= (13, 0) } ?? false
      }
    }
    let known = ScalarSet(ranges.map { $0...$0 }).ranges.map { range in
      "\\u{\(String(range.lowerBound, radix: 16))}-\\u{\(String(range.upperBound, radix: 16))}"
    }
    return "[a-z\\d\(known.joined())]"
  }()
  private static let anyLabel = "(?:\(label)|\(world){1,10})"
  /// Labels between any of the dots.
  static let internationalName = "\(anyLabel)(?:[.\\u3002\\uFF0E\\uFF61]\(anyLabel))*"
  /// Labels between full stops, as in the domains of mailboxes.
  static let mailName = "\(anyLabel)(?:\\.\(anyLabel))*"
}

/// RFC 5321 and RFC 6531.
private enum Mail {
  private static func local(_ others: String) -> String {
    let atom = "[A-Za-z\\d!#$%&'*+\\-\\/=?^_`\\{\\|\\}~\(others)]+"
    return "(?:\(atom)(?:\\.\(atom))*|\"(?:[ !#-\\[\\]-~\(others)]|\\\\[!-~])*\")"
  }
  static let local = local("")
  static let internationalLocal = local("\\u{80}-\\u{10FFFF}")
  static let literal = "\\[(?:\(Address.ipv4)|[Ii][Pp][Vv]6:(?:\(Address.ipv6)))\\]"
}

/// RFC 6901.
private enum Pointer {
  static let pointer = "(?:\\/(?:[^~\\/]|~[01])*)*"
}

/// RFC 3986, RFC 3987 and RFC 6570.
private struct Resource {
  let identifier: String
  let reference: String

  private static let universal: String = {
    let planes = (1...14).map { plane in
      "\\u{\(String(plane, radix: 16))}\(plane == 14 ? "1000" : "0000")}"
        + "-\\u{\(String(plane, radix: 16))}FFFD}"
    }
    return "\\u{A0}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFEF}"
      + planes.joined().replacing("}0000}", with: "0000}").replacing("}1000}", with: "1000}")
      .replacing("}FFFD}", with: "FFFD}")
  }()
  private static let privates =
    "\\u{E000}-\\u{F8FF}\\u{F0000}-\\u{FFFFD}\\u{100000}-\\u{10FFFD}"
  static let international = Resource(universal: universal, privates: privates)

  init(universal: String, privates: String) {
    func run(_ others: String) -> String {
      "(?:[A-Za-z\\d\\-._~!$&'()*+,;=\(universal)\(others)]|%[\\dA-Fa-f]{2})"
    }
    let future = "[Vv][\\dA-Fa-f]+\\.[A-Za-z\\d\\-._~!$&'()*+,;=:]+"
    let host = "(?:\\[(?:\(Address.ipv6)|\(future))\\]|\(run(""))*)"
    let network = "\\/\\/(?:\(run(":"))*@)?\(host)(?::\\d*)?(?:\\/\(run(":@\\/"))*)?"
    let absolute = "\\/(?:\(run(":@"))\(run(":@\\/"))*)?"
    let tail = "(?:\\?\(run(":@\\/?" + privates))*)?(?:#\(run(":@\\/?"))*)?"
    let rootless = "\(run(":@"))\(run(":@\\/"))*"
    let relative = "\(run("@"))+(?:\\/\(run(":@\\/"))*)?"
    identifier = "[A-Za-z][A-Za-z\\d+\\-.]*:(?:\(network)|\(absolute)|(?:\(rootless))?)\(tail)"
    reference = "\(identifier)|(?:\(network)|\(absolute)|(?:\(relative))?)\(tail)"
  }

  static let template: String = {
    let percent = "%[\\dA-Fa-f]{2}"
    let name = "(?:[A-Za-z\\d_]|\(percent))+"
    let variable = "\(name)(?:\\.\(name))*(?:\\*|:[1-9]\\d{0,3})?"
    let literal = "[!#$&'()*+,\\-.\\/\\d:;=?@A-Z\\[\\]_a-z~\(universal)\(privates)]"
    return "(?:\(literal)|\(percent)|\\{[+#.\\/;?&=,!@\\|]?\(variable)(?:,\(variable))*\\})*"
  }()
}

/// A part of the patterns of ECMA-262.
private enum Expression {
  static func disjunction(depth: Int) -> String {
    let escape = "\\\\(?:[dDwWsStnrvf\\^$\\\\.*+?()\\[\\]\\{\\}\\|\\/]|x[\\dA-Fa-f]{2})"
    let member = "(?:[^\\]\\\\\\-\\[\\^\\n\\r]|\(escape)|a-z|A-Z|0-9)"
    var atom = "[^\\^$\\\\.*+?()\\[\\]\\{\\}\\|\\n\\r]|\\.|\(escape)|\\[\\^?\(member)+\\]"
    if depth > 0 { atom += "|\\((?:\\?:)?(?:\(disjunction(depth: depth - 1)))\\)" }
    let quantifier = "(?:[*+?]|\\{\\d{1,3},?\\})\\??"
    let alternative = "(?:\\^|\\$|\\\\[bB]|(?:\(atom))(?:\(quantifier))?)*"
    return "\(alternative)(?:\\|\(alternative))*"
  }
}
