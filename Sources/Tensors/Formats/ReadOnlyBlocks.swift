// GGUF's formats that are read and not written here, with blocks of 32 weights and of 256.
//
//   Q4_0, 18 bytes:  0 scale f16 | 2 nibbles[16]                     weight = scale * (code - 8)
//   Q5_1, 24 bytes:  0 scale f16 | 2 minimum f16 | 4 fifth bits u32 | 8 nibbles[16]
//   Q2_K, 84 bytes:  0 pairs of scale and minimum[16], four bits each | 16 codes of two bits[64]
//                    | 80 scale f16 | 82 scale of minimums f16
//     Sixteen groups of 16. Per 128 weights 32 bytes; their bit pairs, from the lowest on, are the
//     four runs of 32 weights.
//   Q3_K, 110 bytes: 0 upper bits[32] | 32 lower codes[64] | 96 six-bit scales[12] | 108 scale f16
//     As Q2_K without minimums: code = low pair - (upper bit ? 0 : 4), the upper bit of run r of
//     all eight in bit r; scale = (six bits) - 32: low four bits as nibbles of the first eight
//     bytes, upper two as pairs of the last four.
//   Q5_K, 176 bytes: 0 scale f16 | 2 scale of minimums f16 | 4 six-bit pairs[12] | 16 fifth bits[32]
//                    | 48 nibbles[128]
//     As Q4_K, with the fifth bit of group g in bit g.

/// Four-bit codes around eight.
package enum Q4_0Format: WeightDecoder {
  package static var dataType: DataType { .q4_0 }

  package static func decode(_ bytes: Span<UInt8>, into values: inout MutableSpan<Float>) {
    for block in 0..<blockCount(bytes: bytes.count, values: values.count) {
      let start = 18 * block
      let scale = SmallFloats.f16(bytes.uint16(at: start))
      for index in 0..<16 {
        let pair = bytes[start + 2 + index]
        values[32 * block + index] = scale * Float(Int(pair & 15) - 8)
        values[32 * block + 16 + index] = scale * Float(Int(pair >> 4) - 8)
      }
    }
  }
}

/// Five-bit codes with a scale and a minimum per 32 weights.
package enum Q5_1Format: WeightDecoder {
  package static var dataType: DataType { .q5_1 }

  package static func decode(_ bytes: Span<UInt8>, into values: inout MutableSpan<Float>) {
    for block in 0..<blockCount(bytes: bytes.count, values: values.count) {
      let start = 24 * block
      let scale = SmallFloats.f16(bytes.uint16(at: start))
      let minimum = SmallFloats.f16(bytes.uint16(at: start + 2))
      let fifths = bytes.uint32(at: start + 4)
      for index in 0..<32 {
        let pair = bytes[start + 8 + index % 16]
        let low = Int(index < 16 ? pair & 15 : pair >> 4)
        let code = low | Int((fifths >> UInt32(index)) & 1) << 4
        values[32 * block + index] = scale * Float(code) + minimum
      }
    }
  }
}

/// Two-bit codes in sixteen groups of 16 with four-bit scales and minimums.
package enum Q2_KFormat: WeightDecoder {
  package static var dataType: DataType { .q2_K }

  package static func decode(_ bytes: Span<UInt8>, into values: inout MutableSpan<Float>) {
    for block in 0..<blockCount(bytes: bytes.count, values: values.count) {
      let start = 84 * block
      let scale = SmallFloats.f16(bytes.uint16(at: start + 80))
      let minimumScale = SmallFloats.f16(bytes.uint16(at: start + 82))
      for element in 0..<256 {
        let pair = bytes[start + element / 16]
        let code = bytes[start + 16 + element / 128 * 32 + element % 32]
        let shift = UInt8(2 * (element % 128 / 32))
        let step = scale * Float(pair & 15)
        values[256 * block + element] =
          step * Float(code >> shift & 3) - minimumScale * Float(pair >> 4)
      }
    }
  }
}

/// Three-bit codes in sixteen groups of 16 with six-bit scales.
package enum Q3_KFormat: WeightDecoder {
  package static var dataType: DataType { .q3_K }

  package static func decode(_ bytes: Span<UInt8>, into values: inout MutableSpan<Float>) {
    for block in 0..<blockCount(bytes: bytes.count, values: values.count) {
      let start = 110 * block
      let scale = SmallFloats.f16(bytes.uint16(at: start + 108))
      for element in 0..<256 {
        let group = element / 16
        let low = bytes[start + 96 + group % 8] >> UInt8(group < 8 ? 0 : 4) & 15
        let high = bytes[start + 104 + group % 4] >> UInt8(2 * (group / 4)) & 3
        let step = scale * Float(Int(low | high << 4) - 32)
        let pair =
          bytes[start + 32 + element / 128 * 32 + element % 32]
          >> UInt8(2 * (element % 128 / 32)) & 3
        let upper = bytes[start + element % 32] >> UInt8(element / 32) & 1
        values[256 * block + element] = step * Float(Int(pair) - (upper == 1 ? 0 : 4))
      }
    }
  }
}

/// Five-bit codes in eight groups of 32 with six-bit scales and minimums.
package enum Q5_KFormat: WeightDecoder {
  package static var dataType: DataType { .q5_K }

  package static func decode(_ bytes: Span<UInt8>, into values: inout MutableSpan<Float>) {
    for block in 0..<blockCount(bytes: bytes.count, values: values.count) {
      let start = 176 * block
      let scale = SmallFloats.f16(bytes.uint16(at: start))
      let minimumScale = SmallFloats.f16(bytes.uint16(at: start + 2))
      for group in 0..<8 {
        let (s, m) = Q4_KFormat.sixBitPair(bytes, at: start + 4, group: group)
        let step = scale * Float(s)
        let minimum = minimumScale * Float(m)
        for index in 0..<32 {
          let pair = bytes[start + 48 + group / 2 * 32 + index]
          let low = group % 2 == 0 ? pair & 15 : pair >> 4
          let code = low | (bytes[start + 16 + index] >> UInt8(group) & 1) << 4
          values[256 * block + 32 * group + index] = step * Float(code) - minimum
        }
      }
    }
  }
}
