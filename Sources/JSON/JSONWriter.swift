// The one spelling in which JSON leaves this program: compact, keys in order, one spelling a character.

extension JSONValue {
  /// The compact spelling as bytes; numbers keep the literal they were read with.
  package var bytes: [UInt8] {
    var result: [UInt8] = []
    write(to: &result)
    return result
  }

  /// The compact spelling as text.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Appends the compact spelling.
  package func write(to result: inout [UInt8]) {
    switch self {
    case .null: result.append(contentsOf: "null".utf8)
    case .bool(let value): result.append(contentsOf: (value ? "true" : "false").utf8)
    case .number(let value): result.append(contentsOf: value.literal.utf8)
    case .string(let value): JSONValue.writeString(value, to: &result)
    case .array(let values):
      result.append(0x5B)
      for (i, value) in values.enumerated() {
        if i > 0 { result.append(0x2C) }
        value.write(to: &result)
      }
      result.append(0x5D)
    case .object(let object):
      result.append(0x7B)
      for (i, member) in object.members.enumerated() {
        if i > 0 { result.append(0x2C) }
        JSONValue.writeString(member.key, to: &result)
        result.append(0x3A)
        member.value.write(to: &result)
      }
      result.append(0x7D)
    }
  }

  /// Appends a string literal with its quotes.
  ///
  /// Only what must be escaped is: quotes, backslashes and control characters below U+0020, with the
  /// short escapes where JSON has one and `\u00xx` in lower case elsewhere.
  package static func writeString(_ text: String, to result: inout [UInt8]) {
    result.append(0x22)
    if text.utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) {
      for byte in text.utf8 { writeStringByte(byte, to: &result) }
    } else {
      result.append(contentsOf: text.utf8)
    }
    result.append(0x22)
  }

  /// Appends one byte of a string's UTF-8 form, escaped where it must be.
  package static func writeStringByte(_ byte: UInt8, to result: inout [UInt8]) {
    switch byte {
    case 0x22: result.append(contentsOf: [0x5C, 0x22])
    case 0x5C: result.append(contentsOf: [0x5C, 0x5C])
    case 0x08: result.append(contentsOf: [0x5C, 0x62])
    case 0x0C: result.append(contentsOf: [0x5C, 0x66])
    case 0x0A: result.append(contentsOf: [0x5C, 0x6E])
    case 0x0D: result.append(contentsOf: [0x5C, 0x72])
    case 0x09: result.append(contentsOf: [0x5C, 0x74])
    case 0..<0x20:
      let hex = Array("0123456789abcdef".utf8)
      result.append(contentsOf: [0x5C, 0x75, 0x30, 0x30, hex[Int(byte >> 4)], hex[Int(byte & 15)]])
    default: result.append(byte)
    }
  }

  /// The spelling with one space after each comma and colon, and with a line for each element of an array
  /// that holds arrays or objects, as a model writes it.
  package var spacedText: String {
    switch self {
    case .array(let values):
      if values.contains(where: { $0.array != nil || $0.object != nil }) {
        "[\n" + values.map(\.spacedText).joined(separator: ",\n") + "\n]"
      } else {
        "[" + values.map(\.spacedText).joined(separator: ", ") + "]"
      }
    case .object(let object):
      "{"
        + object.members.map { JSONValue.string($0.key).text + ": " + $0.value.spacedText }
        .joined(separator: ", ") + "}"
    default: text
    }
  }

  /// The spelling with indentation, for people.
  package func indentedText(_ indent: String = "") -> String {
    let inner = indent + "  "
    switch self {
    case .array(let values) where !values.isEmpty:
      let lines = values.map { inner + $0.indentedText(inner) }
      return "[\n" + lines.joined(separator: ",\n") + "\n" + indent + "]"
    case .object(let object) where !object.isEmpty:
      let lines = object.members.map {
        inner + JSONValue.string($0.key).text + ": " + $0.value.indentedText(inner)
      }
      return "{\n" + lines.joined(separator: ",\n") + "\n" + indent + "}"
    default: return text
    }
  }
}
