// One row of logits under a mask: its greatest value, and its exponentials summed word by word.
//
// A word is 64 logits and their bits. Sums over words are the same bits whether the row is whole or
// holds only the words that have bits, and on every instruction set.
//
// SAFETY: (of the whole file) arrays lend their memory for the duration of a call; kernels read as
// many words and logits as the job says, which is checked here, and write one float per word.

import CKernels

/// The arithmetic of choices.
package struct MaskedRow: Sendable {
  private let isWide = InstructionSet.avx512.isAvailable

  /// Creates the arithmetic of this machine.
  package init() {}

  /// Returns the greatest allowed logit of each word, minus infinity for a word without one.
  package func greatest(_ logits: [Float], words: [UInt64]) -> [Float] {
    unsafe run(logits, words, greatest: 0, factor: 1) { job, count in
      if isWide {
        unsafe ck_choice_greatest_avx512(job, 0, count)
      } else {
        unsafe ck_choice_greatest_scalar(job, 0, count)
      }
    }
  }

  /// Returns the sum of `exp((logit - greatest) * factor)` over the allowed logits of each word.
  package func sums(
    _ logits: [Float], words: [UInt64], greatest: Float, factor: Float
  ) -> [Float] {
    unsafe run(logits, words, greatest: greatest, factor: factor) { job, count in
      if isWide {
        unsafe ck_choice_sums_avx512(job, 0, count)
      } else {
        unsafe ck_choice_sums_scalar(job, 0, count)
      }
    }
  }

  private func run(
    _ logits: [Float], _ words: [UInt64], greatest: Float, factor: Float,
    _ body: (UnsafePointer<ck_choice_job>, Int64) -> Void
  ) -> [Float] {
    // Bits beyond the logits have none.
    let count = min(words.count, (logits.count + 63) / 64)
    var output = [Float](repeating: 0, count: count)
    guard count > 0 else { return output }
    unsafe logits.withUnsafeBufferPointer { logits in
      unsafe words.withUnsafeBufferPointer { words in
        unsafe output.withUnsafeMutableBufferPointer { output in
          guard let values = logits.baseAddress, let bits = words.baseAddress,
            let target = output.baseAddress
          else { return }
          unsafe withUnsafePointer(
            to: ck_choice_job(
              count: Int64(logits.count), logits: values, words: bits, greatest: greatest,
              factor: factor, output: target)
          ) { job in unsafe body(job, Int64(count)) }
        }
      }
    }
    return output
  }
}
