// Why a text is not JSON, or not the JSON that was asked for.

/// Why bytes cannot be read as JSON.
package struct JSONError: Error, Equatable, CustomStringConvertible {
  /// What is wrong.
  package enum Reason: Equatable, Sendable {
    /// The text ends inside a value.
    case unexpectedEnd
    /// A byte stands where it may not; the text says what was expected.
    case unexpectedByte(UInt8, expected: String)
    /// Text follows after the value.
    case trailingText
    /// A string or key is not valid UTF-8.
    case invalidUTF8
    /// A control character stands unescaped inside a string.
    case rawControlCharacter(UInt8)
    /// An escape sequence is malformed, or half of a surrogate pair stands alone.
    case badEscape
    /// Arrays and objects are nested too deeply.
    case tooDeep(limit: Int)
    /// The text is longer than allowed.
    case tooLong(limit: Int)
    /// A number's exponent is beyond any use.
    case exponentTooLarge
    /// An object has one key twice.
    case duplicateKey(String)
  }

  /// What is wrong.
  package let reason: Reason
  /// The place in bytes, counted from zero.
  package let offset: Int
  /// The line of that place, counted from one.
  package let line: Int
  /// The column of that place in bytes, counted from one.
  package let column: Int

  /// One sentence for a person, without a final full stop.
  package var description: String {
    let place = "line \(line), column \(column)"
    switch reason {
    case .unexpectedEnd: return "the JSON text ends too early at \(place)"
    case .unexpectedByte(let byte, let expected):
      let shown =
        byte >= 0x20 && byte < 0x7F
        ? "'\(Unicode.Scalar(byte))'" : "byte \(byte)"
      return "found \(shown) at \(place), expected \(expected)"
    case .trailingText: return "text follows after the end of the JSON value at \(place)"
    case .invalidUTF8: return "a string is not valid UTF-8 at \(place)"
    case .rawControlCharacter(let byte):
      return "control character \(byte) must be escaped inside a string at \(place)"
    case .badEscape: return "bad escape sequence in a string at \(place)"
    case .tooDeep(let limit): return "nested deeper than \(limit) levels at \(place)"
    case .tooLong(let limit): return "longer than \(limit) bytes"
    case .exponentTooLarge: return "the exponent of a number is too large at \(place)"
    case .duplicateKey(let key): return "the key \"\(key)\" stands twice in one object at \(place)"
    }
  }
}
