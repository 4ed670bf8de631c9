// From the sequences of a batch to passes of a bounded number of rows, everything checked first.

import Tokens

/// Some rows of a batch that go through the layers together.
struct BatchPass<Cache: SequenceCache> {
  /// The rows' token ids.
  var tokens: [Int] = []
  /// Whose rows they are, in order.
  var parts: [(cache: Cache, count: Int)] = []
  /// The rows whose hidden states are kept.
  var keep: [Int] = []
}

/// The checks of a batch and its cutting into passes.
enum BatchPlan {
  /// Checks a batch and cuts it: it runs whole or not at all.
  ///
  /// - Parameter passRows: The greatest number of rows of one pass.
  static func cut<Cache: SequenceCache>(
    _ batch: [SequenceInput], for kind: Cache.Type, passRows: Int, vocabularyCount: Int
  ) throws(ModelError) -> [BatchPass<Cache>] {
    var passes: [BatchPass<Cache>] = []
    var current = BatchPass<Cache>()
    var seen: Set<ObjectIdentifier> = []
    for input in batch {
      guard let cache = input.cache as? Cache else {
        preconditionFailure("a sequence's cache was made by its model")
      }
      precondition(!input.tokens.isEmpty, "a sequence adds at least one token")
      precondition(seen.insert(ObjectIdentifier(cache)).inserted, "a cache takes part once")
      guard input.tokens.count <= cache.capacity - cache.position else {
        throw .cacheFull(capacity: cache.capacity, needed: cache.position + input.tokens.count)
      }
      for token in input.tokens where !(0..<vocabularyCount).contains(token.index) {
        throw .unknownToken(id: token.index, vocabulary: vocabularyCount)
      }
      var next = 0
      while next < input.tokens.count {
        let count = min(passRows - current.tokens.count, input.tokens.count - next)
        let firstRow = current.tokens.count
        current.tokens += input.tokens[next..<next + count].map(\.index)
        current.parts.append((cache, count))
        next += count
        switch input.keep {
        case .none: break
        case .last: if next == input.tokens.count { current.keep.append(firstRow + count - 1) }
        case .all: current.keep += firstRow..<firstRow + count
        case .some(let indices):
          for index in indices where (next - count..<next).contains(index) {
            current.keep.append(firstRow + index - (next - count))
          }
        }
        if current.tokens.count == passRows {
          passes.append(current)
          current = BatchPass()
        }
      }
    }
    if !current.tokens.isEmpty { passes.append(current) }
    return passes
  }
}
