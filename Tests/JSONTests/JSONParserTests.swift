import JSON
import Testing

@Suite struct JSONParserTests {
  @Test(arguments: [
    "null", "true", "false", "0", "-0", "1.5", "-1e10", "1E+2", "\"\"", "[]", "{}",
    "[1,2,[3]]", "{\"a\":{\"b\":[null]}}", "\"\\u00e9\\n\"", "\"é 😀\"", " [ 1 , 2 ] ",
    "\"\\ud83d\\ude00\"",
  ])
  func wellFormedTextIsRead(_ text: String) throws {
    let value = try JSONValue.parse(text)
    #expect(try JSONValue.parse(value.text) == value)
  }

  @Test(arguments: [
    "", " ", "nul", "tru", "01", "-", "1.", ".5", "1e", "+1", "\"", "\"\\x\"", "\"\\u12\"",
    "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\u{01}\"", "[", "[1,]", "[1 2]", "{", "{\"a\"}",
    "{\"a\":}", "{\"a\":1,}", "{a:1}", "1 2", "[1]]", "NaN", "'a'", "{\"a\":1,\"a\":2}",
    "{\"a\":1,\"\\u0061\":2}", "1e99999999999999999999",
  ])
  func faultyTextIsRefusedWithAPlace(_ text: String) {
    #expect(throws: JSONError.self) { try JSONValue.parse(text) }
  }

  @Test func invalidUTF8IsRefused() {
    for bytes: [UInt8] in [
      [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0xC0, 0x80, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
    ] {
      #expect(throws: JSONError.self) { try JSONValue.parse(bytes) }
    }
  }

  @Test func theErrorNamesLineAndColumn() throws {
    let error = #expect(throws: JSONError.self) { try JSONValue.parse("{\n  \"a\": x}") }
    #expect(error?.line == 2)
    #expect(error?.column == 8)
    #expect(error?.description == "found 'x' at line 2, column 8, expected a value")
  }

  @Test func depthIsLimited() {
    let deep = String(repeating: "[", count: 513) + String(repeating: "]", count: 513)
    let error = #expect(throws: JSONError.self) { try JSONValue.parse(deep) }
    #expect(error?.reason == .tooDeep(limit: 512))
    let most = String(repeating: "[", count: 512) + String(repeating: "]", count: 512)
    #expect(throws: Never.self) { try JSONValue.parse(most) }
  }

  @Test func everyTruncationIsRefused() {
    let text = Array("{\"a\":[1,-2.5e3,\"x\\u00e9\\n\",true,null],\"b\":{\"c\":\"é😀\"}}".utf8)
    for length in 0..<text.count {
      #expect(throws: JSONError.self) { try JSONValue.parse(Array(text[..<length])) }
    }
  }

  @Test func mutatedTextIsReadOrRefusedAndWhatIsReadWritesBack() {
    let text = Array("{\"a\":[1,-2.5e3,\"x\\u00e9\\n\",true,null],\"b\":{\"c\":\"é😀\"}}".utf8)
    var state: UInt64 = 42
    var accepted = 0
    for _ in 0..<20_000 {
      var mutated = text
      for _ in 0..<2 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        mutated[Int(state >> 33) % mutated.count] = UInt8(truncatingIfNeeded: state >> 24)
      }
      if let value = try? JSONValue.parse(mutated) {
        accepted += 1
        #expect((try? JSONValue.parse(value.bytes)) == value)
      }
    }
    #expect(accepted > 0)
  }

  @Test func keysThatOnlyLookAlikeAreDifferent() throws {
    let value = try JSONValue.parse("{\"\\u00e9\":1,\"e\\u0301\":2}")
    #expect(value.object?.count == 2)
    #expect(value["\u{e9}"]?.int == 1)
    #expect(value["e\u{301}"]?.int == 2)
    #expect(JSONValue.string("\u{e9}") != JSONValue.string("e\u{301}"))
  }

  @Test func numbersKeepTheirSpellingAndCompareByValue() throws {
    let value = try JSONValue.parse("[1.50,1e2,100,12345678901234567890.1]")
    #expect(value.text == "[1.50,1e2,100,12345678901234567890.1]")
    #expect(value.array?[1] == value.array?[2])
  }

  @Test func largeObjectsKeepOrderAndFindKeys() throws {
    let text = "{" + (0..<200).map { "\"k\($0)\":\($0)" }.joined(separator: ",") + "}"
    var object = try #require(try JSONValue.parse(text).object)
    #expect(object.keys.first == "k0")
    #expect(object["k199"]?.int == 199)
    object["k5"] = nil
    #expect(object.count == 199)
    #expect(object["k199"]?.int == 199)
    #expect(object["k5"] == nil)
  }
}
