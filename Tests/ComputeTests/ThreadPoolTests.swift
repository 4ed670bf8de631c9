import Compute
import Posix
import Synchronization
import Testing

@Suite struct ThreadPoolTests {
  @Test(arguments: [1, 2, 3])
  func everyItemRunsOnceInEveryRegion(threads: Int) throws {
    let pool = try ThreadPool(threadCount: threads, pins: false)
    for items in [0, 1, 2, 7, 64, 1000] {
      for _ in 0..<50 {
        let seen = Mutex([Int](repeating: 0, count: items))
        // Much work is cut into more ranges.
        pool.run(items: items, byteCount: items << 16) { begin, end in
          seen.withLock { for i in begin..<end { $0[i] += 1 } }
        }
        #expect(seen.withLock { $0.allSatisfy { $0 == 1 } })
      }
    }
  }

  @Test func onlyWhoAsksIsTiedToAProcessor() throws {
    let allowed = Processors.allowed.count
    let counts = Mutex([Int]())
    let caller = try SharedThread(name: "caller") {
      guard let pool = try? ThreadPool(threadCount: 2, pins: true) else { return }
      pool.run(items: 100) { _, _ in }
      counts.withLock { $0.append(Processors.allowed.count) }
      pool.pinCaller()
      counts.withLock { $0.append(Processors.allowed.count) }
    }
    caller.join()
    #expect(counts.withLock { $0 } == [allowed, 1])
  }

  @Test func aSleepingPoolWakesForTheNextRegion() throws {
    let pool = try ThreadPool(threadCount: 3, pins: false)
    let clock = SystemClock()
    for _ in 0..<5 {
      clock.sleep(milliseconds: 5)
      let sum = Atomic<Int>(0)
      pool.run(items: 1000) { begin, end in
        for i in begin..<end { sum.wrappingAdd(i, ordering: .relaxed) }
      }
      #expect(sum.load(ordering: .relaxed) == 499_500)
    }
  }

  @Test func rangesBeginAtMultiples() throws {
    let pool = try ThreadPool(threadCount: 2, pins: false)
    let begins = Mutex([Int]())
    pool.run(items: 1003, multiple: 8) { begin, _ in begins.withLock { $0.append(begin) } }
    let all = begins.withLock { $0 }
    #expect(all.contains(0) && all.allSatisfy { $0 % 8 == 0 })
  }
}
