// The processor's instructions for SHA-256, which a kernel in C uses.

import CKernels

enum SHA256Instructions {
  /// Whether the processor has them.
  static var exist: Bool { ck_has_sha256() }

  /// Mixes whole blocks of 64 bytes into a state; only where the processor has the instructions.
  static func mix(_ blocks: Span<UInt8>, into state: inout SIMD8<UInt32>) {
    let count = blocks.count / 64
    // SAFETY: both are borrowed for the call; the state is eight words, and no more than `count` blocks are read.
    unsafe withUnsafeMutableBytes(of: &state) { state in
      unsafe blocks.withUnsafeBufferPointer { blocks in
        guard let words = state.baseAddress, let bytes = blocks.baseAddress else { return }
        unsafe ck_sha256_blocks(
          words.assumingMemoryBound(to: UInt32.self), bytes, Int64(count))
      }
    }
  }
}
