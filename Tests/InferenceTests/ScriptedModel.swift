// A model without weights: its logits are a hash of the tokens that a sequence has taken.

import Models
import Posix
import Tokens

/// A test double whose logits depend on the sequence's tokens and on nothing else.
final class ScriptedModel: Model {
  let vocabularyCount: Int
  let contextLength: Int
  let cacheBytesPerPosition = 1
  let cacheBytesPerSequence: Int
  /// The forward pass that throws, counted from 1; 0 for none.
  private let failingPass: Int
  /// What the passes were given.
  let record = Condition(Record())
  private var kept: [[TokenID]] = []

  struct Record: Sendable {
    var passes = 0
    var tokens = 0
    var widestBatch = 0
    var largestCapacity = 0
    var rowsOfSomeIds = 0
    var rewinds = 0
  }

  init(
    vocabularyCount: Int, contextLength: Int = 4096, failingPass: Int = 0,
    cacheBytesPerSequence: Int = 0
  ) {
    self.cacheBytesPerSequence = cacheBytesPerSequence
    self.vocabularyCount = vocabularyCount
    self.contextLength = contextLength
    self.failingPass = failingPass
  }

  final class Cache: SequenceCache {
    fileprivate(set) var tokens: [TokenID]
    let capacity: Int
    private let record: Condition<Record>
    var position: Int { tokens.count }

    init(tokens: [TokenID], capacity: Int, record: Condition<Record>) {
      self.record = record
      self.tokens = tokens
      self.capacity = capacity
    }

    func rewind(to position: Int) -> Bool {
      guard tokens.count - position <= 64 else { return false }
      record.update { $0.rewinds += 1 }
      tokens.removeSubrange(position...)
      return true
    }

    func fork(capacity: Int, borrows: Bool) throws(ModelError) -> any SequenceCache {
      guard capacity >= position else {
        throw .cacheFull(capacity: capacity, needed: position)
      }
      return Cache(tokens: tokens, capacity: capacity, record: record)
    }
  }

  func makeCache(capacity: Int) throws(ModelError) -> any SequenceCache {
    Cache(tokens: [], capacity: capacity, record: record)
  }

  func forward(_ batch: [SequenceInput]) throws(ModelError) -> Int {
    let pass = record.update { state -> Int in
      state.passes += 1
      state.tokens += batch.reduce(0) { $0 + $1.tokens.count }
      state.widestBatch = max(state.widestBatch, batch.count)
      state.largestCapacity = max(
        state.largestCapacity, batch.reduce(0) { $0 + $1.cache.capacity })
      return state.passes
    }
    if pass == failingPass { throw .outOfMemory(bytes: 1) }
    kept = []
    for input in batch {
      guard let cache = input.cache as? Cache, !input.tokens.isEmpty else {
        throw .unknownToken(id: -1, vocabulary: vocabularyCount)
      }
      for (i, token) in input.tokens.enumerated() {
        guard cache.position < cache.capacity else {
          throw .cacheFull(capacity: cache.capacity, needed: cache.position + 1)
        }
        cache.tokens.append(token)
        switch input.keep {
        case .all: kept.append(cache.tokens)
        case .last: if i == input.tokens.count - 1 { kept.append(cache.tokens) }
        case .some(let rows): if rows.contains(i) { kept.append(cache.tokens) }
        case .none: break
        }
      }
    }
    return kept.count
  }

  func logits(rows: [Int], requests: [LogitsRequest]) throws(ModelError) -> [Logits] {
    zip(rows, requests).map { row, request in
      switch request {
      case .all:
        return .all((0..<vocabularyCount).map { Self.logit(of: TokenID($0), after: kept[row]) })
      case .only(let ids):
        record.update { $0.rowsOfSomeIds += 1 }
        return .only(ids: ids, values: ids.map { Self.logit(of: $0, after: kept[row]) })
      }
    }
  }

  /// Returns the logit of a token after a sequence, from -4 to 4 in steps of 1/16: ties happen.
  static func logit(of token: TokenID, after sequence: [TokenID]) -> Float {
    var hash: UInt64 = 1
    for part in sequence + [token] {
      hash = (hash ^ UInt64(part.index)) &* 0xBF58_476D_1CE4_E5B9
      hash ^= hash >> 31
    }
    return Float(Int(hash >> 57) - 64) / 16
  }
}
