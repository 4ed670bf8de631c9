// What `quern schema check` found, as a table for people and as JSON for programs.

import Grammars
import JSON

/// A report on a schema with its costs, or with what is wrong with it.
struct SchemaFindings {
  private let report: EnforcementReport
  private let problem: String?
  private let compileNanoseconds: Int
  private let vocabulary: Int
  private let walk: MaskWalk?

  /// Creates the findings of a schema that is refused.
  init(_ report: EnforcementReport, problem: String) {
    self.report = report
    self.problem = problem
    compileNanoseconds = 0
    vocabulary = 0
    walk = nil
  }

  /// Creates the findings of a schema that compiles.
  init(
    _ report: EnforcementReport, compileNanoseconds: Int, vocabulary: Int, walk: MaskWalk
  ) {
    self.report = report
    self.compileNanoseconds = compileNanoseconds
    self.vocabulary = vocabulary
    self.walk = walk
    problem = nil
  }

  private static let order: [EnforcementReport.Enforcement] = [
    .inMask, .checkedAfter, .refused, .noEffect,
  ]

  private static func word(_ enforcement: EnforcementReport.Enforcement) -> String {
    switch enforcement {
    case .inMask: "in the mask"
    case .checkedAfter: "checked after"
    case .refused: "refused"
    case .noEffect: "no effect"
    }
  }

  /// One JSON object.
  var json: JSONValue {
    var value = JSONObject()
    value["keywords"] = .array(
      report.entries.map { entry in
        [
          "pointer": .string(entry.pointer), "keyword": .string(entry.keyword),
          "enforcement": .string(Self.word(entry.enforcement)), "detail": .string(entry.detail),
        ]
      })
    value["problem"] = problem.map { .string($0) } ?? .null
    guard let walk else { return .object(value) }
    for (name, number) in [
      ("compile_us", compileNanoseconds / 1000), ("vocabulary", vocabulary),
      ("answers_walked", walk.walkCount), ("tokens_walked", walk.tokenCount),
      ("states_met", walk.stateCount), ("median_mask_ns", walk.medianNanoseconds),
      ("worst_mask_ns", walk.worstNanoseconds),
    ] {
      value[name] = .number(JSONNumber(number))
    }
    return .object(value)
  }

  /// The lines of a table.
  var lines: [String] {
    var lines = report.entries.map { entry in
      let detail = entry.detail.isEmpty ? "" : "  (\(entry.detail))"
      let place = entry.pointer.isEmpty ? "the root" : entry.pointer
      return Self.row(Self.word(entry.enforcement), "\(entry.keyword) at \(place)\(detail)")
    }
    let counts = Self.order.compactMap { enforcement -> String? in
      let count = report.entries.count { $0.enforcement == enforcement }
      return count == 0 ? nil : "\(count) \(Self.word(enforcement))"
    }
    lines.append(Self.row("keywords", counts.joined(separator: ", ")))
    guard let walk else { return lines }
    return lines + [
      Self.row("compiled in", Self.time(compileNanoseconds)),
      Self.row(
        "states",
        "\(walk.stateCount) met by \(walk.tokenCount) tokens of \(walk.walkCount) random answers"),
      Self.row(
        "masks",
        "\(Self.time(walk.medianNanoseconds)) in the middle, \(Self.time(walk.worstNanoseconds)) "
          + "the slowest, over \(vocabulary) tokens"),
    ]
  }

  private static func row(_ head: String, _ text: String) -> String {
    head + String(repeating: " ", count: max(1, 15 - head.utf8.count)) + text
  }

  /// Returns a time with a unit that fits, to a tenth.
  private static func time(_ nanoseconds: Int) -> String {
    let (unit, size) = nanoseconds < 1_000_000 ? ("us", 1000) : ("ms", 1_000_000)
    return "\(nanoseconds / size).\(nanoseconds % size * 10 / size) \(unit)"
  }
}
