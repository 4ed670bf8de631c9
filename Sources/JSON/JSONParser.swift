// Strict JSON: RFC 8259 and nothing else.
// Total: any bytes give a value or an error, in linear time and bounded depth.

/// How much a parser accepts.
package struct JSONLimits: Sendable {
  /// The greatest nesting of arrays and objects.
  package var depth: Int
  /// The greatest length of the text in bytes.
  package var byteCount: Int

  /// Creates limits.
  package init(depth: Int = 512, byteCount: Int = 1 << 30) {
    self.depth = depth
    self.byteCount = byteCount
  }
}

extension JSONValue {
  /// Reads one JSON text.
  ///
  /// - Throws: `JSONError` with the place of the first fault; one key twice is a fault.
  package static func parse(
    _ bytes: [UInt8], limits: JSONLimits = JSONLimits()
  ) throws(JSONError)
    -> JSONValue
  {
    var parser = JSONParser(bytes: bytes, limits: limits)
    return try parser.parseText()
  }

  /// Reads one JSON text.
  ///
  /// - Throws: `JSONError` with the place of the first fault; one key twice is a fault.
  package static func parse(
    _ text: String, limits: JSONLimits = JSONLimits()
  ) throws(JSONError)
    -> JSONValue
  {
    try parse(Array(text.utf8), limits: limits)
  }
}

/// A reader of one JSON text that keeps its place.
struct JSONParser {
  private let bytes: [UInt8]
  private let limits: JSONLimits
  private var at = 0

  init(bytes: [UInt8], limits: JSONLimits) {
    self.bytes = bytes
    self.limits = limits
  }

  mutating func parseText() throws(JSONError) -> JSONValue {
    guard bytes.count <= limits.byteCount else { throw error(.tooLong(limit: limits.byteCount)) }
    skipSpace()
    let value = try parseValue(depth: 0)
    skipSpace()
    guard at == bytes.count else { throw error(.trailingText) }
    return value
  }

  private func error(_ reason: JSONError.Reason, at place: Int? = nil) -> JSONError {
    let offset = min(place ?? at, bytes.count)
    var line = 1
    var lineStart = 0
    for i in 0..<offset where bytes[i] == 0x0A {
      line += 1
      lineStart = i + 1
    }
    return JSONError(reason: reason, offset: offset, line: line, column: offset - lineStart + 1)
  }

  private func unexpected(_ expected: String) -> JSONError {
    at < bytes.count
      ? error(.unexpectedByte(bytes[at], expected: expected)) : error(.unexpectedEnd)
  }

  private mutating func skipSpace() {
    while at < bytes.count {
      switch bytes[at] {
      case 0x20, 0x09, 0x0A, 0x0D: at += 1
      default: return
      }
    }
  }

  private mutating func parseValue(depth: Int) throws(JSONError) -> JSONValue {
    guard at < bytes.count else { throw error(.unexpectedEnd) }
    switch bytes[at] {
    case 0x7B: return try parseObject(depth: depth)
    case 0x5B: return try parseArray(depth: depth)
    case 0x22: return .string(try parseString())
    case 0x2D, 0x30...0x39: return .number(try parseNumber())
    case 0x74: return try parseWord("true", .bool(true))
    case 0x66: return try parseWord("false", .bool(false))
    case 0x6E: return try parseWord("null", .null)
    default: throw unexpected("a value")
    }
  }

  private mutating func parseWord(
    _ word: StaticString, _ value: JSONValue
  ) throws(JSONError)
    -> JSONValue
  {
    for byte in word.description.utf8 {
      guard at < bytes.count, bytes[at] == byte else { throw unexpected("'\(word)'") }
      at += 1
    }
    return value
  }

  private mutating func parseObject(depth: Int) throws(JSONError) -> JSONValue {
    guard depth < limits.depth else { throw error(.tooDeep(limit: limits.depth)) }
    at += 1
    var object = JSONObject()
    skipSpace()
    if at < bytes.count, bytes[at] == 0x7D {
      at += 1
      return .object(object)
    }
    while true {
      skipSpace()
      guard at < bytes.count, bytes[at] == 0x22 else { throw unexpected("a key in quotes") }
      let keyPlace = at
      let key = try parseString()
      guard !object.contains(key) else { throw error(.duplicateKey(key), at: keyPlace) }
      skipSpace()
      guard at < bytes.count, bytes[at] == 0x3A else { throw unexpected("':' after a key") }
      at += 1
      skipSpace()
      object.append(key, try parseValue(depth: depth + 1))
      skipSpace()
      guard at < bytes.count else { throw error(.unexpectedEnd) }
      if bytes[at] == 0x2C {
        at += 1
      } else if bytes[at] == 0x7D {
        at += 1
        return .object(object)
      } else {
        throw unexpected("',' or '}'")
      }
    }
  }

  private mutating func parseArray(depth: Int) throws(JSONError) -> JSONValue {
    guard depth < limits.depth else { throw error(.tooDeep(limit: limits.depth)) }
    at += 1
    var elements: [JSONValue] = []
    skipSpace()
    if at < bytes.count, bytes[at] == 0x5D {
      at += 1
      return .array(elements)
    }
    while true {
      skipSpace()
      elements.append(try parseValue(depth: depth + 1))
      skipSpace()
      guard at < bytes.count else { throw error(.unexpectedEnd) }
      if bytes[at] == 0x2C {
        at += 1
      } else if bytes[at] == 0x5D {
        at += 1
        return .array(elements)
      } else {
        throw unexpected("',' or ']'")
      }
    }
  }

  private mutating func parseNumber() throws(JSONError) -> JSONNumber {
    let start = at
    if bytes[at] == 0x2D { at += 1 }
    guard at < bytes.count, isDigit(bytes[at]) else { throw unexpected("a digit") }
    if bytes[at] == 0x30 { at += 1 } else { skipDigits() }
    if at < bytes.count, bytes[at] == 0x2E {
      at += 1
      guard at < bytes.count, isDigit(bytes[at]) else { throw unexpected("a digit") }
      skipDigits()
    }
    if at < bytes.count, bytes[at] | 0x20 == 0x65 {
      at += 1
      if at < bytes.count, bytes[at] == 0x2B || bytes[at] == 0x2D { at += 1 }
      guard at < bytes.count, isDigit(bytes[at]) else { throw unexpected("a digit") }
      skipDigits()
    }
    let literal = bytes[start..<at]
    guard let decimal = Decimal(literal: literal) else {
      throw error(.exponentTooLarge, at: start)
    }
    return JSONNumber(literal: String(decoding: literal, as: UTF8.self), decimal: decimal)
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  private mutating func skipDigits() {
    while at < bytes.count, isDigit(bytes[at]) { at += 1 }
  }

  private mutating func parseString() throws(JSONError) -> String {
    at += 1
    let start = at
    // A run without escapes is one slice.
    while at < bytes.count, bytes[at] != 0x22, bytes[at] != 0x5C, bytes[at] >= 0x20 { at += 1 }
    if at < bytes.count, bytes[at] == 0x22 {
      let run = bytes[start..<at]
      at += 1
      return try text(run, from: start)
    }
    var content = Array(bytes[start..<at])
    while true {
      guard at < bytes.count else { throw error(.unexpectedEnd) }
      let byte = bytes[at]
      if byte == 0x22 {
        at += 1
        return try text(content[...], from: start)
      } else if byte == 0x5C {
        try parseEscape(into: &content)
      } else if byte < 0x20 {
        throw error(.rawControlCharacter(byte))
      } else {
        content.append(byte)
        at += 1
      }
    }
  }

  private func text(_ run: ArraySlice<UInt8>, from start: Int) throws(JSONError) -> String {
    guard let text = String(validating: run, as: UTF8.self) else {
      throw error(.invalidUTF8, at: start)
    }
    return text
  }

  private mutating func parseEscape(into content: inout [UInt8]) throws(JSONError) {
    let start = at
    at += 1
    guard at < bytes.count else { throw error(.unexpectedEnd) }
    let letter = bytes[at]
    at += 1
    switch letter {
    case 0x22, 0x5C, 0x2F: content.append(letter)
    case 0x62: content.append(0x08)
    case 0x66: content.append(0x0C)
    case 0x6E: content.append(0x0A)
    case 0x72: content.append(0x0D)
    case 0x74: content.append(0x09)
    case 0x75:
      var value = try parseHex(from: start)
      if value >= 0xD800 && value < 0xDC00 {
        guard at + 1 < bytes.count, bytes[at] == 0x5C, bytes[at + 1] == 0x75 else {
          throw error(.badEscape, at: start)
        }
        at += 2
        let low = try parseHex(from: start)
        guard low >= 0xDC00 && low < 0xE000 else { throw error(.badEscape, at: start) }
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(value) else { throw error(.badEscape, at: start) }
      content.append(contentsOf: Character(scalar).utf8)
    default: throw error(.badEscape, at: start)
    }
  }

  private mutating func parseHex(from start: Int) throws(JSONError) -> UInt32 {
    guard at + 4 <= bytes.count else { throw error(.unexpectedEnd) }
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = bytes[at]
      let digit: UInt8
      switch byte {
      case 0x30...0x39: digit = byte - 0x30
      case 0x41...0x46: digit = byte - 0x41 + 10
      case 0x61...0x66: digit = byte - 0x61 + 10
      default: throw error(.badEscape, at: start)
      }
      value = value << 4 | UInt32(digit)
      at += 1
    }
    return value
  }
}
