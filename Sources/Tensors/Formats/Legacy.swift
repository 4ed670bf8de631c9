// GGUF's formats with blocks of 32 weights: Q4_1, Q5_0 and Q8_0.
//
//   Q4_1, 20 bytes:  0 scale f16 | 2 minimum f16 | 4 nibbles[16]
//   Q5_0, 22 bytes:  0 scale f16 | 2 fifth bits u32 | 6 nibbles[16]
//   Q8_0, 34 bytes:  0 scale f16 | 2 codes i8[32]
//
// Nibbles: the low halves of the sixteen bytes are weights 0-15, the high halves weights 16-31.
// Rounding follows the reference writers, so that equal input gives equal bytes.

/// Four-bit codes 0 to 15 with a scale and a minimum per 32 weights.
package enum Q4_1Format: GroupedFormat {
  package static var dataType: DataType { .q4_1 }
  package static var groupElements: Int { 32 }
  package static var hasOffsets: Bool { true }

  package static func unpack(
    _ bytes: Span<UInt8>, at offset: Int, into block: inout UnpackedBlock
  ) {
    block.scales[0] = SmallFloats.f16(bytes.uint16(at: offset))
    block.offsets[0] = SmallFloats.f16(bytes.uint16(at: offset + 2))
    for index in 0..<16 {
      let pair = bytes[offset + 4 + index]
      block.codes[index] = Int8(pair & 15)
      block.codes[index + 16] = Int8(pair >> 4)
    }
  }

  package static func pack(
    _ values: Span<Float>, at first: Int, into bytes: inout MutableSpan<UInt8>, at offset: Int
  ) {
    var least = values[first]
    var greatest = values[first]
    for index in 1..<32 {
      least = min(least, values[first + index])
      greatest = max(greatest, values[first + index])
    }
    let scale = (greatest - least) / 15
    let inverse = scale == 0 ? 0 : 1 / scale
    func code(_ index: Int) -> UInt8 {
      UInt8(clampedCode((values[first + index] - least) * inverse + 0.5, 0...15))
    }
    bytes.store(SmallFloats.f16Bits(scale), at: offset)
    bytes.store(SmallFloats.f16Bits(least), at: offset + 2)
    for index in 0..<16 { bytes[offset + 4 + index] = code(index) | code(index + 16) << 4 }
  }
}

/// Five-bit codes -16 to 15 with a scale per 32 weights.
package enum Q5_0Format: GroupedFormat {
  package static var dataType: DataType { .q5_0 }
  package static var groupElements: Int { 32 }
  package static var hasOffsets: Bool { false }

  package static func unpack(
    _ bytes: Span<UInt8>, at offset: Int, into block: inout UnpackedBlock
  ) {
    block.scales[0] = SmallFloats.f16(bytes.uint16(at: offset))
    let fifths = bytes.uint32(at: offset + 2)
    for index in 0..<16 {
      let pair = bytes[offset + 6 + index]
      let low = UInt8(truncatingIfNeeded: (fifths >> UInt32(index)) & 1) << 4
      let high = UInt8(truncatingIfNeeded: (fifths >> UInt32(index + 16)) & 1) << 4
      block.codes[index] = Int8(pair & 15 | low) - 16
      block.codes[index + 16] = Int8(pair >> 4 | high) - 16
    }
  }

  package static func pack(
    _ values: Span<Float>, at first: Int, into bytes: inout MutableSpan<UInt8>, at offset: Int
  ) {
    // The weight farthest from zero gets code -16, which has no positive partner.
    let scale = farthestFromZero(values, first..<first + 32) / -16
    let inverse = scale == 0 ? 0 : 1 / scale
    func code(_ index: Int) -> UInt8 {
      UInt8(clampedCode(values[first + index] * inverse + 16.5, 0...31))
    }
    bytes.store(SmallFloats.f16Bits(scale), at: offset)
    var fifths: UInt32 = 0
    for index in 0..<16 {
      let low = code(index)
      let high = code(index + 16)
      bytes[offset + 6 + index] = low & 15 | (high & 15) << 4
      fifths |= UInt32(low >> 4) << UInt32(index) | UInt32(high >> 4) << UInt32(index + 16)
    }
    bytes.store(fifths, at: offset + 2)
  }
}

/// Eight-bit codes with a scale per 32 weights.
package enum Q8_0Format: GroupedFormat {
  package static var dataType: DataType { .q8_0 }
  package static var groupElements: Int { 32 }
  package static var hasOffsets: Bool { false }

  package static func unpack(
    _ bytes: Span<UInt8>, at offset: Int, into block: inout UnpackedBlock
  ) {
    block.scales[0] = SmallFloats.f16(bytes.uint16(at: offset))
    for index in 0..<32 { block.codes[index] = Int8(bitPattern: bytes[offset + 2 + index]) }
  }

  package static func pack(
    _ values: Span<Float>, at first: Int, into bytes: inout MutableSpan<UInt8>, at offset: Int
  ) {
    let scale = abs(farthestFromZero(values, first..<first + 32)) / 127
    let inverse = scale == 0 ? 0 : 1 / scale
    bytes.store(SmallFloats.f16Bits(scale), at: offset)
    for index in 0..<32 {
      let code = nearestCode(values[first + index] * inverse, -127...127)
      bytes[offset + 2 + index] = UInt8(bitPattern: Int8(code))
    }
  }
}

/// Returns the value of greatest magnitude with its sign, the first of equals.
func farthestFromZero(_ values: Span<Float>, _ range: Range<Int>) -> Float {
  var farthest: Float = 0
  for index in range where abs(values[index]) > abs(farthest) { farthest = values[index] }
  return farthest
}

/// Truncates a scaled weight to a code and keeps it in range; NaN becomes the lower bound.
func clampedCode(_ value: Float, _ range: ClosedRange<Int>) -> Int {
  let lower = Float(range.lowerBound)
  let upper = Float(range.upperBound)
  return value > lower ? Int(min(value, upper)) : range.lowerBound
}

/// Rounds a scaled weight to the nearest code in range, halves away from zero.
///
/// Written out because `rounded()` would call the C library.
func nearestCode(_ value: Float, _ range: ClosedRange<Int>) -> Int {
  let whole = clampedCode(value, range)
  let fraction = value - Float(whole)
  if fraction >= 0.5 { return min(whole + 1, range.upperBound) }
  return fraction <= -0.5 ? max(whole - 1, range.lowerBound) : whole
}
