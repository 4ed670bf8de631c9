// What the runner tells its caller; never a document's text.

/// Something that happened while a spool was worked on.
package enum RunEvent: Sendable {
  /// A queue is left alone because its files are faulty.
  case queueRefused(QueueProblem)
  /// Files in an inbox were still changing and are left for the next run.
  case leftChanging(queue: String, names: [String])
  /// A dropped file became a job.
  case accepted(queue: String, name: String, job: String)
  /// A job ended with a line.
  case finished(
    queue: String, name: String, job: String, status: String, milliseconds: Int, why: String?)
  /// Jobs wait because their queue is missing or cannot be used.
  case waitingForQueue(count: Int)
  /// Jobs went back to the queue because the worker stops.
  case returned(count: Int)
  /// A crash before this start left work that is settled now.
  case recovered(lines: Int, returned: Int)
}
