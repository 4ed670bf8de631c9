// What a weight format is: a layout and a decoder in plain Swift, for most formats an encoder too.
//
// These are the oracles: kernels are measured against them and tests write fixtures with them.
// A call converts a whole row, never one element.

/// A storage format of weights in blocks of fixed size.
package protocol WeightDecoder {
  /// The type whose block sizes this format fills.
  static var dataType: DataType { get }

  /// Converts whole blocks to floats.
  ///
  /// - Precondition: `bytes` are whole blocks and `values` has exactly their elements.
  static func decode(_ bytes: Span<UInt8>, into values: inout MutableSpan<Float>)
}

/// A format that can be written too.
package protocol BlockFormat: WeightDecoder {
  /// Rounds floats into whole blocks.
  ///
  /// - Precondition: `values` fill whole blocks and `bytes` has exactly their size.
  static func encode(_ values: Span<Float>, into bytes: inout MutableSpan<UInt8>)
}

extension WeightDecoder {
  /// Checks that bytes and values are as many as whole blocks ask for, and returns the blocks.
  static func blockCount(bytes: Int, values: Int) -> Int {
    let blocks = bytes / dataType.blockBytes
    precondition(
      blocks * dataType.blockBytes == bytes && blocks * dataType.blockElements == values,
      "bytes and values are the same whole blocks")
    return blocks
  }
}

extension Span<UInt8> {
  /// Reads a little-endian 16-bit number.
  func uint16(at offset: Int) -> UInt16 { UInt16(self[offset]) | UInt16(self[offset + 1]) << 8 }

  /// Reads a little-endian 32-bit number.
  func uint32(at offset: Int) -> UInt32 {
    UInt32(uint16(at: offset)) | UInt32(uint16(at: offset + 2)) << 16
  }
}

extension MutableSpan<UInt8> {
  /// Writes a little-endian 16-bit number.
  mutating func store(_ value: UInt16, at offset: Int) {
    self[offset] = UInt8(truncatingIfNeeded: value)
    self[offset + 1] = UInt8(truncatingIfNeeded: value >> 8)
  }

  /// Writes a little-endian 32-bit number.
  mutating func store(_ value: UInt32, at offset: Int) {
    store(UInt16(truncatingIfNeeded: value), at: offset)
    store(UInt16(truncatingIfNeeded: value >> 16), at: offset + 2)
  }
}
