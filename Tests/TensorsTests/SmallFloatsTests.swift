// Small floating-point formats, pattern by pattern.

import Tensors
import Testing

@Suite struct SmallFloatsTests {
  @Test func eightBitFloatsHaveTheReferenceValues() throws {
    let expected = try FormatVectors.floats("e4m3.f32")
    let values = (UInt8.min...UInt8.max).map(SmallFloats.e4m3)
    // The fixture writes the two NaN patterns as zero.
    #expect(values.map { $0.isNaN ? 0 : $0 } == expected)
    #expect(values[0x7F].isNaN && values[0xFF].isNaN)
    #expect(values[0x80].sign == .minus)
  }

  @Test func fourBitFloatsHaveTheReferenceValues() throws {
    #expect((UInt8(0)..<16).map(SmallFloats.e2m1) == (try FormatVectors.floats("e2m1.f32")))
  }

  @Test func bareExponentsArePowersOfTwo() {
    #expect(SmallFloats.e8m0(127) == 1)
    #expect(SmallFloats.e8m0(0) == 0x1p-127)
    #expect(SmallFloats.e8m0(254) == 0x1p127)
    #expect(SmallFloats.e8m0(255).isNaN)
  }

  @Test func everyFinitePatternSurvivesAFloat() {
    for bits in UInt16.min...UInt16.max {
      let half = SmallFloats.f16(bits)
      if half.isFinite { #expect(SmallFloats.f16Bits(half) == bits) }
      let brain = SmallFloats.bf16(bits)
      if brain.isFinite { #expect(SmallFloats.bf16Bits(brain) == bits) }
    }
  }

  @Test func roundingToBrainFloatsBreaksTiesToEven() {
    #expect(SmallFloats.bf16Bits(Float(bitPattern: 0x3F80_8000)) == 0x3F80)
    #expect(SmallFloats.bf16Bits(Float(bitPattern: 0x3F81_8000)) == 0x3F82)
    #expect(SmallFloats.bf16(SmallFloats.bf16Bits(.nan)).isNaN)
    #expect(SmallFloats.bf16Bits(.infinity) == 0x7F80)
  }
}
