// Addresses: IPv4 and IPv6 (RFC 2673, RFC 4291 section 2.2), mailboxes (RFC 5321 section 4.1.2 and
// RFC 6531 section 3.3) and UUIDs (RFC 4122).

/// Checks of addresses and identifiers.
enum AddressFormats {
  // MARK: - IP

  /// Returns whether a text is an IPv4 address of four decimal numbers without leading zeros.
  static func isIPv4(_ text: String) -> Bool { isIPv4(Array(text.utf8)[...]) }

  /// Returns whether bytes are an IPv4 address.
  static func isIPv4(_ bytes: ArraySlice<UInt8>) -> Bool {
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        guard (1...3).contains(part.count), part.allSatisfy(FormatScanner.isDigit) else {
          return false
        }
        let value = part.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return value <= 255 && (part.count == 1 || part.first != UInt8(ascii: "0"))
      }
  }

  /// Returns whether a text is an IPv6 address without zone and brackets.
  static func isIPv6(_ text: String) -> Bool { isIPv6(Array(text.utf8)[...]) }

  /// Returns whether bytes are an IPv6 address.
  static func isIPv6(_ bytes: ArraySlice<UInt8>) -> Bool {
    let colon = UInt8(ascii: ":")
    var parts = bytes.split(separator: colon, omittingEmptySubsequences: false)
    guard parts.count >= 3 else { return false }
    // A double colon at an end leaves two empty parts there, one in the middle leaves one.
    if parts[0].isEmpty {
      guard parts[1].isEmpty else { return false }
      parts.removeFirst()
    }
    if let last = parts.last, last.isEmpty {
      guard parts[parts.count - 2].isEmpty else { return false }
      parts.removeLast()
    }
    var groups = 0
    var gaps = 0
    for (index, part) in parts.enumerated() {
      if part.isEmpty {
        gaps += 1
      } else if index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
        guard isIPv4(part) else { return false }
        groups += 2
      } else {
        guard part.count <= 4, part.allSatisfy(FormatScanner.isHexadecimal) else { return false }
        groups += 1
      }
    }
    return gaps == 0 ? groups == 8 : gaps == 1 && groups <= 7
  }

  // MARK: - Mail

  /// Which characters a mailbox may hold.
  enum MailAlphabet {
    case ascii
    case international
  }

  /// Returns whether a text is one mailbox: local part, `@`, and a host name or address literal.
  static func isMailbox(_ text: String, _ alphabet: MailAlphabet) -> Bool {
    var scanner = FormatScanner(text)
    guard takeLocalPart(&scanner, alphabet), scanner.at <= 64, scanner.take("@") else {
      return false
    }
    let domain = scanner.slice(scanner.at..<scanner.count)
    if domain.first == UInt8(ascii: "[") { return isAddressLiteral(domain) }
    switch alphabet {
    case .ascii: return HostnameFormats.isHostname(String(decoding: domain, as: UTF8.self))
    case .international:
      return HostnameFormats.isLooseHostname(String(decoding: domain, as: UTF8.self))
    }
  }

  private static func takeLocalPart(
    _ scanner: inout FormatScanner, _ alphabet: MailAlphabet
  ) -> Bool {
    func isText(_ byte: UInt8) -> Bool { byte >= 0x80 && alphabet == .international }
    if scanner.take("\"") {
      while !scanner.take("\"") {
        let isQuoted =
          scanner.take("\\")
          ? scanner.take { $0 >= 0x20 && $0 <= 0x7E }
          : scanner.take { $0 >= 0x20 && $0 <= 0x7E || isText($0) }
        guard isQuoted else { return false }
      }
      return true
    }
    repeat {
      let count = scanner.skip { byte in
        FormatScanner.isAlphanumeric(byte) || isText(byte)
          || FormatScanner.isOne(of: "!#$%&'*+-/=?^_`{|}~", byte)
      }
      guard count > 0 else { return false }
    } while scanner.take(".")
    return true
  }

  /// Returns whether bytes are `[IPv4]` or `[IPv6:…]`; no other kind is registered.
  private static func isAddressLiteral(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.last == UInt8(ascii: "]") else { return false }
    let inside = bytes.dropFirst().dropLast()
    let tag = Array("ipv6:".utf8)
    guard inside.count > tag.count, inside.prefix(tag.count).map({ $0 | 0x20 }) == tag else {
      return isIPv4(inside)
    }
    return isIPv6(inside.dropFirst(tag.count))
  }

  // MARK: - UUID

  /// Returns whether a text is a UUID: 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12.
  static func isUUID(_ text: String) -> Bool {
    let groups = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    return groups.map(\.count) == [8, 4, 4, 4, 12]
      && groups.allSatisfy { $0.allSatisfy(FormatScanner.isHexadecimal) }
  }
}
