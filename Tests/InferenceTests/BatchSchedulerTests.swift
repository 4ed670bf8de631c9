// Several answers at once: none depends on its neighbors, its chunks or what was stored before.

import Inference
import Models
import Posix
import Testing
import Tokens

@Suite struct BatchSchedulerTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var sequences: Int
    var chunk: Int
    var prefixes: Int
    var testDescription: String { "\(sequences) at once, chunk \(chunk), \(prefixes) prefixes" }
  }

  private static let cases = [
    Case(sequences: 1, chunk: 512, prefixes: 0), Case(sequences: 1, chunk: 3, prefixes: 4),
    Case(sequences: 2, chunk: 1, prefixes: 4), Case(sequences: 4, chunk: 17, prefixes: 1),
    Case(sequences: 8, chunk: 64, prefixes: 0), Case(sequences: 16, chunk: 512, prefixes: 4),
  ]

  @Test(arguments: cases, [0, 0.8])
  func anAnswerIsTheSameWhateverRunsBesideIt(_ limits: Case, temperature: Double) throws {
    let rig = try Rig()
    var requests = rig.requests(24, temperature: temperature)
    let expected = try requests.map { try rig.answer($0) }
    // Answers that were all alike could be confused unseen.
    #expect(Set(expected.map { $0.answer.map(\.token) }).count > 12)
    for isReversed in [false, true] {
      if isReversed { requests.reverse() }
      let results = try rig.schedule(
        requests,
        limits: BatchScheduler.Limits(
          sequences: limits.sequences, chunk: limits.chunk, prefixes: limits.prefixes))
      #expect(results.count == 24)
      for (result, alone) in zip(results, isReversed ? expected.reversed() : expected) {
        let result = try result.get()
        #expect(result.tokens == alone.answer)
        #expect(result.closedEarly == alone.closedEarly)
      }
    }
    #expect(rig.model.record.withLock { $0.widestBatch } <= limits.sequences)
  }

  @Test func requestsThatWaitTogetherShareForwardPasses() throws {
    let rig = try Rig()
    _ = try rig.schedule(
      Array(rig.requests(24)), limits: BatchScheduler.Limits(sequences: 8))
    #expect(rig.model.record.withLock { $0.widestBatch } > 1)
    #expect(rig.model.record.withLock { $0.rowsOfSomeIds } > 0)
  }

  @Test func everySharedPrefixIsComputedOnce() throws {
    let rig = try Rig()
    let requests = rig.requests(24).filter { $0.sharedCount == 40 }
    let results = try rig.schedule(requests, limits: BatchScheduler.Limits(sequences: 8))
    let cached = try results.map { try $0.get().cachedCount }
    #expect(cached.count { $0 == 40 } == requests.count - 2)
    #expect(cached.count { $0 == 0 } == 2)
    // Every prompt and answer token once, the shared ones once for all.
    let answers = try results.reduce(0) { $0 + (try $1.get().tokens.count) }
    let own = requests.reduce(0) { $0 + $1.prompt.count - 40 }
    #expect(rig.model.record.withLock { $0.tokens } <= 2 * 40 + own + answers)
  }

  @Test func cachesStayWithinTheirMemory() throws {
    let rig = try Rig()
    let requests = rig.requests(24)
    let largest = requests.map { $0.prompt.count + $0.budget }.max() ?? 0
    let limit = largest + 60
    let results = try rig.schedule(
      requests, limits: BatchScheduler.Limits(sequences: 16), cacheByteLimit: limit)
    for (result, request) in zip(results, requests) {
      #expect(try result.get().tokens == rig.answer(request).answer)
    }
    #expect(rig.model.record.withLock { $0.largestCapacity } <= limit)
  }

  @Test func whatCanNeverFitIsRefusedAndTheOthersGoOn() throws {
    let rig = try Rig(contextLength: 300)
    var requests = rig.requests(3)
    requests[0].prompt = [TokenID](repeating: TokenID(3), count: 300)
    requests[1].budget = 3
    requests.append(requests[2])
    requests[3].prompt = [TokenID](repeating: TokenID(3), count: 250)
    let results = try rig.schedule(
      requests, limits: BatchScheduler.Limits(), cacheByteLimit: 200)
    if case .failure(.promptTooLong(tokens: 300, context: 300)) = results[0] {
    } else {
      Issue.record("\(results[0])")
    }
    if case .failure(.budgetTooSmall(needed: 16, left: 3)) = results[1] {
    } else {
      Issue.record("\(results[1])")
    }
    #expect(try results[2].get().tokens == rig.answer(requests[2]).answer)
    if case .failure(.cacheTooLarge(_, _, limitBytes: 200)) = results[3] {
    } else {
      Issue.record("\(results[3])")
    }
  }

  /// What a cache takes whatever its length counts for every sequence: two do not fit at once.
  @Test func theFixedPartOfCachesCounts() throws {
    let rig = try Rig(cacheBytesPerSequence: 1000)
    let requests = rig.requests(6)
    let widest = { (limit: Int) throws -> Int in
      let results = try rig.schedule(
        requests, limits: BatchScheduler.Limits(prefixes: 0), cacheByteLimit: limit)
      for (result, request) in zip(results, requests) {
        #expect(try result.get().tokens == rig.answer(request).answer)
      }
      return rig.model.record.withLock { $0.widestBatch }
    }
    #expect(try widest(1500) == 1)
    #expect(try widest(1 << 20) > 1)
    let refused = try rig.schedule(
      [requests[0]], limits: BatchScheduler.Limits(), cacheByteLimit: 1010)
    if case .failure(.cacheTooLarge(_, let needed, limitBytes: 1010)) = refused[0] {
      #expect(needed > 1010)
    } else {
      Issue.record("\(refused[0])")
    }
  }

  @Test func aFailedPassFailsItsMembersAndNoOneElse() throws {
    let rig = try Rig(failingPass: 3)
    let requests = rig.requests(12)
    let results = try rig.schedule(
      requests, limits: BatchScheduler.Limits(sequences: 2, chunk: 8))
    #expect(results.count == 12)
    var failed = 0
    for (result, request) in zip(results, requests) {
      switch result {
      case .success(let answer): #expect(answer.tokens == (try rig.answer(request).answer))
      case .failure(.model(.outOfMemory(bytes: 1))): failed += 1
      case .failure(let error): Issue.record("\(error)")
      }
    }
    #expect(failed == 1 || failed == 2)
  }

  @Test func aStoppedSchedulerAnswersEveryoneWhoWaits() throws {
    let rig = try Rig()
    let scheduler = BatchScheduler(try rig.engine())
    scheduler.stop()
    let compute = try scheduler.start()
    compute.join()
    do throws(InferenceError) {
      _ = try scheduler.generate(rig.requests(1)[0])
      Issue.record("a stopped scheduler answered")
    } catch {
      #expect(error.isTransient)
    }
  }
}
