// The index of a safetensors checkpoint in several files:
//
//   {"metadata": {…}, "weight_map": {"layers.0.attn_norm.weight": "model-00001-of-00046.safetensors", …}}

import JSON

/// A parsed model.safetensors.index.json.
struct SafetensorsIndex {
  /// The longest index; that of the largest known checkpoint has about ten megabytes.
  static let byteLimit = 64 << 20
  /// The greatest number of files.
  static let fileLimit = 4096

  /// The files, in the order of their names.
  let files: [String]
  /// The file of each tensor.
  let fileOf: [String: String]

  /// Parses and checks an index.
  init(_ bytes: [UInt8]) throws(CheckpointFlaw) {
    let root = try SafetensorsHeader.object(bytes)
    guard let map = root.members.first(where: { $0.key == "weight_map" })?.value.object else {
      throw .badHeader(reason: "it has no weight_map")
    }
    var fileOf: [String: String] = [:]
    for member in map.members {
      guard let file = member.value.string, Self.isPlain(file) else {
        throw .badHeader(reason: "the file of \(member.key) is not a name in the same folder")
      }
      fileOf[member.key] = file
    }
    let files = Set(fileOf.values)
    guard files.count <= Self.fileLimit else {
      throw .tooMany(what: "files", count: UInt64(files.count), limit: Self.fileLimit)
    }
    guard !files.isEmpty else { throw .badHeader(reason: "its weight_map is empty") }
    self.files = files.sorted()
    self.fileOf = fileOf
  }

  /// Whether a name stays in its folder.
  private static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && name.utf8.count <= 255
      && name.utf8.allSatisfy { $0 != 0x2F && $0 != 0 }
  }
}
