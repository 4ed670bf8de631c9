// A fixed set of threads that share the items of one region at a time.
//
// A region is a closure over ranges of items. The caller opens it, takes part, and returns when every
// range is done. Workers spin for a short while between regions, since a decode step opens hundreds
// of them, and then sleep. Which thread takes which range never changes a result: ranges do not
// share outputs.

package import Posix
import Synchronization

/// What the caller and the workers of one pool share.
private final class Region: @unchecked Sendable {
  // SAFETY: of `@unchecked Sendable`: `body`, `items` and `grain` are written only while every
  // worker waits for the next generation, and read only after it has begun.

  let generation = Atomic<Int>(0)
  let nextItem = Atomic<Int>(0)
  let busyWorkers = Atomic<Int>(0)
  let sleepers = Atomic<Int>(0)
  let isEnding = Atomic<Bool>(false)
  let gate = Condition(0)
  var body: (Int, Int) -> Void = { _, _ in }
  var items = 0
  var grain = 1

  /// How often a worker looks for a new region before it sleeps, some tens of microseconds.
  private static let spinLimit = 20_000
  /// How often the caller looks before it lets others run between two looks.
  static let politeSpinLimit = 2000

  /// Runs ranges until none is left.
  func takePart() {
    while true {
      let first = nextItem.wrappingAdd(grain, ordering: .relaxed).oldValue
      if first >= items { return }
      body(first, min(first + grain, items))
    }
  }

  /// The life of a worker.
  func work() {
    var seen = 0
    while true {
      var spins = 0
      while generation.load(ordering: .sequentiallyConsistent) == seen {
        spins += 1
        if spins > Self.spinLimit {
          sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
          _ = gate.wait { _ -> Bool? in
            self.generation.load(ordering: .sequentiallyConsistent) == seen ? nil : true
          }
          sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        }
      }
      seen += 1
      if isEnding.load(ordering: .acquiring) { return }
      takePart()
      busyWorkers.wrappingSubtract(1, ordering: .releasing)
    }
  }

  /// Begins a generation and wakes who sleeps.
  func open() {
    generation.wrappingAdd(1, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 { gate.update { $0 += 1 } }
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
    region.isEnding.store(true, ordering: .releasing)
    region.open()
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
    let share = items / (threadCount * Self.rangesPerThread)
    let grain = max(1, share / multiple) * multiple
    if workers.isEmpty || items <= grain {
      body(0, items)
      return
    }
    withoutActuallyEscaping(body) { body in
      region.body = body
      region.items = items
      region.grain = grain
      region.nextItem.store(0, ordering: .relaxed)
      region.busyWorkers.store(workers.count, ordering: .relaxed)
      region.open()
      region.takePart()
      var spins = 0
      while region.busyWorkers.load(ordering: .acquiring) > 0 {
        spins += 1
        // A worker that lost its processor to somebody needs it more than this loop does.
        if spins > Region.politeSpinLimit { Thread.yield() }
      }
      region.body = { _, _ in }
    }
  }
}
