// Weights that are used in the form in which they are stored, against the decoders of that form.

import Compute
import Tensors
import Testing

@Suite struct StoredFormTests {
  /// The relative error of a sum of a few hundred products in 32 bits.
  private static let tolerance: Float = 1e-4
  /// Rounding activations to 8 bits moves a sum by about one percent of its typical size.
  private static let fastTolerance: Float = 0.03

  static let types = DataType.allCases.filter { $0.decoder != nil }

  /// Blocks of any bits whose scales are ordinary.
  private static func bytes(_ type: DataType, blocks: Int) -> [UInt8] {
    var state: UInt64 = 9
    var bytes = (0..<blocks * type.blockBytes).map { _ -> UInt8 in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 40)
    }
    let halves: [Int] =
      switch type {
      case .q4_0, .q5_0, .q8_0, .iq2_xxs, .iq4_nl, .iq4_xs: [0]
      case .q4_1, .q5_1, .q4_K, .q5_K: [0, 2]
      case .q2_K: [80, 82]
      case .q3_K: [108]
      case .q6_K: [208]
      default: []
      }
    for block in 0..<blocks {
      for (index, offset) in halves.enumerated() {
        let bits = SmallFloats.f16Bits(0.01 * Float(1 + (block + index) % 5))
        bytes[block * type.blockBytes + offset] = UInt8(truncatingIfNeeded: bits)
        bytes[block * type.blockBytes + offset + 1] = UInt8(truncatingIfNeeded: bits >> 8)
      }
      if type == .mxfp4 { bytes[block * 17] = UInt8(118 + block % 9) }
      if type == .e4m3, bytes[block] & 127 == 127 { bytes[block] = 0x40 }
    }
    return bytes
  }

  private static func view(_ type: DataType, rows: Int, columns: Int) -> TensorView {
    let blocks = rows * columns / type.blockElements
    var bytes = bytes(type, blocks: blocks)
    if [.f32, .f16, .bf16].contains(type), let format = type.format {
      bytes = format.encoded((0..<rows * columns).map { Float($0 * 37 % 101 - 50) / 64 })
    }
    var scales: BlockScales?
    if type == .e4m3 || type == .e2m1 {
      let tile = type == .e4m3 ? (rows: 128, columns: 128) : (rows: 1, columns: 32)
      let count = (columns - 1) / tile.columns + 1
      let rowCount = (rows - 1) / tile.rows + 2
      let factors = (0..<count * rowCount).map { UInt8(121 + $0 % 7) }
      scales = BlockScales(
        owner: OwnedBytes(factors), range: 0..<factors.count, type: .e8m0, tileRows: tile.rows,
        tileColumns: tile.columns, columnCount: count, firstRow: type == .e2m1 ? 1 : 100)
    }
    return TensorView(
      name: "w", shape: Shape([rows, columns]), type: type, owner: OwnedBytes(bytes),
      range: 0..<bytes.count, scales: scales)
  }

  private static func product(
    _ backend: any Backend, _ view: TensorView, tokens: Int, use: WeightUse
  ) throws -> [Float] {
    let x = try backend.makeTensor(rows: tokens, columns: view.shape.columns)
    let y = try backend.makeTensor(rows: tokens, columns: view.shape.rows)
    backend.write(
      (0..<tokens * view.shape.columns).map { Float($0 * 61 % 127 - 63) / 64 }, to: x, row: 0)
    let weight = try backend.prepare(view, for: use)
    backend.multiply(x, rows: tokens, by: Projection(weight: weight, output: y))
    var output: [Float] = []
    backend.read(y, rows: 0..<tokens, into: &output)
    return output
  }

  private static func error(_ a: [Float], _ b: [Float]) -> Float {
    let size = (b.reduce(0) { $0 + $1 * $1 } / Float(b.count)).squareRoot()
    return (zip(a, b).map { abs($0 - $1) }.max() ?? 0) / size
  }

  @Test(arguments: types)
  func productsOfEveryTypeEqualTheReference(type: DataType) throws {
    for (rows, columns, tokens) in [(37, 512, 1), (16, 256, 13), (130, 256, 3)] {
      let view = Self.view(type, rows: rows, columns: columns)
      let expected = try Self.product(ReferenceBackend(), view, tokens: tokens, use: .product)
      for instructions in InstructionSet.allCases where instructions.isAvailable {
        let exact = try CPUBackend(precision: .exact, threads: 2, instructions: instructions)
        let fast = try CPUBackend(precision: .fast, threads: 2, instructions: instructions)
        let packed = try Self.product(exact, view, tokens: tokens, use: .product)
        #expect(Self.error(packed, expected) < Self.tolerance, "\(rows) rows")
        // The stored form gives the bits of the packed one.
        let stored = try Self.product(exact, view, tokens: tokens, use: [.product, .stored])
        #expect(stored == packed, "\(rows) rows, stored")
        let rounded = try Self.product(fast, view, tokens: tokens, use: .product)
        #expect(Self.error(rounded, expected) < Self.fastTolerance, "\(rows) rows, fast")
        #expect(
          try Self.product(fast, view, tokens: tokens, use: [.product, .stored]) == stored)
      }
    }
  }

  /// The packed types that have no encoder, with tokens enough for tiles of sixteen and groups enough for a panel.
  @Test(arguments: [DataType.q4_0, .q5_K, .mxfp4])
  func manyTokensGiveTheSameBitsOnAllVectorSets(type: DataType) throws {
    let view = Self.view(type, rows: 83, columns: 768)
    let expected = try Self.product(ReferenceBackend(), view, tokens: 37, use: .product)
    var first: [Float]?
    for instructions in InstructionSet.allCases where instructions.isAvailable {
      let backend = try CPUBackend(precision: .fast, threads: 1, instructions: instructions)
      let found = try Self.product(backend, view, tokens: 37, use: .product)
      #expect(Self.error(found, expected) < Self.fastTolerance, "\(instructions)")
      // Plain C has no fused multiply-adds.
      if instructions == .scalar { continue }
      #expect(found == first ?? found, "\(instructions)")
      first = found
    }
  }

  /// Rows of single elements need not be whole blocks of 32.
  @Test(arguments: [DataType.f32, .f16, .bf16, .e4m3])
  func oddRowsOfTheStoredFormEqualTheReference(type: DataType) throws {
    let view = Self.view(type, rows: 5, columns: 77)
    let expected = try Self.product(ReferenceBackend(), view, tokens: 2, use: .product)
    let backend = try CPUBackend(precision: .exact, threads: 1)
    let found = try Self.product(backend, view, tokens: 2, use: [.product, .stored])
    #expect(Self.error(found, expected) < Self.tolerance)
  }

  @Test func rowsOfAMatrixKeepTheirFactors() throws {
    for type in [DataType.e4m3, .e2m1] {
      let view = Self.view(type, rows: 130, columns: 256)
      let part = view.rows(40..<60)
      let whole = try #require(view.decoded())
      #expect(part.decoded() == Array(whole[40 * 256..<60 * 256]))
      let backend = try CPUBackend(precision: .exact, threads: 1)
      let expected = try Self.product(ReferenceBackend(), part, tokens: 1, use: .product)
      let found = try Self.product(backend, part, tokens: 1, use: .product)
      #expect(Self.error(found, expected) < Self.tolerance)
    }
  }

  /// More than one piece of what is packed at a time.
  @Test func aLargeMatrixIsPackedWhole() throws {
    let (rows, columns) = (20_001, 1024)
    let count = rows * columns / 32 * DataType.q8_0.blockBytes
    var bytes = [UInt8](repeating: 0x2c, count: count)
    for row in 0..<rows { bytes[row * (count / rows) + 2 + row % 7] = UInt8(row % 251) }
    let view = TensorView(
      name: "w", shape: Shape([rows, columns]), type: .q8_0, owner: OwnedBytes(bytes),
      range: 0..<count)
    let backend = try CPUBackend(precision: .exact, threads: 2)
    let whole = try Self.product(backend, view, tokens: 1, use: .product)
    for part in [0..<17, 15_400..<15_440, 19_990..<rows] {
      let alone = try Self.product(backend, view.rows(part), tokens: 1, use: .product)
      #expect(alone == Array(whole[part]))
    }
  }
}
