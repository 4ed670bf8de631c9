// Random answers under random budgets: whether each ends, can be read and satisfies its schema.
//
// A budget is drawn from the shortest answer to four times as much; every fifth is 2,048. Half of the
// answers prefer tokens that hold a quote, a bracket or a comma. A token is drawn from the mask of an
// endless budget; where the mask of the real budget lacks it, the answer is forced from there on.

import Grammars
import JSON
import JSONSchema
import Posix
import Tokens

/// Generates and judges answers without a model.
struct GenerationsBench {
  let cases: MaskCases
  let trie: TokenTrie
  /// The number of answers, over all schemas.
  let generations: Int
  let seed: Int
  /// After how long the next schema is taken.
  let secondsPerSchema: Int
  /// The file in which the answers are written for another judge; it must not exist.
  let output: String?

  private static let unbounded = 1 << 40
  private static let longBudget = 2048
  private static let greatestStateCount = 300_000

  private enum Ending {
    case closed(text: [UInt8], isForced: Bool)
    case emptyMask(text: [UInt8])
    case notTaken(text: [UInt8])
    case overBudget(text: [UInt8])
  }

  private struct Tally {
    var answers = 0
    var unforced = 0
    var parsed = 0
    var valid = 0
    var checkedAfter = 0
    var checkedAfterValid = 0
    var undecided = 0
    var emptyMasks = 0
    var others = 0
    var tokens = 0
    var compiled = 0
    var cutShort: [String] = []
    var refused = 0
    var slowest = 0
    var renewed = 0
  }

  /// Runs over all schemas and writes a line for each fault, and one for all.
  func run() throws {
    let clock = SystemClock()
    let started = clock.monotonicNanoseconds
    let liked = MaskDraws.endings(trie.vocabulary)
    var tally = Tally()
    var offset = 0
    if let output { _ = try FileDescriptor.open(FilePath(output), .createExclusive) }
    for place in cases.lines.indices {
      let left = cases.lines.count - place
      let quota = (generations - tally.answers + left - 1) / left
      guard quota > 0, case .success(let item) = cases.compile(place),
        var bound = try? BoundGrammar(item.grammar, trie: trie)
      else {
        tally.refused += 1
        continue
      }
      tally.compiled += 1
      let judge = try SchemaValidator(item.schema)
      let isExact = !item.grammar.report.entries.contains { $0.enforcement == .checkedAfter }
      let begun = clock.monotonicNanoseconds
      var written: [UInt8] = []
      var random = MaskDraws(seed: UInt64(seed + place))
      for number in 0..<quota {
        if clock.monotonicNanoseconds - begun > Int64(secondsPerSchema) * 1_000_000_000 {
          tally.cutShort.append("\(item.id): \(number) of \(quota)")
          break
        }
        // Random answers share few states: what they leave behind is only memory.
        if bound.stateCount > Self.greatestStateCount {
          tally.renewed += 1
          bound = try BoundGrammar(item.grammar, trie: trie)
        }
        let least = bound.makeMatcher().need
        let budget =
          number % 5 == 4
          ? max(least, Self.longBudget) : Int.random(in: least...(least * 4), using: &random)
        let ending = generate(
          bound, budget: budget, likesEnds: number % 2 == 0 ? liked : nil, &random, &tally)
        tally.answers += 1
        try note(ending, item, judge, isExact: isExact, budget: budget, &tally)
        if output != nil, case .closed(let text, _) = ending {
          let line: JSONValue = [
            "id": .string(item.id), "text": .string(String(decoding: text, as: UTF8.self)),
          ]
          written += line.bytes + [0x0A]
        }
      }
      tally.slowest = max(tally.slowest, Int(clock.monotonicNanoseconds - begun) / 1_000_000)
      if let output {
        // Schema by schema, so that a run which is cut off leaves what it has.
        let file = try FileDescriptor.open(FilePath(output), .createOrOpen)
        try PosixFileSystem().writeAll(written, to: file, at: offset)
        offset += written.count
      }
    }
    try summarize(tally, seconds: Int((clock.monotonicNanoseconds - started) / 1_000_000_000))
  }

  private func generate(
    _ bound: BoundGrammar, budget: Int, likesEnds: TokenMask?, _ random: inout MaskDraws,
    _ tally: inout Tally
  ) -> Ending {
    let vocabulary = trie.vocabulary
    var matcher = bound.makeMatcher()
    var free = TokenMask(count: vocabulary.count)
    var tight = free
    var text: [UInt8] = []
    var isForced = false
    var remaining = budget
    func draw(_ mask: TokenMask) -> TokenID? {
      if let likesEnds { random.token(mask, liking: likesEnds) } else { random.token(mask) }
    }
    while !matcher.hasEnded {
      matcher.fillMask(&free, remaining: Self.unbounded)
      guard var token = draw(free) else { return .emptyMask(text: text) }
      if remaining <= matcher.need + matcher.rise {
        matcher.fillMask(&tight, remaining: remaining)
        if !tight.contains(token) {
          isForced = true
          guard let other = draw(tight) else { return .emptyMask(text: text) }
          token = other
        }
      }
      guard matcher.accept(token) else { return .notTaken(text: text) }
      tally.tokens += 1
      if vocabulary.kind(of: token) == .text {
        text.append(contentsOf: vocabulary.bytes(of: token))
      }
      remaining -= 1
      if remaining < matcher.need { return .overBudget(text: text) }
    }
    return .closed(text: text, isForced: isForced)
  }

  private func note(
    _ ending: Ending, _ item: MaskCase, _ judge: SchemaValidator, isExact: Bool, budget: Int,
    _ tally: inout Tally
  ) throws {
    var fault: String?
    var shown: [UInt8] = []
    switch ending {
    case .closed(let text, let isForced):
      shown = text
      if !isForced { tally.unforced += 1 }
      guard let value = try? JSONValue.parse(text) else {
        fault = "not JSON"
        break
      }
      tally.parsed += 1
      let verdict: Bool?
      do throws(SchemaError) { verdict = try judge.verdict(on: value) } catch { verdict = nil }
      switch verdict {
      case nil: tally.undecided += 1
      case true?: if isExact { tally.valid += 1 } else { tally.checkedAfterValid += 1 }
      case false?: if isExact { fault = "not valid" }
      }
      if !isExact { tally.checkedAfter += 1 }
    case .emptyMask(let text):
      shown = text
      fault = "an empty mask"
      tally.emptyMasks += 1
    case .notTaken(let text):
      shown = text
      fault = "a token of the mask is not taken"
      tally.others += 1
    case .overBudget(let text):
      shown = text
      fault = "the budget does not suffice"
      tally.others += 1
    }
    guard let fault else { return }
    try report([
      "bench": "masks", "part": "generations", "schema": .string(item.id),
      "fault": .string(fault), "budget": .number(JSONNumber(budget)),
      "text": .string(String(decoding: shown.suffix(2000), as: UTF8.self)),
    ])
  }

  private func summarize(_ tally: Tally, seconds: Int) throws {
    var line = JSONObject()
    line["bench"] = "masks"
    line["part"] = "generations"
    let exact = tally.answers - tally.checkedAfter
    for (name, count) in [
      ("vocabulary", trie.vocabulary.count), ("schemas", tally.compiled),
      ("refused", tally.refused), ("answers", tally.answers), ("tokens", tally.tokens),
      ("parsed", tally.parsed), ("all_in_mask", exact), ("valid", tally.valid),
      ("checked_after", tally.checkedAfter), ("checked_after_valid", tally.checkedAfterValid),
      ("undecided", tally.undecided), ("empty_masks", tally.emptyMasks),
      ("other_faults", tally.others), ("unforced", tally.unforced),
      ("unforced_percent", tally.answers == 0 ? 0 : tally.unforced * 100 / tally.answers),
      ("slowest_schema_ms", tally.slowest), ("states_forgotten", tally.renewed), ("seed", seed),
      ("seconds", seconds),
    ] {
      line[name] = .number(JSONNumber(count))
    }
    line["cut_short"] = .array(tally.cutShort.map { .string($0) })
    try report(.object(line))
  }
}
