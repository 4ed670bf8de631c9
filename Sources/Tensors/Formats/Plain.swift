// Weights that are stored one by one: F32, F16 and BF16.

/// Little-endian 32-bit floats.
package enum F32Format: BlockFormat {
  package static var dataType: DataType { .f32 }

  package static func decode(_ bytes: Span<UInt8>, into values: inout MutableSpan<Float>) {
    for index in 0..<blockCount(bytes: bytes.count, values: values.count) {
      values[index] = Float(bitPattern: bytes.uint32(at: 4 * index))
    }
  }

  package static func encode(_ values: Span<Float>, into bytes: inout MutableSpan<UInt8>) {
    for index in 0..<blockCount(bytes: bytes.count, values: values.count) {
      bytes.store(values[index].bitPattern, at: 4 * index)
    }
  }
}

/// Little-endian IEEE halves.
package enum F16Format: BlockFormat {
  package static var dataType: DataType { .f16 }

  package static func decode(_ bytes: Span<UInt8>, into values: inout MutableSpan<Float>) {
    for index in 0..<blockCount(bytes: bytes.count, values: values.count) {
      values[index] = SmallFloats.f16(bytes.uint16(at: 2 * index))
    }
  }

  package static func encode(_ values: Span<Float>, into bytes: inout MutableSpan<UInt8>) {
    for index in 0..<blockCount(bytes: bytes.count, values: values.count) {
      bytes.store(SmallFloats.f16Bits(values[index]), at: 2 * index)
    }
  }
}

/// Little-endian upper halves of 32-bit floats.
package enum BF16Format: BlockFormat {
  package static var dataType: DataType { .bf16 }

  package static func decode(_ bytes: Span<UInt8>, into values: inout MutableSpan<Float>) {
    for index in 0..<blockCount(bytes: bytes.count, values: values.count) {
      values[index] = SmallFloats.bf16(bytes.uint16(at: 2 * index))
    }
  }

  package static func encode(_ values: Span<Float>, into bytes: inout MutableSpan<UInt8>) {
    for index in 0..<blockCount(bytes: bytes.count, values: values.count) {
      bytes.store(SmallFloats.bf16Bits(values[index]), at: 2 * index)
    }
  }
}
