// Which C kernel serves which operation, by instruction set.

import CKernels
import Tensors

/// An instruction set for which there are kernels.
package enum InstructionSet: String, Sendable, CaseIterable {
  /// Plain C for every x86-64.
  case scalar
  /// AVX2 with fused multiply-add: the same bits as `avx512`, more slowly.
  case avx2
  /// AVX-512 with VNNI.
  case avx512
  /// AVX-512, and AMX tiles where many tokens share a weight: the same bits as `avx512`.
  case amx

  /// The best set of this machine.
  package static var best: InstructionSet {
    allCases.last { $0.isAvailable } ?? .scalar
  }

  /// Whether this machine can run the set.
  package var isAvailable: Bool {
    switch self {
    case .scalar: true
    case .avx2: ck_has_avx2()
    case .avx512: ck_has_avx512()
    case .amx: ck_has_amx()
    }
  }
}

// SAFETY: the table holds addresses of C functions, which live as long as the process.
/// The kernels of one instruction set.
@safe struct KernelTable {
  let pack: (UnsafePointer<ck_pack_job>, Int64, Int64) -> Void
  let quantize: (UnsafePointer<ck_quantize_job>, Int64, Int64) -> Void
  let productsBlock8: (UnsafePointer<ck_products>, Int64, Int64) -> Void
  let productsFloat: (UnsafePointer<ck_products>, Int64, Int64) -> Void
  let normalize: (UnsafePointer<ck_rows_job>, Int64, Int64) -> Void
  let swiGLU: (UnsafePointer<ck_rows_job>, Int64, Int64) -> Void
  let add: (UnsafePointer<ck_rows_job>, Int64, Int64) -> Void
  let rotate: (UnsafePointer<ck_rows_job>, Int64, Int64) -> Void
  let store: (UnsafePointer<ck_attention_job>, Int64, Int64) -> Void
  let attend: (UnsafePointer<ck_attention_job>, Int64, Int64) -> Void
  let mix: (UnsafePointer<ck_mix_job>, Int64, Int64) -> Void
  let clamp: (UnsafePointer<ck_clamp_job>, Int64, Int64) -> Void
  let pool: (UnsafePointer<ck_pool_job>, Int64, Int64) -> Void
  let storeRows: (UnsafePointer<ck_store_rows_job>, Int64, Int64) -> Void
  let scoreRows: (UnsafePointer<ck_score_job>, Int64, Int64) -> Void
  let roundQueries: (UnsafePointer<ck_round_queries_job>, Int64, Int64) -> Void
  let roundedScores: (UnsafePointer<ck_rounded_scores_job>, Int64, Int64) -> Void
  let attendRows: (UnsafePointer<ck_attend_rows_job>, Int64, Int64) -> Void
  let join: (UnsafePointer<ck_attention_job>, Int64, Int64) -> Void

  init(_ set: InstructionSet) {
    switch set {
    case .scalar:
      unsafe pack = unsafe ck_pack_scalar
      unsafe quantize = unsafe ck_quantize_scalar
      unsafe productsBlock8 = unsafe ck_products_block8_scalar
      unsafe productsFloat = unsafe ck_products_float_scalar
      unsafe normalize = unsafe ck_normalize_scalar
      unsafe swiGLU = unsafe ck_swiglu_scalar
      unsafe add = unsafe ck_add_scalar
      unsafe rotate = unsafe ck_rotate_scalar
      unsafe store = unsafe ck_store_scalar
      unsafe attend = unsafe ck_attend_scalar
      unsafe mix = unsafe ck_mix_scalar
      unsafe clamp = unsafe ck_clamp_scalar
      unsafe pool = unsafe ck_pool_scalar
      unsafe storeRows = unsafe ck_store_rows_scalar
      unsafe scoreRows = unsafe ck_score_rows_scalar
      unsafe roundQueries = unsafe ck_round_queries_scalar
      unsafe roundedScores = unsafe ck_rounded_scores_scalar
      unsafe attendRows = unsafe ck_attend_rows_scalar
      unsafe join = unsafe ck_join_scalar
    case .avx2:
      unsafe pack = unsafe ck_pack_scalar
      unsafe quantize = unsafe ck_quantize_avx2
      unsafe productsBlock8 = unsafe ck_products_block8_avx2
      unsafe productsFloat = unsafe ck_products_float_avx2
      unsafe normalize = unsafe ck_normalize_avx2
      unsafe swiGLU = unsafe ck_swiglu_avx2
      unsafe add = unsafe ck_add_avx2
      unsafe rotate = unsafe ck_rotate_avx2
      unsafe store = unsafe ck_store_avx2
      unsafe attend = unsafe ck_attend_avx2
      unsafe mix = unsafe ck_mix_avx2
      unsafe clamp = unsafe ck_clamp_avx2
      unsafe pool = unsafe ck_pool_avx2
      unsafe storeRows = unsafe ck_store_rows_avx2
      unsafe scoreRows = unsafe ck_score_rows_avx2
      unsafe roundQueries = unsafe ck_round_queries_avx2
      unsafe roundedScores = unsafe ck_rounded_scores_avx2
      unsafe attendRows = unsafe ck_attend_rows_avx2
      unsafe join = unsafe ck_join_avx2
    case .avx512, .amx:
      unsafe pack = unsafe ck_pack_avx512
      unsafe quantize = unsafe ck_quantize_avx512
      if set == .amx {
        unsafe productsBlock8 = unsafe ck_products_block8_amx
      } else {
        unsafe productsBlock8 = unsafe ck_products_block8_avx512
      }
      unsafe productsFloat = unsafe ck_products_float_avx512
      unsafe normalize = unsafe ck_normalize_avx512
      unsafe swiGLU = unsafe ck_swiglu_avx512
      unsafe add = unsafe ck_add_avx512
      unsafe rotate = unsafe ck_rotate_avx512
      unsafe store = unsafe ck_store_avx512
      unsafe attend = unsafe ck_attend_avx512
      unsafe mix = unsafe ck_mix_avx512
      unsafe clamp = unsafe ck_clamp_avx512
      unsafe pool = unsafe ck_pool_avx512
      unsafe storeRows = unsafe ck_store_rows_avx512
      unsafe scoreRows = unsafe ck_score_rows_avx512
      unsafe roundQueries = unsafe ck_round_queries_avx512
      unsafe roundedScores = unsafe ck_rounded_scores_avx512
      unsafe attendRows = unsafe ck_attend_rows_avx512
      unsafe join = unsafe ck_join_avx512
    }
  }

  /// Returns the kernels' number of a stored type, nil if there are none for it.
  static func format(of type: DataType) -> Int32? {
    switch type {
    case .f32: Int32(CK_F32.rawValue)
    case .f16: Int32(CK_F16.rawValue)
    case .bf16: Int32(CK_BF16.rawValue)
    case .q4_0: Int32(CK_Q4_0.rawValue)
    case .q4_1: Int32(CK_Q4_1.rawValue)
    case .q5_0: Int32(CK_Q5_0.rawValue)
    case .q5_1: Int32(CK_Q5_1.rawValue)
    case .q8_0: Int32(CK_Q8_0.rawValue)
    case .q2_K: Int32(CK_Q2_K.rawValue)
    case .q3_K: Int32(CK_Q3_K.rawValue)
    case .q4_K: Int32(CK_Q4_K.rawValue)
    case .q5_K: Int32(CK_Q5_K.rawValue)
    case .q6_K: Int32(CK_Q6_K.rawValue)
    case .iq2_xxs: Int32(CK_IQ2_XXS.rawValue)
    case .iq4_nl: Int32(CK_IQ4_NL.rawValue)
    case .iq4_xs: Int32(CK_IQ4_XS.rawValue)
    case .mxfp4: Int32(CK_MXFP4.rawValue)
    case .e4m3: Int32(CK_E4M3.rawValue)
    case .e2m1: Int32(CK_E2M1.rawValue)
    default: nil
    }
  }

  /// Whether a weight is interleaved for the kernels, or decoded on its way to a product.
  static func packs(_ view: TensorView) -> Bool {
    switch view.type {
    case .f32, .f16, .bf16, .q4_0, .q4_1, .q5_0, .q8_0, .q4_K, .q5_K, .q6_K, .mxfp4: true
    case .e2m1:
      view.scales.map { $0.type == .e8m0 && $0.tileRows == 1 && $0.tileColumns == 32 } ?? false
    default: false
    }
  }
}
