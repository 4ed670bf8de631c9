// Which format decodes which type, and the two calls that most callers need.

extension DataType {
  /// The oracle of this type with its encoder, nil for types that cannot be written here.
  package var format: (any BlockFormat.Type)? {
    switch self {
    case .f32: F32Format.self
    case .f16: F16Format.self
    case .bf16: BF16Format.self
    case .q4_1: Q4_1Format.self
    case .q5_0: Q5_0Format.self
    case .q8_0: Q8_0Format.self
    case .q4_K: Q4_KFormat.self
    case .q6_K: Q6_KFormat.self
    default: nil
    }
  }

  /// The oracle of this type, nil for types that hold no weights.
  package var decoder: (any WeightDecoder.Type)? {
    switch self {
    case .q4_0: Q4_0Format.self
    case .q5_1: Q5_1Format.self
    case .q2_K: Q2_KFormat.self
    case .q3_K: Q3_KFormat.self
    case .q5_K: Q5_KFormat.self
    case .iq2_xxs: IQ2_XXSFormat.self
    case .iq4_nl: IQ4_NLFormat.self
    case .iq4_xs: IQ4_XSFormat.self
    case .mxfp4: MXFP4Format.self
    case .e4m3: E4M3Format.self
    case .e2m1: E2M1Format.self
    default: format
    }
  }

  /// Whether a row of this many elements consists of whole blocks.
  package func fills(columns: Int) -> Bool { columns % blockElements == 0 }
}

extension WeightDecoder {
  /// Converts whole blocks to floats.
  package static func decoded(_ bytes: [UInt8]) -> [Float] {
    let count = bytes.count / dataType.blockBytes * dataType.blockElements
    var values = [Float](repeating: 0, count: count)
    var span = values.mutableSpan
    decode(bytes.span, into: &span)
    return values
  }
}

extension BlockFormat {
  /// Rounds floats into whole blocks.
  package static func encoded(_ values: [Float]) -> [UInt8] {
    let count = values.count / dataType.blockElements * dataType.blockBytes
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    encode(values.span, into: &span)
    return bytes
  }
}
