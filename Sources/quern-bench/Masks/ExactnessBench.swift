// Whether masks are exact: at states of random walks over all schemas every bit is compared with the
// oracle, three times:
//
//   cold      a state space in which no mask was ever computed
//   warm      the state space of all walks over the schema
//   threads   a state space that several threads fill at once, each state by two of them
//
// At each state for an endless budget, and in cold and threads also for one so small that it forbids tokens.

import Grammars
import JSON
import Posix
import Synchronization
import Tokens

/// Compares masks with the oracle.
struct ExactnessBench {
  let cases: MaskCases
  let oracle: MaskOracle
  let trie: TokenTrie
  /// The number of states, over all schemas.
  let states: Int
  let seed: Int
  let threads: Int

  private static let unbounded = 1 << 40

  /// A state and what the oracle says about it.
  private struct Known: Sendable {
    let path: [TokenID]
    /// A budget and the mask for it.
    let masks: [(remaining: Int, mask: TokenMask)]
  }

  private struct Tally {
    var states = 0
    var compiled = 0
    var refused: [String: Int] = [:]
    var cold = 0
    var warm = 0
    var shared = 0
    var beyondRise = 0
    var wrongNeed = 0
    var masks = 0
    var bits = 0
    var allowed = 0
    var strange: [String] = []
    /// Where the time goes, in nanoseconds.
    var oracleTime: Int64 = 0
    var coldTime: Int64 = 0
    var threadsTime: Int64 = 0
  }

  /// Runs over all schemas and writes a line for each that differs, and one for all.
  func run() throws {
    var tally = Tally()
    let clock = SystemClock()
    let started = clock.monotonicNanoseconds
    for place in cases.lines.indices {
      // The states that are still to be seen are shared among the schemas that are left.
      let left = cases.lines.count - place
      let quota = (states - tally.states + left - 1) / left
      if quota <= 0 { continue }
      switch cases.compile(place) {
      case .failure(let failure): tally.refused[failure.description, default: 0] += 1
      case .success(let item):
        let before = tally
        do {
          try check(item, quota: quota, random: MaskDraws(seed: UInt64(seed + place)), &tally)
          tally.compiled += 1
        } catch {
          tally.refused["\(error)", default: 0] += 1
        }
        let found = [
          tally.cold - before.cold, tally.warm - before.warm, tally.shared - before.shared,
          tally.beyondRise - before.beyondRise, tally.wrongNeed - before.wrongNeed,
        ]
        if found.contains(where: { $0 != 0 }) || tally.strange.count > before.strange.count {
          try report([
            "bench": "masks", "part": "exactness", "schema": .string(item.id),
            "cold_bits": .number(JSONNumber(found[0])), "warm_bits": .number(JSONNumber(found[1])),
            "threads_bits": .number(JSONNumber(found[2])),
            "beyond_rise": .number(JSONNumber(found[3])),
            "wrong_need": .number(JSONNumber(found[4])),
            "notes": .array(tally.strange.dropFirst(before.strange.count).map { .string($0) }),
          ])
        }
      }
    }
    var refused = JSONObject()
    for (why, count) in tally.refused.sorted(by: { $0.value > $1.value }) {
      refused[why] = .number(JSONNumber(count))
    }
    var line = JSONObject()
    line["bench"] = "masks"
    line["part"] = "exactness"
    for (name, count) in [
      ("vocabulary", trie.vocabulary.count), ("schemas", tally.compiled),
      ("states", tally.states), ("masks", tally.masks), ("bits", tally.bits),
      ("allowed", tally.allowed), ("cold_bits", tally.cold), ("warm_bits", tally.warm),
      ("threads_bits", tally.shared), ("threads", threads), ("beyond_rise", tally.beyondRise),
      ("wrong_need", tally.wrongNeed), ("empty_or_refused", tally.strange.count), ("seed", seed),
      ("oracle_seconds", Int(tally.oracleTime / 1_000_000_000)),
      ("cold_and_warm_seconds", Int(tally.coldTime / 1_000_000_000)),
      ("threads_seconds", Int(tally.threadsTime / 1_000_000_000)),
      ("seconds", Int((clock.monotonicNanoseconds - started) / 1_000_000_000)),
    ] {
      line[name] = .number(JSONNumber(count))
    }
    line["refused"] = .object(refused)
    try report(.object(line))
  }

  // MARK: - One schema

  private func check(
    _ item: MaskCase, quota: Int, random: MaskDraws, _ tally: inout Tally
  ) throws(GrammarError) {
    var random = random
    let warm = try BoundGrammar(item.grammar, trie: trie)
    let liked = MaskDraws.endings(trie.vocabulary)
    var known: [Known] = []
    var walks = 0
    while known.count < quota, walks < quota * 4 + 8 {
      walks += 1
      try walk(
        warm, until: quota, likesEnds: walks % 2 == 0 ? liked : nil, isTight: walks % 3 == 0,
        &random, &known, &tally)
    }
    let clock = SystemClock()
    let begun = clock.monotonicNanoseconds
    for state in known {
      let bound = try BoundGrammar(item.grammar, trie: trie)
      tally.cold += differences(state, bound, budgets: 2)
      tally.warm += differences(state, warm, budgets: 1)
    }
    let repeated = clock.monotonicNanoseconds
    tally.coldTime += repeated - begun
    let bound = try BoundGrammar(item.grammar, trie: trie)
    let shared = Mutex(0)
    let all = known
    var running: [SharedThread] = []
    for number in 0..<threads {
      let thread = try? SharedThread(name: "masks") {
        for place in all.indices {
          // Two threads take the same states, so that all threads are among the same masks.
          guard place % max(1, threads / 2) == number / 2 else { continue }
          let count = differences(all[place], bound, budgets: place % 4 == 0 ? 2 : 1)
          shared.withLock { $0 += count }
        }
      }
      if let thread { running.append(thread) }
    }
    for thread in running { thread.join() }
    tally.threadsTime += clock.monotonicNanoseconds - repeated
    tally.shared += shared.withLock { $0 }
    if running.count < threads { tally.strange.append("a thread could not be started") }
  }

  /// Walks through one answer and asks the oracle now and then.
  private func walk(
    _ bound: BoundGrammar, until quota: Int, likesEnds: TokenMask?, isTight: Bool,
    _ random: inout MaskDraws, _ known: inout [Known], _ tally: inout Tally
  ) throws(GrammarError) {
    var matcher = bound.makeMatcher()
    var state = try oracle.start(bound.grammar)
    var mask = TokenMask(count: trie.vocabulary.count)
    var path: [TokenID] = []
    var remaining = matcher.need + Int.random(in: 0...(isTight ? 24 : 200), using: &random)
    let step = Int.random(in: 1...9, using: &random)
    while !matcher.hasEnded, known.count < quota {
      if (path.count + 1) % step == 0 {
        let asked = SystemClock().monotonicNanoseconds
        let needs = try oracle.needs(after: &state)
        tally.oracleTime += SystemClock().monotonicNanoseconds - asked
        if state.need != matcher.need { tally.wrongNeed += 1 }
        let greatest = needs.max() ?? 0
        if greatest > matcher.need + matcher.rise { tally.beyondRise += 1 }
        let few = matcher.need + Int.random(in: 0...16, using: &random)
        let masks = [Self.unbounded, few].map { budget in
          (remaining: budget, mask: oracle.mask(needs, remaining: budget))
        }
        known.append(Known(path: path, masks: masks))
        tally.states += 1
        tally.masks += masks.count
        tally.bits += masks.count * mask.count
        for entry in masks { tally.allowed += entry.mask.allowedCount }
      }
      matcher.fillMask(&mask, remaining: remaining)
      let drawn =
        if let likesEnds { random.token(mask, liking: likesEnds) } else { random.token(mask) }
      guard let token = drawn else {
        tally.strange.append("an empty mask after \(path.count) tokens: \(text(path))")
        return
      }
      guard matcher.accept(token) else {
        tally.strange.append("token \(token) is allowed and not taken: \(text(path))")
        return
      }
      if matcher.hasEnded { return }
      guard oracle.step(&state, by: token) else {
        tally.strange.append("token \(token) is allowed and the oracle refuses it: \(text(path))")
        return
      }
      path.append(token)
      remaining -= 1
    }
  }

  private func text(_ path: [TokenID]) -> String {
    String(decoding: trie.vocabulary.text(of: path).suffix(120), as: UTF8.self)
  }

  /// Returns the number of bits that differ from what the oracle said, over the first budgets.
  private func differences(_ state: Known, _ bound: BoundGrammar, budgets: Int) -> Int {
    var matcher = bound.makeMatcher()
    var mask = TokenMask(count: trie.vocabulary.count)
    for token in state.path {
      guard matcher.accept(token) else { return mask.count }
    }
    var count = 0
    for (remaining, expected) in state.masks.prefix(budgets) {
      matcher.fillMask(&mask, remaining: remaining)
      for (found, right) in zip(mask.words, expected.words) {
        count += (found ^ right).nonzeroBitCount
      }
    }
    return count
  }
}
