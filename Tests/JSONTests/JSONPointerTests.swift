import JSON
import Testing

@Suite struct JSONPointerTests {
  /// The examples of RFC 6901, section 5.
  @Test(arguments: [
    ("/foo/0", "\"bar\""), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"), ("/m~0n", "8"),
    ("/k\"l", "6"), ("/ ", "7"),
  ])
  func examplesOfTheStandardAreFound(_ text: String, _ expected: String) throws {
    let document = try JSONValue.parse(
      #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"k\"l":6," ":7,"m~n":8}"#)
    let pointer = try #require(JSONPointer(text))
    #expect(pointer.find(in: document)?.text == expected)
    #expect(pointer.description == text)
  }

  @Test(arguments: ["foo", "/~", "/~2", "a/b"])
  func badPointersAreRefused(_ text: String) {
    #expect(JSONPointer(text) == nil)
  }

  @Test func placesThatAreNotThereAreNil() throws {
    let document: JSONValue = ["a": [1, 2]]
    for text in ["/b", "/a/2", "/a/01", "/a/-1", "/a/0/x"] {
      #expect(try #require(JSONPointer(text)).find(in: document) == nil)
    }
  }
}
