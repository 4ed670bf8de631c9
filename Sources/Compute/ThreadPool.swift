// A fixed set of threads that share the items of one region at a time.
//
// A region is a closure over ranges of items. The caller opens it, takes part, and returns when
// every range is done. One word says which region is open, how many ranges it has and which is
// next; whoever moves `next` forward owns that range. So a worker that comes late finds nothing to
// take and delays nobody: a processor that another program keeps busy costs its share and no
// more. Which thread takes which range never changes a result: ranges do not share outputs.
//
//   bits 0-19   the next range      20-39  the number of ranges      40-63  the region's number

import CKernels
package import Posix
import Synchronization

/// What the caller and the workers of one pool share.
private final class Region: @unchecked Sendable {
  // SAFETY: of `@unchecked Sendable`: `body`, `items` and `grain` are written only while no range
  // is left to take and none is unfinished; they are read only by owners of a range, who got it
  // from the word that was stored after them.

  private let word = Atomic<UInt64>(0)
  private let finished = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let isEnding = Atomic<Bool>(false)
  private let gate = Condition(0)
  private var body: (Int, Int) -> Void = { _, _ in }
  private var items = 0
  private var grain = 1

  /// The greatest number of ranges of a region.
  static let rangeLimit = 0xF_FFFF
  /// How often a worker looks for ranges before it sleeps, some tens of microseconds.
  private static let spinLimit = 2000
  /// How often the caller looks for the last range before it offers its processor to others.
  private static let patience = 20_000

  /// Takes the next range, nil if none is left.
  private func take() -> Int? {
    var seen = word.load(ordering: .sequentiallyConsistent)
    while true {
      let next = seen & 0xF_FFFF
      guard next < seen >> 20 & 0xF_FFFF else { return nil }
      let (exchanged, original) = word.weakCompareExchange(
        expected: seen, desired: seen + 1, ordering: .acquiringAndReleasing)
      if exchanged { return Int(next) }
      seen = original
    }
  }

  /// Runs one range; returning drops the copy of the closure before the range counts as finished.
  @inline(never)
  private func run(range: Int) {
    let first = range * grain
    body(first, min(first + grain, items))
  }

  /// Runs ranges until none is left; returns whether there were any.
  @discardableResult
  private func takePart() -> Bool {
    var found = false
    while let range = take() {
      run(range: range)
      finished.wrappingAdd(1, ordering: .releasing)
      found = true
    }
    return found
  }

  /// The life of a worker.
  func work() {
    var spins = 0
    while !isEnding.load(ordering: .acquiring) {
      if takePart() { spins = 0 }
      spins += 1
      if spins < Self.spinLimit {
        ck_pause()
        continue
      }
      sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
      _ = gate.wait { _ -> Bool? in self.hasRanges || self.ends ? true : nil }
      sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
      spins = 0
    }
  }

  private var hasRanges: Bool {
    let seen = word.load(ordering: .sequentiallyConsistent)
    return seen & 0xF_FFFF < seen >> 20 & 0xF_FFFF
  }

  private var ends: Bool { isEnding.load(ordering: .sequentiallyConsistent) }

  /// Runs all ranges of a closure with the workers' help.
  func run(items: Int, grain: Int, _ body: @escaping (Int, Int) -> Void) {
    let ranges = (items + grain - 1) / grain
    self.body = body
    self.items = items
    self.grain = grain
    finished.store(0, ordering: .relaxed)
    let number = word.load(ordering: .relaxed) >> 40 &+ 1
    word.store(number << 40 | UInt64(ranges) << 20, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 { gate.update { $0 += 1 } }
    takePart()
    var spins = 0
    while finished.load(ordering: .acquiring) < ranges {
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

  private let region = Region()
  private var workers: [SharedThread] = []
  private let pins: Bool
  private var callerIsPinned = false

  /// How many ranges each thread gets on average: more balance better, fewer cost less.
  private static let rangesPerThread = 8

  /// Starts the workers.
  ///
  /// - Parameters:
  ///   - threadCount: The threads that work; one needs no worker.
  ///   - pins: Whether each thread is tied to a processor of its own, the caller's at its first
  ///     region.
  package init(threadCount: Int, pins: Bool) throws(PosixError) {
    self.threadCount = max(1, threadCount)
    self.pins = pins
    let processors = Processors.allowed
    for index in 1..<max(2, self.threadCount) where index < self.threadCount {
      let region = region
      let processor = pins && index < processors.count ? processors[index] : nil
      workers.append(
        try SharedThread(name: "kernel-\(index)") {
          if let processor { Thread.pin(toProcessor: processor) }
          region.work()
        })
    }
  }

  deinit {
    region.end()
    for worker in workers { worker.join() }
  }

  /// Runs a closure over ranges that cover `0 ..< items`, and returns when all are done.
  ///
  /// - Parameter multiple: Ranges begin at multiples of it.
  package func run(items: Int, multiple: Int = 1, _ body: (Int, Int) -> Void) {
    guard items > 0 else { return }
    if pins && !callerIsPinned {
      callerIsPinned = true
      if let first = Processors.allowed.first { Thread.pin(toProcessor: first) }
    }
    let ranges = min(threadCount * Self.rangesPerThread, Region.rangeLimit)
    let share = (items + ranges - 1) / ranges
    let grain = (share + multiple - 1) / multiple * multiple
    if workers.isEmpty || items <= grain {
      body(0, items)
      return
    }
    withoutActuallyEscaping(body) { region.run(items: items, grain: grain, $0) }
  }
}
