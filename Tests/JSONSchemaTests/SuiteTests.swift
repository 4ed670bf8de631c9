import Foundation
import JSON
import JSONSchema
import Testing

/// The public test suite.
///
/// A group that cannot be judged yet is refused; what is judged is judged right.
@Suite struct SuiteTests {
  /// The groups that were judged when this was written: more is welcome, fewer fails.
  @Test(arguments: [("draft2020-12", 237), ("draft7", 189)])
  func everyGroupIsJudgedRightOrRefused(draft: String, judgedBefore: Int) throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/\(draft).jsonl")
    var judged = 0
    for line in try Data(contentsOf: file).split(separator: 0x0A) {
      let group = try JSONValue.parse(Array(line))
      guard let document = group["schema"], let instances = group["instances"]?.array else {
        continue
      }
      let name = group["id"]?.string ?? ""
      // A metaschema that takes the meaning from some keywords is not followed.
      if name.contains("/vocabulary/") { continue }
      let validator: SchemaValidator
      do {
        validator = try SchemaValidator(
          Schema(document, options: SchemaOptions(unknownKeywords: .allow)),
          formats: name.contains("/optional/") ? .assert : .annotate)
      } catch { continue }
      judged += 1
      for instance in instances {
        let value = try JSONValue.parse(#require(instance["text"]?.string))
        #expect(
          validator.isValid(value) == instance["valid"]?.bool,
          "\(name) \(value.text)")
      }
    }
    #expect(judged >= judgedBefore, "\(judged)")
  }
}
