import Foundation
import JSON
import JSONSchema
import Testing

/// Tests of the public suite that are not judged as the suite wants, and why.
///
/// A name stands for all groups whose name begins with it.
private let exceptions = [
  ("draft7/optional/content/", "what a text encodes is an annotation here, as in the later drafts"),
  (
    "draft2020-12/optional/dependencies-compatibility/",
    "\"dependencies\" is no keyword of a schema that names this draft; it is reported"
  ),
  (
    "draft2019-09/optional/dependencies-compatibility/",
    "\"dependencies\" is no keyword of a schema that names this draft; it is reported"
  ),
]

/// One group of the suite.
private struct Group {
  let name: String
  let schema: JSONValue
  let instances: [(text: String, isValid: Bool)]

  var asserted: Bool { name.contains("/optional/format/") }

  static func read(_ file: String) throws -> [Group] {
    try contents(file).split(separator: 0x0A).map { line in
      let group = try JSONValue.parse(Array(line))
      return Group(
        name: try #require(group["id"]?.string), schema: try #require(group["schema"]),
        instances: try #require(group["instances"]?.array).map {
          (try #require($0["text"]?.string), $0["valid"] == true)
        })
    }
  }

  static func remotes() throws -> [String: JSONValue] {
    let table = try JSONValue.parse(Array(contents("remotes.json")))
    return Dictionary(
      uniqueKeysWithValues: (table.object?.members ?? []).map { ($0.key, $0.value) })
  }

  private static func contents(_ file: String) throws -> Data {
    try Data(
      contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures/\(file)"))
  }
}

/// The public test suite.
@Suite struct SuiteTests {
  private func disagreements(
    with group: Group, _ remotes: [String: JSONValue]
  ) throws -> [String] {
    let validator: SchemaValidator
    do {
      validator = try SchemaValidator(
        Schema(
          group.schema,
          options: SchemaOptions(unknownKeywords: .allow, documents: remotes)),
        formats: group.asserted ? .assert : .annotate)
    } catch { return ["\(group.name) is refused: \(error)"] }
    return try group.instances.compactMap { text, isValid in
      let value = try JSONValue.parse(text)
      let violations = try validator.violations(of: value)
      // Both ways of asking agree.
      #expect(violations.isEmpty == validator.isValid(value), "\(group.name) \(text)")
      return violations.isEmpty == isValid ? nil : "\(group.name) \(text)"
    }
  }

  @Test(arguments: [
    ("draft2020-12", 1299), ("draft2019-09", 1259), ("draft7", 927), ("draft6", 839),
    ("draft4", 618),
  ])
  func everyRequiredTestIsJudgedRight(draft: String, count: Int) throws {
    let remotes = try Group.remotes()
    var judged = 0
    for group in try Group.read("\(draft).jsonl") where group.name.contains("/required/") {
      #expect(try disagreements(with: group, remotes) == [])
      judged += group.instances.count
    }
    #expect(judged == count)
  }

  @Test func everyOptionalTestIsJudgedRightOrNamedHere() throws {
    let remotes = try Group.remotes()
    var used: Set<String> = []
    for group in try Group.read("optional.jsonl") {
      let wrong = try disagreements(with: group, remotes)
      let exception = exceptions.first { group.name.hasPrefix($0.0) }
      if let exception, !wrong.isEmpty { used.insert(exception.0) }
      #expect(wrong == [] || exception != nil)
    }
    #expect(used.count == exceptions.count, "an exception that is none must go")
  }
}
