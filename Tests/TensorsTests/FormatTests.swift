// Every weight format against the reference implementation's values and bytes.

import Tensors
import Testing

@Suite struct FormatTests {
  static let weightTypes = DataType.allCases.filter { $0.format != nil }
  static let quantizedTypes = weightTypes.filter(\.isQuantized)

  private func format(_ type: DataType) throws -> any BlockFormat.Type {
    try #require(type.format)
  }

  @Test(arguments: weightTypes.filter { $0 != .f32 })
  func decodesToTheReferenceValuesBitForBit(type: DataType) throws {
    let values = try format(type).decoded(FormatVectors.bytes("\(type.rawValue).bytes"))
    let expected = try FormatVectors.floats("\(type.rawValue).f32")
    #expect(expected.count > 500)
    // Zero times a negative code may be written with either sign.
    #expect(
      values.map { $0 == 0 ? 0 : $0.bitPattern } == expected.map { $0 == 0 ? 0 : $0.bitPattern })
  }

  @Test(arguments: [DataType.q4_1, .q5_0, .q8_0, .f16, .bf16])
  func encodesToTheReferenceBytes(type: DataType) throws {
    let bytes = try format(type).encoded(FormatVectors.floats("input.f32"))
    #expect(bytes == (try FormatVectors.bytes("\(type.rawValue).encoded")))
  }

  /// How far a weight may move, as a part of the greatest magnitude of its 256 neighbors.
  ///
  /// Half a step of the coarsest grid, and the rounding of its own scale.
  static let roundingBound: [DataType: Float] = [
    .f32: 0, .f16: 0.0005, .bf16: 0.004, .q8_0: 0.005, .q6_K: 0.04, .q5_0: 0.07, .q4_1: 0.07,
    .q4_K: 0.09,
  ]

  @Test(arguments: weightTypes)
  func roundingMovesAWeightByAtMostItsStep(type: DataType) throws {
    let format = try format(type)
    let input = try FormatVectors.floats("input.f32")
    let output = format.decoded(format.encoded(input))
    let bound = try #require(Self.roundingBound[type])
    for start in stride(from: 0, to: input.count, by: 256) {
      let range = start..<start + 256
      let greatest = range.map { abs(input[$0]) }.max() ?? 0
      let error = range.map { abs(input[$0] - output[$0]) }.max() ?? 0
      #expect(error <= bound * greatest, "block at \(start)")
    }
  }

  @Test(arguments: quantizedTypes)
  func zerosStayZero(type: DataType) throws {
    let format = try format(type)
    let zeros = [Float](repeating: 0, count: 256)
    #expect(format.decoded(format.encoded(zeros)) == zeros)
  }

  @Test(arguments: quantizedTypes)
  func anyBytesDecodeAndAnyFloatsEncode(type: DataType) throws {
    let format = try format(type)
    let bytes = [UInt8](repeating: 0xFF, count: type.blockBytes)
    #expect(format.decoded(bytes).count == type.blockElements)
    let wild: [Float] = [.nan, .infinity, -.infinity, 3e38, -3e38, .leastNonzeroMagnitude, 0, -0]
    let values = (0..<256).map { wild[$0 % wild.count] }
    #expect(format.encoded(values).count == 256 / type.blockElements * type.blockBytes)
  }

  @Test func unpackedGroupsGiveTheDecodedValues() throws {
    for type in Self.quantizedTypes {
      let format = try #require(type.format as? any GroupedFormat.Type)
      let bytes = try FormatVectors.bytes("\(type.rawValue).bytes")
      let decoded = format.decoded(bytes)
      var block = UnpackedBlock(for: format)
      format.unpack(bytes.span, at: type.blockBytes * 5, into: &block)
      for element in 0..<type.blockElements {
        let group = element / format.groupElements
        let value = block.scales[group] * Float(block.codes[element]) + block.offsets[group]
        #expect(value == decoded[5 * type.blockElements + element])
      }
    }
  }

  @Test func aViewDecodesItsTensor() throws {
    let values: [Float] = [1, -2, 0.5, 8]
    let owner = OwnedBytes([0, 0, 0] + F32Format.encoded(values))
    let view = TensorView(
      name: "w", shape: Shape([2, 2]), type: .f32, owner: owner, range: 3..<19)
    #expect(view.decoded() == values)
    #expect(view.rowBytes == 8)
    let integers = TensorView(name: "i", shape: Shape([4]), type: .i32, owner: owner, range: 0..<16)
    #expect(integers.decoded() == nil)
  }
}
