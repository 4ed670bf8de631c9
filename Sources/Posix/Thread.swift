// Threads and the lock they meet at.

import CPosix
import Glibc

/// A running thread; joining it is the only way to end it well.
package struct Thread: ~Copyable, Sendable {
  private let handle: pthread_t

  /// The stack of a thread: grammars and parsers recurse by at most named limits.
  package static let stackByteCount = 8 << 20

  /// Starts a thread that runs a closure once.
  package static func start(
    name: String, _ body: @escaping @Sendable () -> Void
  ) throws(PosixError) -> Thread {
    var attributes = pthread_attr_t()
    var handle = pthread_t()
    let box = unsafe Unmanaged.passRetained(ThreadBody(name: name, run: body))
    // SAFETY: the box is retained here and released once: by the thread, or below if none began.
    let result = {
      unsafe pthread_attr_init(&attributes)
      defer { unsafe pthread_attr_destroy(&attributes) }
      unsafe pthread_attr_setstacksize(&attributes, stackByteCount)
      return unsafe pthread_create(&handle, &attributes, runThreadBody, box.toOpaque())
    }()
    guard result == 0 else {
      unsafe box.release()
      throw .call("start", subject: "thread \(name)", Errno(result))
    }
    return Thread(handle: handle)
  }

  private init(handle: pthread_t) { self.handle = handle }

  /// Waits until the closure has returned.
  package consuming func join() {
    let result = pthread_join(handle, nil)
    precondition(result == 0, "a thread is joined once, by another thread")
  }

  /// Ties the calling thread to one processor; returns false where the system refuses.
  @discardableResult package static func pin(toProcessor processor: Int) -> Bool {
    guard let number = Int32(exactly: processor) else { return false }
    return cposix_pin_thread(number) == 0
  }

  /// Lets other threads run first.
  package static func yield() { sched_yield() }
}

/// The processors of the machine.
package enum Processors {
  /// The numbers of those that this process may use, ascending and never empty.
  package static var allowed: [Int] {
    var list = [Int32](repeating: 0, count: 1024)
    let capacity = Int32(list.count)
    let count = unsafe cposix_allowed_processors(&list, capacity)
    guard count > 0 else { return [0] }
    return list.prefix(Int(count)).map(Int.init)
  }

  /// How many of them this process may use, at least 1.
  package static var count: Int { allowed.count }
}

/// The closure of a thread on its way to that thread.
private final class ThreadBody: Sendable {
  let name: String
  let run: @Sendable () -> Void

  init(name: String, run: @escaping @Sendable () -> Void) {
    self.name = name
    self.run = run
  }
}

/// The C entry of every thread.
private func runThreadBody(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context = unsafe context else { return nil }
  // SAFETY: `start` passed exactly one retained box, taken over here.
  let body = unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue()
  // The kernel keeps 15 bytes of a thread's name.
  unsafe FilePath(bytes: body.name.utf8.prefix(15)).withCString { name in
    unsafe _ = cposix_name_thread(name)
  }
  body.run()
  return nil
}
