// How the file formats name and number the storage types.

import Tensors

/// The storage types as GGUF and safetensors write them.
enum DataTypeNames {
  /// GGUF's type numbers with their names; some have no support here, but a name in messages.
  private static let gguf: [UInt32: (name: String, type: DataType?)] = [
    0: ("F32", .f32), 1: ("F16", .f16), 2: ("Q4_0", .q4_0), 3: ("Q4_1", .q4_1), 6: ("Q5_0", .q5_0),
    7: ("Q5_1", .q5_1), 8: ("Q8_0", .q8_0), 9: ("Q8_1", nil), 10: ("Q2_K", .q2_K),
    11: ("Q3_K", .q3_K),
    12: ("Q4_K", .q4_K), 13: ("Q5_K", .q5_K), 14: ("Q6_K", .q6_K), 15: ("Q8_K", nil),
    16: ("IQ2_XXS", .iq2_xxs), 17: ("IQ2_XS", nil), 18: ("IQ3_XXS", nil), 19: ("IQ1_S", nil),
    20: ("IQ4_NL", .iq4_nl), 21: ("IQ3_S", nil), 22: ("IQ2_S", nil), 23: ("IQ4_XS", .iq4_xs),
    24: ("I8", .i8), 25: ("I16", .i16), 26: ("I32", .i32), 27: ("I64", .i64), 28: ("F64", nil),
    29: ("IQ1_M", nil), 30: ("BF16", .bf16), 34: ("TQ1_0", nil), 35: ("TQ2_0", nil),
    39: ("MXFP4", .mxfp4),
  ]

  private static let safetensors: [String: DataType] = [
    "F32": .f32, "F16": .f16, "BF16": .bf16, "I8": .i8, "I16": .i16, "I32": .i32, "I64": .i64,
    "U8": .u8, "F8_E4M3": .e4m3, "F8_E8M0": .e8m0,
  ]

  /// Returns the type of a number in a GGUF header.
  static func gguf(_ code: UInt32, tensor: String) throws(CheckpointFlaw) -> DataType {
    let entry = gguf[code]
    guard let type = entry?.type else {
      throw .unsupportedType(tensor: tensor, type: entry?.name ?? "type \(code)")
    }
    return type
  }

  /// Returns the type of a name in a safetensors header.
  static func safetensors(_ name: String, tensor: String) throws(CheckpointFlaw) -> DataType {
    guard let type = safetensors[name] else {
      throw .unsupportedType(tensor: tensor, type: name)
    }
    return type
  }
}
