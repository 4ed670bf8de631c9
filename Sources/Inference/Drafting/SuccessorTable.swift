// What followed last time: records of one queue resemble each other, and so do the tokens in them.
//
// A table of fixed size, addressed by a hash of the last three tokens of an answer. An entry is
// believed once it was right; another key takes the place of an entry that was wrong.

import Tokens

/// The tokens that were chosen after others.
struct SuccessorTable {
  private struct Entry {
    var key: UInt64 = 0
    var token: Int32 = -1
    /// How often the token came again, less how often another did; 0 for unproven.
    var score: Int8 = 0
  }

  private var entries = [Entry](repeating: Entry(), count: 1 << 14)
  private static let greatestScore: Int8 = 3
  /// The number of tokens that an entry depends on.
  static let order = 3

  /// The hash of the last tokens before a place in an answer.
  private static func key(_ answer: some RandomAccessCollection<AnswerToken>) -> UInt64 {
    var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
    for step in answer.suffix(order) {
      hash = (hash ^ UInt64(UInt32(bitPattern: step.token.rawValue))) &* 0xBF58_476D_1CE4_E5B9
      hash ^= hash >> 29
    }
    return hash
  }

  /// Returns the token that is expected after an answer so far.
  func expected(after answer: [AnswerToken]) -> TokenID? {
    guard answer.count >= Self.order else { return nil }
    let key = Self.key(answer)
    let entry = entries[Int(truncatingIfNeeded: key) & (entries.count - 1)]
    return entry.key == key && entry.score > 0 ? TokenID(entry.token) : nil
  }

  /// Notes that the token at a place of an answer was chosen.
  mutating func note(_ answer: [AnswerToken], at place: Int) {
    guard place >= Self.order, place < answer.count else { return }
    let key = Self.key(answer[..<place])
    let slot = Int(truncatingIfNeeded: key) & (entries.count - 1)
    let token = answer[place].token.rawValue
    if entries[slot].key == key, entries[slot].token == token {
      entries[slot].score = min(Self.greatestScore, entries[slot].score + 1)
    } else if entries[slot].score > 0 {
      entries[slot].score -= 1
    } else {
      entries[slot] = Entry(key: key, token: token, score: 0)
    }
  }
}
