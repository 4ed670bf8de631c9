// The header of a GGUF file, versions 2 and 3, little-endian:
//
//    0  "GGUF"
//    4  version u32
//    8  tensor count u64
//   16  metadata count u64
//   24  metadata: key text | type u32 | value        text: length u64 | bytes
//       an array value: element type u32 | count u64 | elements
//       tensors: name text | dimension count u32 | dimensions u64, innermost first
//                | type u32 | offset u64 from the start of the data
//       padding to `general.alignment`, then the data
//
// Nothing is believed: counts are compared with the bytes that remain before anything is made
// from them, offsets and sizes with the file.

import Tensors

/// A parsed GGUF header.
struct GGUFHeader {
  /// The longest key, as the format says.
  static let keyLimit = 65_535
  /// The longest tensor name; the reference reader stops at 63 bytes.
  static let nameLimit = 127
  /// The greatest number of settings.
  static let settingLimit = 65_536
  /// The greatest number of tensors; the largest known checkpoints have about 150 000.
  static let tensorLimit = 1 << 20
  /// The greatest number of dimensions, as the format says.
  static let dimensionLimit = 4
  /// The greatest alignment of the data.
  static let alignmentLimit = 1 << 16

  let metadata: Metadata
  let tensors: TensorTable
  /// The number of bytes before the padding in front of the data.
  let byteCount: Int

  /// Parses and checks a header.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - owner: The memory of `bytes`, for arrays that stay there.
  init(_ bytes: Span<UInt8>, owner: any ByteOwner) throws(CheckpointFlaw) {
    var reader = ByteReader(end: bytes.count)
    let magic = try reader.uint32(bytes)
    guard magic == 0x4655_4747 else { throw .notACheckpoint }
    let version = try reader.uint32(bytes)
    guard version == 2 || version == 3 else {
      throw version.byteSwapped == 2 || version.byteSwapped == 3
        ? .bigEndian : .unsupportedVersion(version)
    }
    // The smallest tensor entry has 33 bytes, the smallest setting 14.
    let tensorCount = try reader.count(of: "tensors", size: 33, limit: Self.tensorLimit, bytes)
    let settingCount = try reader.count(of: "settings", size: 14, limit: Self.settingLimit, bytes)

    var metadata = Metadata()
    for _ in 0..<settingCount {
      let key = try Self.name("a key", limit: Self.keyLimit, &reader, bytes)
      let type = try reader.uint32(bytes)
      let value = try Self.value(of: key, type: type, &reader, bytes, owner)
      guard metadata.add(value, for: key) else { throw .duplicate(name: key) }
    }
    let alignment = try Self.alignment(metadata)

    var described: [Description] = []
    for _ in 0..<tensorCount { described.append(try Description(&reader, bytes)) }

    byteCount = reader.offset
    let padding = (alignment - byteCount % alignment) % alignment
    // A file without tensors may end with its header.
    let dataStart = min(byteCount + padding, bytes.count)
    var tensors: [StoredTensor] = []
    tensors.reserveCapacity(described.count)
    for tensor in described {
      tensors.append(
        try tensor.placed(from: dataStart, fileSize: bytes.count, alignment: alignment))
    }
    self.metadata = metadata
    self.tensors = try TensorTable(tensors)
  }

  private static func name(
    _ what: String, limit: Int, _ reader: inout ByteReader, _ bytes: Span<UInt8>
  ) throws(CheckpointFlaw) -> String {
    let start = reader.offset
    let name = try reader.text(what, limit: limit, bytes)
    guard !name.isEmpty else { throw .emptyName(offset: start) }
    return name
  }

  private static func alignment(_ metadata: Metadata) throws(CheckpointFlaw) -> Int {
    let key = "general.alignment"
    guard let value = metadata[key] else { return 32 }
    guard case .unsigned(let number) = value, let alignment = Int(exactly: number),
      alignment > 0, alignment <= alignmentLimit, alignment & (alignment - 1) == 0
    else {
      throw .badValue(
        key: key, found: "\(value)", expected: "a power of two up to \(alignmentLimit)")
    }
    return alignment
  }
}

// MARK: - Values

extension GGUFHeader {
  private static func value(
    of key: String, type: UInt32, _ reader: inout ByteReader, _ bytes: Span<UInt8>,
    _ owner: any ByteOwner
  ) throws(CheckpointFlaw) -> MetadataValue {
    switch type {
    case 8: return .text(try reader.text("the value of \(key)", bytes))
    case 9: return try array(of: key, &reader, bytes, owner)
    default: break
    }
    let element = try element(type, key: key)
    let bits = try reader.number(element.byteCount, bytes)
    switch element {
    case .unsigned: return .unsigned(bits)
    case .signed(let size):
      let unused = UInt64(64 - 8 * size)
      return .signed(Int64(bitPattern: bits << unused) >> unused)
    case .float32: return .float(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
    case .float64: return .float(Double(bitPattern: bits))
    case .bool:
      guard bits < 2 else { throw .badValue(key: key, found: "\(bits)", expected: "0 or 1") }
      return .bool(bits == 1)
    }
  }

  private static func element(
    _ type: UInt32, key: String
  ) throws(CheckpointFlaw) -> NumberTable.Element {
    switch type {
    case 0: return .unsigned(byteCount: 1)
    case 1: return .signed(byteCount: 1)
    case 2: return .unsigned(byteCount: 2)
    case 3: return .signed(byteCount: 2)
    case 4: return .unsigned(byteCount: 4)
    case 5: return .signed(byteCount: 4)
    case 6: return .float32
    case 7: return .bool
    case 10: return .unsigned(byteCount: 8)
    case 11: return .signed(byteCount: 8)
    case 12: return .float64
    default: throw .unknownValueType(key: key, code: type)
    }
  }

  private static func array(
    of key: String, _ reader: inout ByteReader, _ bytes: Span<UInt8>, _ owner: any ByteOwner
  ) throws(CheckpointFlaw) -> MetadataValue {
    let type = try reader.uint32(bytes)
    if type == 8 {
      let count = try reader.count(of: "texts in \(key)", size: 8, bytes)
      var starts: [Int] = []
      starts.reserveCapacity(count + 1)
      for _ in 0..<count {
        let length = try reader.uint64(bytes)
        guard length <= UInt64(reader.remaining) else {
          throw .tooMany(what: "bytes in a text of \(key)", count: length, limit: reader.remaining)
        }
        starts.append(try reader.take(Int(length)).lowerBound)
      }
      starts.append(reader.offset + 8)
      return .texts(TextTable(owner: owner, starts: starts))
    }
    let element = try element(type, key: key)
    let count = try reader.count(of: "numbers in \(key)", size: element.byteCount, bytes)
    let range = try reader.take(count * element.byteCount)
    return .numbers(
      NumberTable(element: element, count: count, owner: owner, start: range.lowerBound))
  }
}

// MARK: - Tensors

extension GGUFHeader {
  /// A tensor's entry in the header, before the place of the data is known.
  private struct Description {
    let name: String
    let shape: Shape
    let type: DataType
    let byteCount: Int
    let offset: UInt64

    init(_ reader: inout ByteReader, _ bytes: Span<UInt8>) throws(CheckpointFlaw) {
      name = try GGUFHeader.name("a tensor name", limit: nameLimit, &reader, bytes)
      let dimensionCount = try reader.uint32(bytes)
      guard dimensionCount >= 1, dimensionCount <= dimensionLimit else {
        throw .badShape(tensor: name, reason: "it has \(dimensionCount) dimensions")
      }
      var dimensions: [UInt64] = []
      for _ in 0..<dimensionCount { dimensions.append(try reader.uint64(bytes)) }
      type = try DataTypeNames.gguf(try reader.uint32(bytes), tensor: name)
      (shape, byteCount) = try TensorTable.byteCount(
        dimensions.reversed(), type: type, tensor: name)
      offset = try reader.uint64(bytes)
    }

    func placed(
      from dataStart: Int, fileSize: Int, alignment: Int
    ) throws(CheckpointFlaw) -> StoredTensor {
      guard offset % UInt64(alignment) == 0 else {
        throw .misaligned(tensor: name, offset: offset, alignment: alignment)
      }
      let available = fileSize - dataStart
      guard offset <= UInt64(available), byteCount <= available - Int(offset) else {
        throw .outOfFile(
          tensor: name, offset: offset, byteCount: byteCount, available: available)
      }
      let start = dataStart + Int(offset)
      return StoredTensor(name: name, shape: shape, type: type, range: start..<start + byteCount)
    }
  }
}
