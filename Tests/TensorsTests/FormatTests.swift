// Every weight format against the reference implementation's values and bytes.

import Tensors
import Testing

@Suite struct FormatTests {
  static let weightTypes = DataType.allCases.filter { $0.format != nil }
  /// Types that are read and not written here.
  static let readTypes: [DataType] = [
    .q4_0, .q5_1, .q2_K, .q3_K, .q5_K, .iq2_xxs, .iq4_nl, .iq4_xs, .mxfp4,
  ]
  static let quantizedTypes = weightTypes.filter(\.isQuantized)

  private func format(_ type: DataType) throws -> any BlockFormat.Type {
    try #require(type.format)
  }

  @Test(arguments: weightTypes.filter { $0 != .f32 } + readTypes)
  func decodesToTheReferenceValuesBitForBit(type: DataType) throws {
    let values = try #require(type.decoder).decoded(FormatVectors.bytes("\(type.rawValue).bytes"))
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

  @Test func everyTypeOfWeightsHasADecoder() {
    for type in DataType.allCases {
      let isWeight = ![.e8m0, .u8, .i8, .i16, .i32, .i64].contains(type)
      #expect((type.decoder != nil) == isWeight, "\(type)")
      #expect(type.decoder.map { $0.dataType == type } ?? true)
    }
  }

  /// Eight-bit floats with a power of two per tile, and four-bit ones with one per 32 columns.
  @Test func factorsOfTilesAreAppliedRowByRow() {
    let eight = TensorView(
      name: "w", shape: Shape([130, 2]), type: .e4m3,
      owner: OwnedBytes([UInt8](repeating: 0x38, count: 260)), range: 0..<260,
      scales: BlockScales(
        owner: OwnedBytes([127, 129]), range: 0..<2, type: .e8m0, tileRows: 128, tileColumns: 128,
        columnCount: 1, firstRow: 0))
    let values = eight.decoded() ?? []
    #expect(values[..<256].allSatisfy { $0 == 1 } && values[256...] == [4, 4, 4, 4])
    #expect(eight.rows(127..<129).decoded() == [1, 1, 4, 4])

    let scales = F32Format.encoded([2, 3])
    let four = TensorView(
      name: "w", shape: Shape([1, 64]), type: .e2m1,
      owner: OwnedBytes([UInt8](repeating: 0x92, count: 32)), range: 0..<32,
      scales: BlockScales(
        owner: OwnedBytes(scales), range: 0..<8, type: .f32, tileRows: 1, tileColumns: 32,
        columnCount: 2, firstRow: 0))
    let columns = four.decoded() ?? []
    #expect(columns.prefix(2) == [2, -1] && columns.suffix(2) == [3, -1.5])
  }
}
