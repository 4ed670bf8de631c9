// Inboxes to jobs: one look into every queue's inbox at a time.

import Extraction
import Posix
import Spool

/// What one look into all inboxes found.
struct IntakeScan {
  /// Whether files wait for their settle time.
  var hasYoung = false
}

/// The inboxes of a spool.
struct Intake {
  /// The usable queues by name.
  let queues: [SpoolName: QueueSettings]
  /// The number of queues that cannot be used.
  let refusedCount: Int

  private let spool: SpoolDirectory
  private let ids: JobIDSource
  private var inboxes: [(name: SpoolName, inbox: Inbox)] = []
  private let onEvent: @Sendable (RunEvent) -> Void
  /// The changing files that were named already.
  private var named: Set<String> = []

  /// Reads the queues of a spool.
  init(
    _ spool: SpoolDirectory, library: SchemaLibrary, onEvent: @escaping @Sendable (RunEvent) -> Void
  ) throws(SpoolError) {
    var queues: [SpoolName: QueueSettings] = [:]
    var refused = 0
    for name in try spool.queues() {
      do throws(QueueProblem) {
        let settings = try QueueSettings(name, in: spool, library: library)
        queues[name] = settings
        inboxes.append((name, Inbox(spool, rules: settings.intake)))
      } catch {
        refused += 1
        onEvent(.queueRefused(error))
      }
    }
    self.queues = queues
    self.refusedCount = refused
    self.spool = spool
    self.onEvent = onEvent
    ids = JobIDSource(clock: spool.clock)
  }

  /// Looks once into every inbox; another process that holds the intake lock does it instead.
  mutating func scan(shouldStop: () -> Bool) throws(SpoolError) -> IntakeScan {
    var result = IntakeScan()
    guard let acceptance = try Acceptance(spool, ids: ids) else {
      // It may have looked before the latest drop: a drain must not end on its word.
      result.hasYoung = true
      return result
    }
    for index in inboxes.indices {
      let found = try inboxes[index].inbox.scan(acceptance, shouldStop: shouldStop)
      let queue = inboxes[index].name.text
      if !found.young.isEmpty { result.hasYoung = true }
      for taken in found.taken {
        switch taken.outcome {
        case .job(let job), .duplicate(let job, _), .quarantined(let job, _):
          onEvent(.accepted(queue: queue, name: taken.name, job: job.text))
        case .again: break
        }
      }
      let fresh = found.changing.filter { !named.contains("\(queue)/\($0)") }
      if !fresh.isEmpty {
        for name in fresh { named.insert("\(queue)/\(name)") }
        onEvent(.leftChanging(queue: queue, names: fresh))
      }
    }
    return result
  }
}
