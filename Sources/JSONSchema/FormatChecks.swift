// Formats of strings: which there are, and whether a text has one.

import Patterns

/// The formats that are asserted.
package enum FormatChecks {
  /// The names of all formats; a name that is not here has no effect.
  package static let names: [String] = checks.keys.sorted()

  /// Returns whether a format is one of the drafts'.
  package static func isKnown(_ name: String) -> Bool { checks[name] != nil }

  /// Returns whether a text has a format; a format that is not known accepts everything.
  package static func accepts(_ text: String, format: String) -> Bool {
    checks[format]?(text) ?? true
  }

  private static let checks: [String: @Sendable (String) -> Bool] = [
    "date": { TimeFormats.isDate($0) },
    "time": { TimeFormats.isTime($0) },
    "date-time": { TimeFormats.isDateTime($0) },
    "duration": { TimeFormats.isDuration($0) },
    "email": { AddressFormats.isMailbox($0, .ascii) },
    "idn-email": { AddressFormats.isMailbox($0, .international) },
    "hostname": { HostnameFormats.isHostname($0) },
    "idn-hostname": { HostnameFormats.isInternationalHostname($0) },
    "ipv4": { AddressFormats.isIPv4($0) },
    "ipv6": { AddressFormats.isIPv6($0) },
    "uri": { ResourceFormats.isIdentifier($0, .ascii) },
    "uri-reference": { ResourceFormats.isReference($0, .ascii) },
    "iri": { ResourceFormats.isIdentifier($0, .international) },
    "iri-reference": { ResourceFormats.isReference($0, .international) },
    "uri-template": { ResourceFormats.isTemplate($0) },
    "uuid": { AddressFormats.isUUID($0) },
    "json-pointer": { PointerFormats.isPointer($0) },
    "relative-json-pointer": { PointerFormats.isRelativePointer($0) },
    "regex": { isPattern($0) },
  ]

  /// Returns whether a text is a regular expression that `pattern` would take.
  ///
  /// A part that no matcher here supports, such as a back-reference, makes it none the less one; a
  /// text beyond the limits of patterns is none.
  private static func isPattern(_ text: String) -> Bool {
    do throws(PatternError) {
      _ = try Pattern(text)
      return true
    } catch {
      if case .unsupported = error { return true }
      return false
    }
  }
}
