import JSON
import Testing

@Suite struct JSONPathTrackerTests {
  @Test func everyValueHasItsPointerAndItsBytes() throws {
    let text = #"{"a": [1, {"b/c": "x\"y", "d": []}, true], "é": -2.5e1, "": {}}"#
    var tracker = JSONPathTracker()
    tracker.take(text.utf8)
    tracker.end()
    let root = try JSONValue.parse(Array(text.utf8))
    let bytes = Array(text.utf8)
    for value in tracker.values {
      let spelled = try JSONValue.parse(Array(bytes[value.range]))
      #expect(value.pointer.find(in: root) == spelled, "\(value.pointer)")
    }
    #expect(tracker.values.count == 9)
  }

  @Test(arguments: [
    ("", ""), (#"{"a": "#, "/a"), (#"{"a": 1, "b": ["#, "/b/0"), (#"{"b": [1, "#, "/b/1"),
    (#"{"b": [1, {"c": "x"}], "d": "#, "/d"), (#"[[1], [2, "#, "/1/1"),
  ])
  func theBeginningOfATextTellsWhatComesNext(_ text: String, _ pointer: String) {
    var tracker = JSONPathTracker()
    tracker.take(text.utf8)
    #expect(tracker.pointer.description == pointer)
  }

  @Test func anyBytesAreTaken() {
    for seed in 0..<500 {
      var tracker = JSONPathTracker()
      let letters = Array("{}[]\",:\\ 1ta".utf8)
      tracker.take((0..<40).map { letters[(seed &* 31 &+ $0 &* $0 &* (seed + 7)) % letters.count] })
      tracker.end()
      #expect(tracker.values.allSatisfy { $0.range.upperBound <= 40 })
    }
  }
}
