// A thread whose end is waited for by an object.

import Synchronization

/// A running thread that may be kept in arrays and objects, and is joined once.
package final class SharedThread: Sendable {
  private let thread: Mutex<Thread?>

  /// Starts a thread that runs a closure once.
  package init(name: String, _ body: @escaping @Sendable () -> Void) throws(PosixError) {
    thread = Mutex(try Thread.start(name: name, body))
  }

  /// Waits until the closure has returned; later calls return at once.
  package func join() {
    if let running = thread.withLock({ $0.take() }) { running.join() }
  }
}
