import Compute
import Synchronization
import Testing

@Suite struct ThreadPoolTests {
  @Test(arguments: [1, 2, 3])
  func everyItemRunsOnceInEveryRegion(threads: Int) throws {
    let pool = try ThreadPool(threadCount: threads, pins: false)
    for items in [0, 1, 2, 7, 64, 1000] {
      for _ in 0..<50 {
        let seen = Mutex([Int](repeating: 0, count: items))
        pool.run(items: items) { begin, end in
          seen.withLock { for i in begin..<end { $0[i] += 1 } }
        }
        #expect(seen.withLock { $0.allSatisfy { $0 == 1 } })
      }
    }
  }
}
