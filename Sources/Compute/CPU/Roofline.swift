// The two limits that products are set beside: the memory's bandwidth and the rate of byte products.
//
// SAFETY: see CPUBackend.swift.

import CKernels

/// Measurable limits of the machine, as the threads of a backend reach them.
package final class Roofline {
  private let backend: CPUBackend
  private let memory: HostMemory

  /// The bytes that one call of `read` reads.
  package var byteCount: Int { memory.byteCount }

  /// Takes memory that no cache holds.
  package init(_ backend: CPUBackend, byteCount: Int) throws(ComputeError) {
    self.backend = backend
    memory = try HostMemory(byteCount: byteCount)
    // Pages that were never written are all one page of zeros.
    for offset in stride(from: 0, to: byteCount, by: 4096) {
      unsafe memory.address.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
    }
  }

  /// Reads all of the memory once, on all threads.
  package func read() {
    let piece = 1 << 20
    let count = memory.byteCount
    backend.pool.run(items: count / piece) { begin, end in
      unsafe keep(ck_read_memory(memory.address + begin * piece, Int64((end - begin) * piece)))
    }
  }

  /// Multiplies bytes in registers on all threads; returns the number of multiplications.
  package func multiply(rounds: Int) -> Int {
    let parts = 16 * backend.pool.threadCount
    var sum: UInt64 = 0
    let each = unsafe ck_multiply_bytes(1, &sum)
    backend.pool.run(items: parts) { begin, end in
      var sum: UInt64 = 0
      _ = unsafe ck_multiply_bytes(Int64((end - begin) * rounds), &sum)
      keep(sum)
    }
    return parts * rounds * Int(each)
  }
}

/// Takes a result that nobody asks for, so that the work before it is done.
@inline(never) private func keep(_ value: UInt64) { _ = value }
