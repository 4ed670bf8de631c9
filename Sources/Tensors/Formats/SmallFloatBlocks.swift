// Formats whose codes are small floats.
//
//   MXFP4, 17 bytes:  0 scale e8m0 | 1 nibbles[16], weights 0-15 in the low halves
//   E4M3, 1 byte      factors per tile of 128 x 128 lie elsewhere
//   E2M1, 16 bytes    thirty-two columns, the even ones in the low halves; factors lie elsewhere

/// Four-bit floats with a power of two per 32 weights.
package enum MXFP4Format: WeightDecoder {
  package static var dataType: DataType { .mxfp4 }

  package static func decode(_ bytes: Span<UInt8>, into values: inout MutableSpan<Float>) {
    for block in 0..<blockCount(bytes: bytes.count, values: values.count) {
      let scale = SmallFloats.e8m0(bytes[17 * block])
      for index in 0..<16 {
        let pair = bytes[17 * block + 1 + index]
        values[32 * block + index] = scale * SmallFloats.e2m1(pair & 15)
        values[32 * block + 16 + index] = scale * SmallFloats.e2m1(pair >> 4)
      }
    }
  }
}

/// Eight-bit floats without their factors.
package enum E4M3Format: WeightDecoder {
  package static var dataType: DataType { .e4m3 }

  package static func decode(_ bytes: Span<UInt8>, into values: inout MutableSpan<Float>) {
    for index in 0..<blockCount(bytes: bytes.count, values: values.count) {
      values[index] = SmallFloats.e4m3(bytes[index])
    }
  }
}

/// Four-bit floats without their factors.
package enum E2M1Format: WeightDecoder {
  package static var dataType: DataType { .e2m1 }

  package static func decode(_ bytes: Span<UInt8>, into values: inout MutableSpan<Float>) {
    for index in 0..<16 * blockCount(bytes: bytes.count, values: values.count) {
      values[2 * index] = SmallFloats.e2m1(bytes[index] & 15)
      values[2 * index + 1] = SmallFloats.e2m1(bytes[index] >> 4)
    }
  }
}
