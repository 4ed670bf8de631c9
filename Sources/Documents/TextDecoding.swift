// Bytes to text: which encoding, by evidence in a fixed order, never by a silent guess.
//
// 1. A byte order mark decides (UTF-32 is looked for before UTF-16, whose mark is its prefix).
// 2. Valid UTF-8 without NUL is UTF-8.
// 3. NULs on one side of most byte pairs are UTF-16 without a mark.
// 4. Windows-1252 if every byte has a meaning there, no control character occurs and most bytes are
//    ASCII; flagged, since other single-byte encodings look the same.

/// Decodes documents of unknown encoding.
package enum TextDecoding {
  /// The flag of a document whose encoding rests on likelihood.
  package static let guessedFlag = "encoding_guessed"

  /// The greatest share of control characters that a text may have.
  private static let controlShare = 0.01

  /// The greatest share of bytes above ASCII in a text that is taken for Windows-1252.
  private static let highByteShare = 0.4

  /// Finds the encoding of a document's bytes and decodes them.
  ///
  /// - Throws: `DocumentError` where no encoding fits or there is no text.
  package static func decode(_ bytes: [UInt8]) throws(DocumentError) -> Document {
    guard !bytes.isEmpty else { throw .empty }
    let document: Document
    if let marked = try decodeMarked(bytes) {
      document = marked
    } else if !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) {
      document = Document(text: text, encoding: .utf8, flags: [])
    } else if let unmarked = decodeUTF16ByPattern(bytes) {
      document = unmarked
    } else if let western = decodeWindows1252(bytes) {
      document = western
    } else {
      throw .notText(firstBytes: Array(bytes.prefix(4)))
    }
    var controls = 0
    var visible = 0
    var total = 0
    for scalar in document.text.unicodeScalars {
      total += 1
      if isControl(scalar.value) { controls += 1 }
      if !scalar.properties.isWhitespace { visible += 1 }
    }
    guard visible > 0 else { throw .empty }
    guard Double(controls) <= Double(total) * controlShare else {
      throw .notText(firstBytes: Array(bytes.prefix(4)))
    }
    return document
  }

  /// Whether a scalar is a control character that has no place in a text.
  private static func isControl(_ value: UInt32) -> Bool {
    switch value {
    case 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1B: false
    case 0..<0x20, 0x7F: true
    default: false
    }
  }

  private static func decodeMarked(_ bytes: [UInt8]) throws(DocumentError) -> Document? {
    if bytes.starts(with: [0xFF, 0xFE, 0, 0]) && bytes.count % 4 == 0 {
      return try decodeUTF32(bytes, .utf32LittleEndian)
    }
    if bytes.starts(with: [0, 0, 0xFE, 0xFF]) {
      return try decodeUTF32(bytes, .utf32BigEndian)
    }
    if bytes.starts(with: [0xFF, 0xFE]) {
      return try decodeUTF16(bytes, skip: 2, .utf16LittleEndian, flags: [])
    }
    if bytes.starts(with: [0xFE, 0xFF]) {
      return try decodeUTF16(bytes, skip: 2, .utf16BigEndian, flags: [])
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      let rest = bytes.dropFirst(3)
      guard let text = String(validating: rest, as: UTF8.self) else {
        throw .malformed(encoding: .utf8, offset: firstFault(rest) + 3)
      }
      return Document(text: text, encoding: .utf8, flags: [])
    }
    return nil
  }

  /// Returns the offset of the first byte that is not valid UTF-8.
  private static func firstFault(_ bytes: ArraySlice<UInt8>) -> Int {
    var decoder = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var offset = 0
    while true {
      switch decoder.parseScalar(from: &iterator) {
      case .valid(let encoded): offset += encoded.count
      case .error, .emptyInput: return offset
      }
    }
  }

  private static func decodeUTF32(
    _ bytes: [UInt8], _ encoding: TextEncoding
  )
    throws(DocumentError) -> Document
  {
    guard bytes.count % 4 == 0 else {
      throw .malformed(encoding: encoding, offset: bytes.count / 4 * 4)
    }
    var text = String.UnicodeScalarView()
    for i in stride(from: 4, to: bytes.count, by: 4) {
      let parts = (0..<4).map { UInt32(bytes[i + $0]) }
      let value =
        encoding == .utf32BigEndian
        ? parts[0] << 24 | parts[1] << 16 | parts[2] << 8 | parts[3]
        : parts[3] << 24 | parts[2] << 16 | parts[1] << 8 | parts[0]
      guard let scalar = Unicode.Scalar(value) else {
        throw .malformed(encoding: encoding, offset: i)
      }
      text.append(scalar)
    }
    return Document(text: String(text), encoding: encoding, flags: [])
  }

  private static func decodeUTF16(
    _ bytes: [UInt8], skip: Int, _ encoding: TextEncoding, flags: [String]
  ) throws(DocumentError) -> Document {
    guard bytes.count % 2 == 0 else {
      throw .malformed(encoding: encoding, offset: bytes.count - 1)
    }
    var text = String.UnicodeScalarView()
    var high: UInt32?
    for i in stride(from: skip, to: bytes.count, by: 2) {
      let unit =
        encoding == .utf16BigEndian
        ? UInt32(bytes[i]) << 8 | UInt32(bytes[i + 1])
        : UInt32(bytes[i + 1]) << 8 | UInt32(bytes[i])
      if let first = high {
        guard unit >= 0xDC00, unit < 0xE000,
          let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (unit - 0xDC00))
        else { throw .malformed(encoding: encoding, offset: i - 2) }
        text.append(scalar)
        high = nil
      } else if unit >= 0xD800 && unit < 0xDC00 {
        high = unit
      } else if let scalar = Unicode.Scalar(unit) {
        text.append(scalar)
      } else {
        throw .malformed(encoding: encoding, offset: i)
      }
    }
    guard high == nil else { throw .malformed(encoding: encoding, offset: bytes.count - 2) }
    return Document(text: String(text), encoding: encoding, flags: flags)
  }

  /// Decodes UTF-16 without a mark where NULs fill one side of many byte pairs and none the other.
  private static func decodeUTF16ByPattern(_ bytes: [UInt8]) -> Document? {
    guard bytes.count % 2 == 0 else { return nil }
    var evenNULs = 0
    var oddNULs = 0
    for (i, byte) in bytes.enumerated() where byte == 0 {
      if i % 2 == 0 { evenNULs += 1 } else { oddNULs += 1 }
    }
    let pairs = bytes.count / 2
    let encoding: TextEncoding
    if evenNULs == 0 && oddNULs * 4 >= pairs {
      encoding = .utf16LittleEndian
    } else if oddNULs == 0 && evenNULs * 4 >= pairs {
      encoding = .utf16BigEndian
    } else {
      return nil
    }
    return try? decodeUTF16(bytes, skip: 0, encoding, flags: [guessedFlag])
  }

  private static func decodeWindows1252(_ bytes: [UInt8]) -> Document? {
    var text = String.UnicodeScalarView()
    var highBytes = 0
    var visible = 0
    for byte in bytes {
      if byte >= 0x80 { highBytes += 1 }
      if byte > 0x20 { visible += 1 }
      let value =
        byte >= 0x80 && byte < 0xA0 ? UInt32(upperControls[Int(byte - 0x80)]) : UInt32(byte)
      guard value != 0, byte < 0x80 || value >= 0xA0, !isControl(value),
        let scalar = Unicode.Scalar(value)
      else { return nil }
      text.append(scalar)
    }
    guard Double(highBytes) <= Double(visible) * highByteShare else { return nil }
    return Document(text: String(text), encoding: .windows1252, flags: [guessedFlag])
  }

  /// The scalars of bytes 0x80 through 0x9F in Windows-1252, 0 where there is none.
  private static let upperControls: [UInt16] = [
    0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
    0x0152, 0, 0x017D, 0, 0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC,
    0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
  ]
}
