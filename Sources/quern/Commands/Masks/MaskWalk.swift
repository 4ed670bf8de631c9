// Random walks through a grammar, to see how many states it shows and how long its masks take.

import Grammars
import Posix
import Tokens

/// What some random answers under a grammar cost.
struct MaskWalk {
  /// The number of answers that were begun.
  private(set) var walkCount = 0
  /// The tokens that were walked.
  private(set) var tokenCount = 0
  /// The states that the walks met.
  let stateCount: Int
  /// The slowest mask in nanoseconds.
  let worstNanoseconds: Int
  /// The mask in the middle, in nanoseconds.
  let medianNanoseconds: Int

  private static let walks = 16
  /// After how long no other token is walked: people wait for the report.
  private static let longest: Int64 = 3_000_000_000
  /// How far a walk may go beyond the shortest answer.
  private static let slack = 192
  /// What ends values: half of the walks prefer it, so that they see more than the inside of strings.
  private static let endings = Set("\"}],".utf8)

  /// Walks for a few seconds at most; the same grammar and vocabulary give the same walks.
  init(_ bound: BoundGrammar) {
    let clock = SystemClock()
    let vocabulary = bound.trie.vocabulary
    var mask = TokenMask(count: vocabulary.count)
    var times: [Int] = []
    var random = Draws()
    let begun = clock.monotonicNanoseconds
    func isInTime() -> Bool { clock.monotonicNanoseconds - begun < Self.longest }
    for walk in 0..<Self.walks where isInTime() {
      walkCount += 1
      var matcher = bound.makeMatcher()
      var remaining = matcher.need + Self.slack
      while !matcher.hasEnded && remaining > 0 && isInTime() {
        let started = clock.monotonicNanoseconds
        matcher.fillMask(&mask, remaining: remaining)
        times.append(Int(clock.monotonicNanoseconds - started))
        var allowed = mask.allowed
        guard !allowed.isEmpty else { break }
        if walk % 2 == 1 && random.next(2) == 0 {
          let ends = allowed.filter { token in
            vocabulary.endOfText.contains(token)
              || vocabulary.bytes(of: token).first.map(Self.endings.contains) ?? false
          }
          if !ends.isEmpty { allowed = ends }
        }
        guard matcher.accept(allowed[random.next(allowed.count)]) else { break }
        remaining -= 1
        tokenCount += 1
      }
    }
    times.sort()
    worstNanoseconds = times.last ?? 0
    medianNanoseconds = times.isEmpty ? 0 : times[times.count / 2]
    stateCount = bound.stateCount
  }

  /// Knuth's MMIX generator: any spread of choices will do.
  private struct Draws {
    private var seed: UInt64 = 1

    mutating func next(_ count: Int) -> Int {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((seed >> 33) % UInt64(count))
    }
  }

  /// A vocabulary of the 256 bytes and an end of text, for walks without a model.
  static var bytes: Vocabulary {
    Vocabulary(
      tokens: (0..<256).map { [UInt8($0)] } + [[]],
      kinds: [Vocabulary.Kind](repeating: .text, count: 256) + [.control],
      endOfText: [TokenID(256)])
  }
}
