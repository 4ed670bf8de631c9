// The storage types of tensors, with their block layouts.
//
// A quantized type stores `blockElements` weights in `blockBytes` bytes; rows consist of whole
// blocks. Names and layouts are GGUF's. The floats of fewer than 16 bits are those of released
// safetensors files, where factors lie in a tensor of their own (see `BlockScales`).

/// The element or block type of a stored tensor.
package enum DataType: String, Sendable, CaseIterable {
  case f32, f16, bf16
  case q4_0, q4_1, q5_0, q5_1, q8_0
  case q2_K, q3_K, q4_K, q5_K, q6_K
  case iq2_xxs, iq4_nl, iq4_xs
  case mxfp4
  /// Eight-bit floats, one factor per tile of 128 rows and 128 columns.
  case e4m3
  /// Four-bit floats, the even column in a byte's low half, one factor per row and 32 columns.
  case e2m1
  /// Powers of two: factors of other tensors.
  case e8m0
  case u8, i8, i16, i32, i64

  /// The number of elements in one block, 1 for plain types.
  package var blockElements: Int {
    switch self {
    case .f32, .f16, .bf16, .e4m3, .e8m0, .u8, .i8, .i16, .i32, .i64: 1
    case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .iq4_nl, .mxfp4, .e2m1: 32
    case .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .iq2_xxs, .iq4_xs: 256
    }
  }

  /// The number of bytes of one block.
  package var blockBytes: Int {
    switch self {
    case .u8, .i8, .e4m3, .e8m0: 1
    case .f16, .bf16, .i16: 2
    case .f32, .i32: 4
    case .i64: 8
    case .e2m1: 16
    case .mxfp4: 17
    case .q4_0, .iq4_nl: 18
    case .q4_1: 20
    case .q5_0: 22
    case .q5_1: 24
    case .q8_0: 34
    case .iq2_xxs: 66
    case .q2_K: 84
    case .q3_K: 110
    case .iq4_xs: 136
    case .q4_K: 144
    case .q5_K: 176
    case .q6_K: 210
    }
  }

  /// Whether weights of this type are quantized in blocks.
  package var isQuantized: Bool { blockElements > 1 }
}
