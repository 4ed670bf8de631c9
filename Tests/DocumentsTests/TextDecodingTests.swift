import Documents
import Testing

@Suite struct TextDecodingTests {
  private static let sample = "Invoice 17 – total 1.580,22 €\r\nNaïve 日本 😀"

  private static func utf16(_ text: String, bigEndian: Bool, mark: Bool) -> [UInt8] {
    ((mark ? [0xFEFF] : []) + Array(text.utf16)).flatMap {
      bigEndian ? [UInt8($0 >> 8), UInt8($0 & 255)] : [UInt8($0 & 255), UInt8($0 >> 8)]
    }
  }

  private static func utf32(_ text: String, bigEndian: Bool) -> [UInt8] {
    ([0xFEFF] + text.unicodeScalars.map(\.value)).flatMap { value -> [UInt8] in
      let bytes = (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
      return bigEndian ? bytes : bytes.reversed()
    }
  }

  @Test func markedAndPlainUnicodeIsDecoded() throws {
    let text = Self.sample
    let cases: [([UInt8], TextEncoding)] = [
      (Array(text.utf8), .utf8),
      ([0xEF, 0xBB, 0xBF] + Array(text.utf8), .utf8),
      (Self.utf16(text, bigEndian: false, mark: true), .utf16LittleEndian),
      (Self.utf16(text, bigEndian: true, mark: true), .utf16BigEndian),
      (Self.utf32(text, bigEndian: false), .utf32LittleEndian),
      (Self.utf32(text, bigEndian: true), .utf32BigEndian),
    ]
    for (bytes, encoding) in cases {
      let document = try TextDecoding.decode(bytes)
      #expect(document == Document(text: text, encoding: encoding, flags: []))
    }
  }

  @Test(arguments: [false, true])
  func utf16WithoutAMarkIsRecognizedAndFlagged(_ bigEndian: Bool) throws {
    let text = "Dear Sir or Madam,\nplease find enclosed"
    let document = try TextDecoding.decode(Self.utf16(text, bigEndian: bigEndian, mark: false))
    #expect(document.text == text)
    #expect(document.encoding == (bigEndian ? .utf16BigEndian : .utf16LittleEndian))
    #expect(document.flags == [TextDecoding.guessedFlag])
  }

  @Test func windows1252IsTheLastResortAndFlagged() throws {
    let document = try TextDecoding.decode(
      Array("Caf".utf8) + [0xE9] + Array(" total 12 ".utf8) + [0x80])
    #expect(document.text == "Café total 12 €")
    #expect(document.encoding == .windows1252)
    #expect(document.flags == [TextDecoding.guessedFlag])
  }

  @Test func whatIsNotTextIsRefused() {
    let cyrillicKOI8: [UInt8] = [0xF0, 0xD2, 0xC9, 0xD7, 0xC5, 0xD4, 0x20, 0xCD, 0xC9, 0xD2]
    let junk = (0..<256).map { UInt8($0) }
    let controls = [UInt8](repeating: 0x41, count: 50) + [1, 2, 3]
    for bytes in [cyrillicKOI8, junk, controls, [0x81, 0x41]] {
      #expect(throws: DocumentError.notText(firstBytes: Array(bytes.prefix(4)))) {
        try TextDecoding.decode(bytes)
      }
    }
  }

  @Test(arguments: [[], Array(" \n\t ".utf8), [0xEF, 0xBB, 0xBF], [0xFF, 0xFE]] as [[UInt8]])
  func emptyFilesAreRefused(_ bytes: [UInt8]) {
    #expect(throws: DocumentError.empty) { try TextDecoding.decode(bytes) }
  }

  @Test func aMarkThatLiesIsNamed() {
    #expect(throws: DocumentError.malformed(encoding: .utf8, offset: 4)) {
      try TextDecoding.decode([0xEF, 0xBB, 0xBF, 0x41, 0xFF])
    }
    #expect(throws: DocumentError.malformed(encoding: .utf16LittleEndian, offset: 2)) {
      try TextDecoding.decode([0xFF, 0xFE, 0x00, 0xDC, 0x41, 0x00])
    }
  }

  @Test func everyTruncationGivesTextOrAnError() {
    for bytes in [
      Self.utf16(Self.sample, bigEndian: true, mark: true), Array(Self.sample.utf8),
      Self.utf32(Self.sample, bigEndian: false),
    ] {
      for length in 0...bytes.count {
        if let document = try? TextDecoding.decode(Array(bytes[..<length])) {
          #expect(!document.text.isEmpty)
        }
      }
    }
  }

  @Test(arguments: [
    ("%PDF-1.7 x", "a PDF"), ("PK\u{03}\u{04}abc", "a ZIP archive or an office document"),
  ])
  func knownBinaryKindsAreNamed(_ content: String, _ kind: String) {
    #expect(throws: DocumentError.unsupportedKind(kind)) {
      try DocumentReaders.read(Array(content.utf8), name: "x.bin")
    }
  }
}
