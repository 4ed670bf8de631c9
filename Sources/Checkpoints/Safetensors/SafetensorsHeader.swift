// The header of a safetensors file:
//
//   0  length of the header u64, little-endian
//   8  JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, …,
//             "__metadata__": {"key": "text"}}
//   then the data; offsets count from its start

import JSON
import Tensors

/// A parsed safetensors header.
struct SafetensorsHeader {
  /// The longest header; those of the largest known files have a few megabytes.
  static let byteLimit = 64 << 20
  /// The greatest number of dimensions.
  static let dimensionLimit = 8
  /// How deep the header's JSON is nested.
  static let depthLimit = 8

  let tensors: TensorTable
  /// The number of bytes before the data.
  let byteCount: Int

  /// Parses and checks a header.
  ///
  /// - Parameter bytes: The whole file.
  init(_ bytes: Span<UInt8>) throws(CheckpointFlaw) {
    var reader = ByteReader(end: bytes.count)
    let length = try reader.count(
      of: "header bytes", size: 1, limit: Self.byteLimit, bytes)
    let json = try reader.take(length)
    byteCount = reader.offset
    let available = bytes.count - byteCount

    let root = try Self.object(json.map { bytes[$0] })
    var tensors: [StoredTensor] = []
    for member in root.members where member.key != "__metadata__" {
      tensors.append(
        try Self.tensor(member.key, member.value, dataStart: byteCount, available: available))
    }
    self.tensors = try TensorTable(tensors)
  }

  /// Parses a JSON object from a header or a configuration.
  static func object(_ bytes: [UInt8]) throws(CheckpointFlaw) -> JSONObject {
    let value: JSONValue
    do throws(JSONError) {
      let limits = JSONLimits(depth: depthLimit, byteCount: byteLimit)
      value = try JSONValue.parse(bytes, limits: limits)
    } catch {
      throw .badHeader(reason: "\(error)")
    }
    guard let object = value.object else {
      throw .badHeader(reason: "it is a JSON \(value.typeName), not an object")
    }
    return object
  }

  private static func tensor(
    _ name: String, _ value: JSONValue, dataStart: Int, available: Int
  ) throws(CheckpointFlaw) -> StoredTensor {
    guard !name.isEmpty else { throw .emptyName(offset: 8) }
    guard let typeName = value["dtype"]?.string, let extents = value["shape"]?.array,
      let offsets = value["data_offsets"]?.array, offsets.count == 2
    else {
      throw .badHeader(reason: "tensor \(name) lacks dtype, shape or data_offsets")
    }
    let type = try DataTypeNames.safetensors(typeName, tensor: name)
    guard extents.count <= dimensionLimit else {
      throw .badShape(tensor: name, reason: "it has \(extents.count) dimensions")
    }
    var dimensions: [UInt64] = []
    for extent in extents { dimensions.append(try unsigned(extent, "the shape of \(name)")) }
    let (shape, byteCount) = try TensorTable.byteCount(dimensions, type: type, tensor: name)

    let begin = try unsigned(offsets[0], "an offset of \(name)")
    let end = try unsigned(offsets[1], "an offset of \(name)")
    guard begin <= end, end <= UInt64(available) else {
      throw .outOfFile(tensor: name, offset: begin, byteCount: byteCount, available: available)
    }
    guard end - begin == UInt64(byteCount) else {
      throw .wrongSize(tensor: name, found: end - begin, expected: byteCount)
    }
    let start = dataStart + Int(begin)
    return StoredTensor(name: name, shape: shape, type: type, range: start..<start + byteCount)
  }

  private static func unsigned(
    _ value: JSONValue, _ what: String
  ) throws(CheckpointFlaw) -> UInt64 {
    guard let number = value.int, number >= 0 else {
      throw .badHeader(reason: "\(what) is not a count")
    }
    return UInt64(number)
  }
}
