// The storage types of tensors, with their block layouts.
//
// A quantized type stores `blockElements` weights in `blockBytes` bytes; rows consist of whole
// blocks. Names and layouts are GGUF's.

/// The element or block type of a stored tensor.
package enum DataType: String, Sendable, CaseIterable {
  case f32, f16, bf16
  case q4_1, q5_0, q8_0
  case q4_K, q6_K
  case i8, i16, i32, i64

  /// The number of elements in one block, 1 for plain types.
  package var blockElements: Int {
    switch self {
    case .f32, .f16, .bf16, .i8, .i16, .i32, .i64: 1
    case .q4_1, .q5_0, .q8_0: 32
    case .q4_K, .q6_K: 256
    }
  }

  /// The number of bytes of one block.
  package var blockBytes: Int {
    switch self {
    case .i8: 1
    case .f16, .bf16, .i16: 2
    case .f32, .i32: 4
    case .i64: 8
    case .q4_1: 20
    case .q5_0: 22
    case .q8_0: 34
    case .q4_K: 144
    case .q6_K: 210
    }
  }

  /// Whether weights of this type are quantized in blocks.
  package var isQuantized: Bool { blockElements > 1 }
}
