// GGUF's formats with super-blocks of 256 weights: Q4_K and Q6_K.
//
//   Q4_K, 144 bytes:  0 scale f16 | 2 scale of minimums f16 | 4 six-bit pairs[12] | 16 nibbles[128]
//     Eight groups of 32: weight = scale * s * code - minimumScale * m, code 0-15, s and m 0-63.
//     Byte j < 4 of the twelve holds s of group j in its low six bits, byte j + 4 its m; groups
//     4-7 keep the low four bits of s and m in byte j + 4, the upper two in the upper bits of
//     bytes j - 4 (s) and j (m). Nibbles: 32 bytes per 64 weights, low halves first.
//
//   Q6_K, 210 bytes:  0 low nibbles[128] | 128 upper pairs[64] | 192 group scales i8[16] | 208 scale f16
//     Sixteen groups of 16: weight = scale * s * code, code -32 to 31. Per 128 weights, byte l of
//     64 nibble bytes and of 32 pair bytes: weights l and l + 32 take the low nibbles of bytes l
//     and l + 32, weights l + 64 and l + 96 the high ones; the pair byte l serves all four, upwards.

/// Four-bit codes in eight groups of 32 with six-bit scales and minimums.
package enum Q4_KFormat: GroupedFormat {
  package static var dataType: DataType { .q4_K }
  package static var groupElements: Int { 32 }
  package static var hasOffsets: Bool { true }

  package static func unpack(
    _ bytes: Span<UInt8>, at offset: Int, into block: inout UnpackedBlock
  ) {
    let scale = SmallFloats.f16(bytes.uint16(at: offset))
    let minimumScale = SmallFloats.f16(bytes.uint16(at: offset + 2))
    let pairs = offset + 4
    for group in 0..<8 {
      let (s, m) = sixBitPair(bytes, at: pairs, group: group)
      block.scales[group] = scale * Float(s)
      block.offsets[group] = -(minimumScale * Float(m))
    }
    for chunk in 0..<4 {
      for index in 0..<32 {
        let pair = bytes[offset + 16 + 32 * chunk + index]
        block.codes[64 * chunk + index] = Int8(pair & 15)
        block.codes[64 * chunk + 32 + index] = Int8(pair >> 4)
      }
    }
  }

  /// Returns scale and minimum of a group from the twelve bytes that hold all eight.
  static func sixBitPair(
    _ bytes: Span<UInt8>, at pairs: Int, group: Int
  ) -> (scale: UInt8, minimum: UInt8) {
    if group < 4 { return (bytes[pairs + group] & 63, bytes[pairs + group + 4] & 63) }
    return (
      bytes[pairs + group + 4] & 15 | (bytes[pairs + group - 4] >> 6) << 4,
      bytes[pairs + group + 4] >> 4 | (bytes[pairs + group] >> 6) << 4
    )
  }

  package static func pack(
    _ values: Span<Float>, at first: Int, into bytes: inout MutableSpan<UInt8>, at offset: Int
  ) {
    var steps = [Float](repeating: 0, count: 8)
    var minimums = [Float](repeating: 0, count: 8)
    for group in 0..<8 {
      var least: Float = 0
      var greatest: Float = 0
      for index in first + 32 * group..<first + 32 * group + 32 {
        least = min(least, values[index])
        greatest = max(greatest, values[index])
      }
      steps[group] = (greatest - least) / 15
      minimums[group] = -least
    }
    let scaleBits = SmallFloats.f16Bits((steps.max() ?? 0) / 63)
    let minimumBits = SmallFloats.f16Bits((minimums.max() ?? 0) / 63)
    let scale = SmallFloats.f16(scaleBits)
    let minimumScale = SmallFloats.f16(minimumBits)
    bytes.store(scaleBits, at: offset)
    bytes.store(minimumBits, at: offset + 2)

    let s = steps.map { sixBits($0, per: scale) }
    let m = minimums.map { sixBits($0, per: minimumScale) }
    for group in 0..<4 {
      bytes[offset + 4 + group] = s[group] | (s[group + 4] >> 4) << 6
      bytes[offset + 8 + group] = m[group] | (m[group + 4] >> 4) << 6
      bytes[offset + 12 + group] = s[group + 4] & 15 | (m[group + 4] & 15) << 4
    }
    func code(_ index: Int) -> UInt8 {
      let step = scale * Float(s[index / 32])
      let shifted = values[first + index] + minimumScale * Float(m[index / 32])
      return step == 0 ? 0 : UInt8(nearestCode(shifted / step, 0...15))
    }
    for chunk in 0..<4 {
      for index in 0..<32 {
        let element = 64 * chunk + index
        bytes[offset + 16 + 32 * chunk + index] = code(element) | code(element + 32) << 4
      }
    }
  }

  private static func sixBits(_ value: Float, per unit: Float) -> UInt8 {
    unit == 0 ? 0 : UInt8(nearestCode(value / unit, 0...63))
  }
}

/// Six-bit codes in sixteen groups of 16 with eight-bit scales.
package enum Q6_KFormat: GroupedFormat {
  package static var dataType: DataType { .q6_K }
  package static var groupElements: Int { 16 }
  package static var hasOffsets: Bool { false }

  package static func unpack(
    _ bytes: Span<UInt8>, at offset: Int, into block: inout UnpackedBlock
  ) {
    let scale = SmallFloats.f16(bytes.uint16(at: offset + 208))
    for group in 0..<16 {
      block.scales[group] = scale * Float(Int8(bitPattern: bytes[offset + 192 + group]))
    }
    for half in 0..<2 {
      let low = offset + 64 * half
      let upper = offset + 128 + 32 * half
      for index in 0..<32 {
        let pair = bytes[upper + index]
        let near = bytes[low + index]
        let far = bytes[low + index + 32]
        let element = 128 * half + index
        block.codes[element] = Int8(near & 15 | (pair & 3) << 4) - 32
        block.codes[element + 32] = Int8(far & 15 | (pair >> 2 & 3) << 4) - 32
        block.codes[element + 64] = Int8(near >> 4 | (pair >> 4 & 3) << 4) - 32
        block.codes[element + 96] = Int8(far >> 4 | (pair >> 6) << 4) - 32
      }
    }
  }

  package static func pack(
    _ values: Span<Float>, at first: Int, into bytes: inout MutableSpan<UInt8>, at offset: Int
  ) {
    // The weight farthest from zero gets code -32, as in Q5_0; likewise the scales.
    var steps = [Float](repeating: 0, count: 16)
    for group in 0..<16 {
      let start = first + 16 * group
      steps[group] = farthestFromZero(values, start..<start + 16) / -32
    }
    let scaleBits = SmallFloats.f16Bits(farthestFromZero(steps.span, 0..<16) / -128)
    let scale = SmallFloats.f16(scaleBits)
    bytes.store(scaleBits, at: offset + 208)
    let s = steps.map { step in
      scale == 0 ? 0 : Int8(nearestCode(step / scale, -128...127))
    }
    for group in 0..<16 { bytes[offset + 192 + group] = UInt8(bitPattern: s[group]) }

    func code(_ index: Int) -> UInt8 {
      let step = scale * Float(s[index / 16])
      let scaled = step == 0 ? 0 : values[first + index] / step
      return UInt8(nearestCode(scaled, -32...31) + 32)
    }
    for half in 0..<2 {
      for index in 0..<32 {
        let element = 128 * half + index
        let q = [code(element), code(element + 32), code(element + 64), code(element + 96)]
        bytes[offset + 64 * half + index] = q[0] & 15 | (q[2] & 15) << 4
        bytes[offset + 64 * half + index + 32] = q[1] & 15 | (q[3] & 15) << 4
        bytes[offset + 128 + 32 * half + index] =
          q[0] >> 4 | (q[1] >> 4) << 2 | (q[2] >> 4) << 4 | (q[3] >> 4) << 6
      }
    }
  }
}
