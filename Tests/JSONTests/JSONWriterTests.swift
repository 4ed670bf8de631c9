import JSON
import Testing

@Suite struct JSONWriterTests {
  @Test func stringsHaveOneSpelling() {
    let text = "a\"\\/\u{08}\u{0C}\n\r\t\u{00}\u{1F}\u{7F}é"
    #expect(
      JSONValue.string(text).text == "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u{7F}é\"")
  }

  @Test func valuesAreCompactAndKeepTheirOrder() {
    let value: JSONValue = ["b": 1, "a": [true, nil, "x"], "c": [:]]
    #expect(value.text == "{\"b\":1,\"a\":[true,null,\"x\"],\"c\":{}}")
  }

  @Test func spacedTextHasSpacesAfterCommasAndColonsAndLinesForElementsThatHoldValues() throws {
    let value: JSONValue = [
      "b, :": 1, "a": [true, nil, ["x": "y:z,", "e": [1, 2]]], "c": [:], "d": [],
    ]
    let text = value.spacedText
    let lines =
      #"{"b, :": 1, "a": [\ntrue,\nnull,\n{"x": "y:z,", "e": [1, 2]}\n], "c": {}, "d": []}"#
    #expect(text == lines.replacing(#"\n"#, with: "\n"))
    #expect(try JSONValue.parse(text) == value)
  }

  @Test func indentedTextReadsBack() throws {
    let value: JSONValue = ["b": 1, "a": [true, nil, ["x": []]], "c": [:]]
    #expect(try JSONValue.parse(value.indentedText()) == value)
    #expect(value.indentedText().contains("\n"))
  }
}
