// A fixed set of threads that share the items of one region at a time.
//
// A region is a closure over ranges of items. The caller opens it, takes part, and returns when
// every range is done. Each thread has a share of neighboring ranges and takes them front to back, so
// that it reads weights in one stream; who is done helps with the shares of others. One word of each
// share says which region it belongs to, where it ends and which range is next; whoever moves `next`
// forward owns that range. So a worker that comes late finds nothing to take and delays nobody: a
// processor that another program keeps busy costs its share and no more. Which thread takes which
// range never changes a result: ranges do not share outputs.
//
//   bits 0-19   the next range      20-39  the end of the share      40-63  the region's number
//
// SAFETY: of the whole file: the words are allocated and initialized with the region and freed with
// it, after the last worker has ended; every index is below their number.

import CKernels
package import Posix
import Synchronization

/// What the caller and the workers of one pool share.
@safe
private final class Region: @unchecked Sendable {
  // SAFETY: of `@unchecked Sendable`: `body`, `items` and `grain` are written only while no range
  // is left to take and none is unfinished; they are read only by owners of a range, who got it
  // from a word that was stored after them.

  private let threadCount: Int
  /// One word a thread, then the number of finished ranges and that of regions; each in cache lines
  /// of its own.
  private let words: UnsafeMutablePointer<Atomic<UInt64>>
  private let sleepers = Atomic<Int>(0)
  private let isEnding = Atomic<Bool>(false)
  private let gate = Condition(0)
  private var body: (Int, Int) -> Void = { _, _ in }
  private var items = 0
  private var grain = 1

  /// The greatest number of ranges of a region.
  static let rangeLimit = 0xF_FFFF
  /// How often a worker looks for a region before it sleeps, one or two hundred microseconds: longer than
  /// the choice of a token between two passes takes.
  private static let spinLimit = 8000
  /// How often the caller looks for the last range before it offers its processor to others.
  private static let patience = 20_000
  /// The words of two cache lines, as the processor fetches them in pairs.
  private static let wordStride = 16

  init(threadCount: Int) {
    self.threadCount = threadCount
    let count = (threadCount + 2) * Self.wordStride
    unsafe words = .allocate(capacity: count)
    for index in 0..<count { unsafe (words + index).initialize(to: Atomic(0)) }
  }

  deinit {
    unsafe words.deinitialize(count: (threadCount + 2) * Self.wordStride)
    unsafe words.deallocate()
  }

  /// The address of a thread's word.
  private func word(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    unsafe words + index * Self.wordStride
  }

  private var finished: UnsafeMutablePointer<Atomic<UInt64>> { unsafe word(threadCount) }
  private var regions: UnsafeMutablePointer<Atomic<UInt64>> { unsafe word(threadCount + 1) }

  /// Takes the next range of a share, nil if none is left.
  private func take(from share: Int) -> Int? {
    let word = unsafe word(share)
    var seen = unsafe word.pointee.load(ordering: .sequentiallyConsistent)
    while true {
      let next = seen & 0xF_FFFF
      guard next < seen >> 20 & 0xF_FFFF else { return nil }
      let (exchanged, original) = unsafe word.pointee.weakCompareExchange(
        expected: seen, desired: seen + 1, ordering: .acquiringAndReleasing)
      if exchanged { return Int(next) }
      seen = original
    }
  }

  /// Runs ranges until none is left, those of its own share first; returns how many.
  ///
  /// While a range that it took is not counted as finished the region stays open, so the closure is
  /// fetched once; returning drops it before the ranges count.
  @inline(never)
  private func runRanges(as thread: Int) -> Int {
    var share = thread
    var taken = take(from: share)
    var visited = 0
    while taken == nil {
      visited += 1
      guard visited < threadCount else { return 0 }
      share = share + 1 < threadCount ? share + 1 : 0
      taken = take(from: share)
    }
    let body = body
    var count = 0
    while true {
      while let range = taken {
        let first = range * grain
        body(first, min(first + grain, items))
        count += 1
        taken = take(from: share)
      }
      visited += 1
      guard visited < threadCount else { return count }
      share = share + 1 < threadCount ? share + 1 : 0
      taken = take(from: share)
    }
  }

  private func takePart(as thread: Int) {
    let count = runRanges(as: thread)
    if count > 0 {
      unsafe _ = finished.pointee.wrappingAdd(UInt64(count), ordering: .releasing)
    }
  }

  private var regionNumber: UInt64 {
    unsafe regions.pointee.load(ordering: .sequentiallyConsistent)
  }

  private var ends: Bool { isEnding.load(ordering: .sequentiallyConsistent) }

  /// The life of a worker.
  func work(as thread: Int) {
    var spins = 0
    var seen: UInt64 = 0
    while !ends {
      let number = regionNumber
      if number != seen {
        seen = number
        takePart(as: thread)
        spins = 0
      }
      spins += 1
      if spins < Self.spinLimit {
        ck_pause()
        continue
      }
      sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
      _ = gate.wait { _ -> Bool? in self.regionNumber != seen || self.ends ? true : nil }
      sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
      spins = 0
    }
  }

  /// Runs all ranges of a closure with the workers' help.
  func run(items: Int, grain: Int, _ body: @escaping (Int, Int) -> Void) {
    let ranges = (items + grain - 1) / grain
    self.body = body
    self.items = items
    self.grain = grain
    unsafe finished.pointee.store(0, ordering: .relaxed)
    let number = unsafe regions.pointee.load(ordering: .relaxed) &+ 1
    for share in 0..<threadCount {
      let first = UInt64(share * ranges / threadCount)
      let end = UInt64((share + 1) * ranges / threadCount)
      unsafe word(share).pointee.store(
        number << 40 | end << 20 | first, ordering: .sequentiallyConsistent)
    }
    unsafe regions.pointee.store(number, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 { gate.update { $0 += 1 } }
    takePart(as: 0)
    var spins = 0
    while unsafe finished.pointee.load(ordering: .acquiring) < UInt64(ranges) {
      spins += 1
      if spins < Self.patience { ck_pause() } else { Thread.yield() }
    }
    self.body = { _, _ in }
  }

  /// Sends the workers home.
  func end() {
    isEnding.store(true, ordering: .sequentiallyConsistent)
    gate.update { $0 += 1 }
  }
}

/// The worker threads of one backend; one thread at a time may open regions.
package final class ThreadPool {
  /// The number of threads that work, the caller's included.
  package let threadCount: Int

  private let region: Region
  private var workers: [SharedThread] = []
  /// The processor of the thread that opens regions, nil where threads are not tied to any.
  private let callersProcessor: Int?

  /// How many ranges each thread gets on average: more balance better, fewer cost less.
  private static let rangesPerThread = 8
  /// The bytes of a range of much work, some microseconds: who is done first waits at most as long.
  private static let rangeBytes = 128 << 10

  /// Starts the workers.
  ///
  /// - Parameters:
  ///   - threadCount: The threads that work; one needs no worker.
  ///   - pins: Whether each worker is tied to a processor of its own, and the thread that calls
  ///     `pinCaller` to the one that is left.
  package init(threadCount: Int, pins: Bool) throws(PosixError) {
    self.threadCount = max(1, threadCount)
    region = Region(threadCount: self.threadCount)
    let processors = Processors.allowed
    callersProcessor = pins ? processors.first : nil
    for index in 1..<max(2, self.threadCount) where index < self.threadCount {
      let region = region
      let processor = pins && index < processors.count ? processors[index] : nil
      workers.append(
        try SharedThread(name: "kernel-\(index)") {
          if let processor { Thread.pin(toProcessor: processor) }
          region.work(as: index)
        })
    }
  }

  deinit {
    region.end()
    for worker in workers { worker.join() }
  }

  /// Ties the calling thread, which will open most regions, to the processor that no worker has.
  ///
  /// Threads that it starts afterwards inherit that, so whoever starts others does not call this.
  package func pinCaller() {
    if let callersProcessor { Thread.pin(toProcessor: callersProcessor) }
  }

  /// Runs a closure over ranges that cover `0 ..< items`, and returns when all are done.
  ///
  /// - Parameters:
  ///   - multiple: Ranges begin at multiples of it.
  ///   - byteCount: What all items read, for regions that read much.
  package func run(
    items: Int, multiple: Int = 1, byteCount: Int = 0, _ body: (Int, Int) -> Void
  ) {
    guard items > 0 else { return }
    let wanted = max(threadCount * Self.rangesPerThread, byteCount / Self.rangeBytes)
    let ranges = min(wanted, Region.rangeLimit)
    let share = (items + ranges - 1) / ranges
    let grain = (share + multiple - 1) / multiple * multiple
    if workers.isEmpty || items <= grain {
      body(0, items)
      return
    }
    withoutActuallyEscaping(body) { region.run(items: items, grain: grain, $0) }
  }
}
