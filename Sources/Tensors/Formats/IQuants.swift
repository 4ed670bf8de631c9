// GGUF's formats whose codes name values of a table.
//
//   IQ4_NL, 18 bytes:   0 scale f16 | 2 nibbles[16]                 weight = scale * level[code]
//   IQ4_XS, 136 bytes:  0 scale f16 | 2 upper pairs of scales u16 | 4 lower nibbles of scales[4]
//                       | 8 nibbles[128]      eight groups of 32, weight = scale * (s - 32) * level
//   IQ2_XXS, 66 bytes:  0 scale f16 | 2 eight groups of eight bytes
//     A group of 32 weights: four indices of grid points u8, then u32 with four times seven signs
//     and, in the upper four bits, the scale s: weight = sign * scale * (0.5 + s) / 4 * magnitude.
//     The eighth sign of a point makes the number of minus signs even.

/// The sixteen levels of the four-bit table.
private let levels: [Float] = [
  -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
]

/// Four-bit levels with a scale per 32 weights.
package enum IQ4_NLFormat: WeightDecoder {
  package static var dataType: DataType { .iq4_nl }

  package static func decode(_ bytes: Span<UInt8>, into values: inout MutableSpan<Float>) {
    for block in 0..<blockCount(bytes: bytes.count, values: values.count) {
      let scale = SmallFloats.f16(bytes.uint16(at: 18 * block))
      for index in 0..<16 {
        let pair = bytes[18 * block + 2 + index]
        values[32 * block + index] = scale * levels[Int(pair & 15)]
        values[32 * block + 16 + index] = scale * levels[Int(pair >> 4)]
      }
    }
  }
}

/// Four-bit levels in eight groups of 32 with six-bit scales.
package enum IQ4_XSFormat: WeightDecoder {
  package static var dataType: DataType { .iq4_xs }

  package static func decode(_ bytes: Span<UInt8>, into values: inout MutableSpan<Float>) {
    for block in 0..<blockCount(bytes: bytes.count, values: values.count) {
      let start = 136 * block
      let scale = SmallFloats.f16(bytes.uint16(at: start))
      let upper = bytes.uint16(at: start + 2)
      for group in 0..<8 {
        let low = bytes[start + 4 + group / 2] >> UInt8(4 * (group % 2)) & 15
        let high = UInt8(truncatingIfNeeded: upper >> UInt16(2 * group)) & 3
        let step = scale * Float(Int(low | high << 4) - 32)
        for index in 0..<16 {
          let pair = bytes[start + 8 + 16 * group + index]
          values[256 * block + 32 * group + index] = step * levels[Int(pair & 15)]
          values[256 * block + 32 * group + 16 + index] = step * levels[Int(pair >> 4)]
        }
      }
    }
  }
}

/// Points of a grid with signs, in eight groups of 32 with four-bit scales.
package enum IQ2_XXSFormat: WeightDecoder {
  package static var dataType: DataType { .iq2_xxs }

  package static func decode(_ bytes: Span<UInt8>, into values: inout MutableSpan<Float>) {
    for block in 0..<blockCount(bytes: bytes.count, values: values.count) {
      let start = 66 * block
      let scale = SmallFloats.f16(bytes.uint16(at: start))
      for group in 0..<8 {
        let place = start + 2 + 8 * group
        let word = bytes.uint32(at: place + 4)
        let step = scale * (0.5 + Float(word >> 28)) * 0.25
        for point in 0..<4 {
          let seven = UInt8(truncatingIfNeeded: word >> UInt32(7 * point)) & 127
          let signs = seven | UInt8(seven.nonzeroBitCount % 2) << 7
          for index in 0..<8 {
            let magnitude = step * IQ2XXSGrid.magnitude(bytes[place + point], index)
            values[256 * block + 32 * group + 8 * point + index] =
              signs >> UInt8(index) & 1 == 1 ? -magnitude : magnitude
          }
        }
      }
    }
  }
}
