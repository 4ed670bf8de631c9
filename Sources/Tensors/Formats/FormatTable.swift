// Which format decodes which type, and the two calls that most callers need.

extension DataType {
  /// The oracle of this type, nil for integer types that hold no weights.
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
    case .i8, .i16, .i32, .i64: nil
    }
  }

  /// Whether a row of this many elements consists of whole blocks.
  package func fills(columns: Int) -> Bool { columns % blockElements == 0 }
}

extension BlockFormat {
  /// Converts whole blocks to floats.
  package static func decoded(_ bytes: [UInt8]) -> [Float] {
    let count = bytes.count / dataType.blockBytes * dataType.blockElements
    var values = [Float](repeating: 0, count: count)
    var span = values.mutableSpan
    decode(bytes.span, into: &span)
    return values
  }

  /// Rounds floats into whole blocks.
  package static func encoded(_ values: [Float]) -> [UInt8] {
    let count = values.count / dataType.blockElements * dataType.blockBytes
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    encode(values.span, into: &span)
    return bytes
  }
}
