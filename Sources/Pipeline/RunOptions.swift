// How a run works and when it ends.

/// When a run ends.
package enum RunMode: Sendable {
  /// When no job is left and no inbox file is about to become one.
  case drain
  /// After the jobs that are ready after one look.
  case once
  /// When it is stopped.
  case watch
}

/// How a run works.
package struct RunOptions: Sendable {
  /// When it ends.
  package var mode: RunMode
  /// The number of job threads, nil for what the source of answers suggests.
  package var parallel: Int?
  /// The greatest number of jobs to claim.
  package var maxJobs: Int
  /// The seconds after which no job is claimed.
  package var maxSeconds: Int
  /// The seconds that running jobs get after a request to stop.
  package var graceSeconds: Int

  /// Creates options.
  package init(
    mode: RunMode = .drain, parallel: Int? = nil, maxJobs: Int = .max, maxSeconds: Int = .max,
    graceSeconds: Int = 30
  ) {
    self.mode = mode
    self.parallel = parallel.map { max(1, $0) }
    self.maxJobs = maxJobs
    self.maxSeconds = maxSeconds
    self.graceSeconds = graceSeconds
  }
}
