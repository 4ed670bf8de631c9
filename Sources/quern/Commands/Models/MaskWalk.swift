// Random walks through a grammar, to see how many states it shows and how long its masks take.

import Grammars
import Posix
import Tokens

/// What some random answers under a grammar cost.
struct MaskWalk {
  /// The tokens that were walked.
  private(set) var tokenCount = 0
  /// The states that the walks met.
  let stateCount: Int
  /// The slowest mask in microseconds.
  private(set) var worstMicroseconds = 0
  /// The mask in the middle, in microseconds.
  let medianMicroseconds: Int

  private static let walks = 8
  /// How far a walk may go beyond the shortest answer.
  private static let slack = 192

  /// Walks; the same grammar and vocabulary give the same walks.
  init(_ bound: BoundGrammar) {
    let clock = SystemClock()
    var mask = TokenMask(count: bound.trie.vocabulary.count)
    var times: [Int] = []
    // Knuth's MMIX generator: any spread of choices will do.
    var seed: UInt64 = 1
    for _ in 0..<Self.walks {
      var matcher = bound.makeMatcher()
      var remaining = matcher.need + Self.slack
      while !matcher.hasEnded && remaining > 0 {
        let started = clock.monotonicNanoseconds
        matcher.fillMask(&mask, remaining: remaining)
        times.append(Int((clock.monotonicNanoseconds - started) / 1000))
        let allowed = mask.allowed
        guard !allowed.isEmpty else { break }
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        guard matcher.accept(allowed[Int((seed >> 33) % UInt64(allowed.count))]) else { break }
        remaining -= 1
        tokenCount += 1
      }
    }
    times.sort()
    worstMicroseconds = times.last ?? 0
    medianMicroseconds = times.isEmpty ? 0 : times[times.count / 2]
    stateCount = bound.stateCount
  }

  /// A vocabulary of the 256 bytes and an end of text, for walks without a model.
  static var bytes: Vocabulary {
    Vocabulary(
      tokens: (0..<256).map { [UInt8($0)] } + [[]],
      kinds: [Vocabulary.Kind](repeating: .text, count: 256) + [.control],
      endOfText: [TokenID(256)])
  }
}
