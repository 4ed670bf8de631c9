// The scores of labels through the whole program: schemas, masks and a tokenizer of all bytes.

import JSON
import Posix
import TestSupport
import Testing

@Suite struct LabelBenchTests {
  /// The greatest difference of a probability from the one that a forward over each whole path gives.
  private static let tolerance = 1e-4

  @Test func everyListAtEveryPlaceIsScoredAsEachPathAlone() throws {
    let folder = try TemporaryFolder(.memory)
    try TinyModel.makeWords(in: folder)
    let program = try #require(Fixtures.program("quern-bench"))
    let outcome = try ChildProcess.run(
      program, arguments: ["labels", "model", "--check", "cases", "--threads", "2"],
      environment: Machine.environment, folder: folder.path)
    #expect(outcome.status == 0, "\(outcome.errorText)")
    let lines = try outcome.outputText.split(separator: "\n").map {
      try JSONValue.parse(String($0))
    }
    var places: [String: Set<String>] = [:]
    for line in lines {
      let name = try #require(line["case"]?.string)
      let parts = name.split(separator: ",", maxSplits: 1).map(String.init)
      if parts.count == 2 { places[parts[1], default: []].insert(parts[0]) }
      if name.hasSuffix("element") {
        let pointer = try #require(line["pointer"]?.string)
        let last = pointer.split(separator: "/").last ?? ""
        #expect(["0", "1"].contains(last), "\(name): \(pointer)")
      }
      for key in ["difference", "mass_difference"] {
        let difference = try #require(line[key]?.number.flatMap { Double($0.literal) })
        #expect(difference < Self.tolerance, "\(name): \(key)")
      }
      let sum = try #require(line["sum_difference"]?.number.flatMap { Double($0.literal) })
      #expect(sum < 1e-9, "\(name)")
    }
    let always = [
      " root", " member", " last member", " element", " inner element", " quoted", " absent",
      " absent element",
    ]
    for place in always { #expect(places[place]?.count == 8, "\(place)") }
    #expect(lines.contains { $0["labels"]?.int == 255 })
  }
}
