// Zeroed memory of the host, taken from the system in whole pages.

import CKernels

/// A zeroed buffer that is returned to the system with its last owner.
@safe
package final class HostMemory: @unchecked Sendable {
  // SAFETY: of `@unchecked Sendable`: address and size never change; who writes the contents is
  // ruled by the tensors that own the buffer, and one thread at a time drives a backend.

  /// The first byte, aligned to a page.
  package let address: UnsafeMutableRawPointer
  /// The size.
  package let byteCount: Int

  /// Takes memory from the system.
  ///
  /// - Parameter isFilledWhole: Whether all of it will be used, so that it may lie in huge pages.
  package init(byteCount: Int, isFilledWhole: Bool = true) throws(ComputeError) {
    let bytes = max(byteCount, 64)
    // SAFETY: the call only returns an address or null.
    guard let address = unsafe ck_memory_allocate(Int64(bytes), isFilledWhole) else {
      throw ComputeError.outOfMemory(bytes: bytes)
    }
    unsafe self.address = unsafe address
    self.byteCount = bytes
  }

  deinit {
    // SAFETY: this object is the only one that knows the size and ends here.
    unsafe ck_memory_free(address, Int64(byteCount))
  }
}
