// Quantized formats seen as what they have in common: integer codes in groups, each group with a
// scale and, in some formats, an offset:
//
//     weight = scale * code + offset
//
// The exact decoder and the plain-Swift oracle of integer dot products both start from here.

/// One block of a quantized row, unpacked: codes, and a scale and an offset per group.
package struct UnpackedBlock: Sendable {
  /// The integer codes of all weights of the block, in row order.
  package var codes: [Int8]
  /// The factor of each group.
  package var scales: [Float]
  /// The summand of each group, zero where the format has none.
  package var offsets: [Float]

  /// Makes room for one block of a format.
  package init(for format: any GroupedFormat.Type) {
    let groups = format.dataType.blockElements / format.groupElements
    codes = [Int8](repeating: 0, count: format.dataType.blockElements)
    scales = [Float](repeating: 0, count: groups)
    offsets = [Float](repeating: 0, count: groups)
  }
}

/// A quantized format whose weights are integer codes scaled in groups.
package protocol GroupedFormat: BlockFormat {
  /// The number of neighboring weights that share a scale.
  static var groupElements: Int { get }
  /// Whether groups have an offset besides their scale.
  static var hasOffsets: Bool { get }

  /// Unpacks one block.
  ///
  /// - Parameters:
  ///   - bytes: Whole blocks.
  ///   - offset: Where the block begins in `bytes`.
  ///   - block: Made by `UnpackedBlock(for:)` for this format; overwritten.
  static func unpack(_ bytes: Span<UInt8>, at offset: Int, into block: inout UnpackedBlock)

  /// Rounds one block of weights.
  static func pack(
    _ values: Span<Float>, at first: Int, into bytes: inout MutableSpan<UInt8>, at offset: Int)
}

extension GroupedFormat {
  package static func decode(_ bytes: Span<UInt8>, into values: inout MutableSpan<Float>) {
    let blocks = blockCount(bytes: bytes.count, values: values.count)
    var block = UnpackedBlock(for: Self.self)
    var next = 0
    for index in 0..<blocks {
      unpack(bytes, at: index * dataType.blockBytes, into: &block)
      for element in block.codes.indices {
        let group = element / groupElements
        let product = block.scales[group] * Float(block.codes[element])
        values[next] = hasOffsets ? product + block.offsets[group] : product
        next += 1
      }
    }
  }

  package static func encode(_ values: Span<Float>, into bytes: inout MutableSpan<UInt8>) {
    for index in 0..<blockCount(bytes: bytes.count, values: values.count) {
      pack(
        values, at: index * dataType.blockElements, into: &bytes,
        at: index * dataType.blockBytes)
    }
  }
}
