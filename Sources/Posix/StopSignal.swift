// TERM and INT, counted instead of obeyed: the first drains, the second stops now.

import CPosix

/// The number of requests to stop that have arrived.
package enum StopSignal {
  /// Counts TERM and INT from now on and ignores PIPE.
  package static func install() throws(PosixError) {
    guard cposix_count_stop_signals() == 0 else {
      throw .call("sigaction", subject: "TERM, INT, PIPE", .last)
    }
  }

  /// How many of them have arrived since the process began.
  package static var count: Int { Int(cposix_stop_signals()) }

  /// Counts one more, as if a signal had arrived.
  package static func add() { cposix_add_stop_signal() }
}
