// GGUF files made by hand, right or wrong in any place.

import Checkpoints
import Tensors

/// Writes the parts of a GGUF file, believing whatever it is told.
struct GGUFBytes {
  /// A tensor's entry and its data.
  struct Tensor {
    var name = "w"
    var dimensionCount: UInt32?
    /// Innermost first, as in the file.
    var dimensions: [UInt64] = [4, 2]
    var type: UInt32 = 0
    var offset: UInt64 = 0
  }

  var magic = Array("GGUF".utf8)
  var version: UInt32 = 3
  var tensorCount: UInt64?
  var settingCount: UInt64?
  /// Settings as key, type number and the value's bytes.
  var settings: [(key: String, type: UInt32, value: [UInt8])] = []
  var tensors: [Tensor] = []
  var alignment = 32
  /// The bytes behind the padding.
  var data: [UInt8] = []

  /// The whole file.
  var bytes: [UInt8] {
    var file = magic + Self.word(version)
    file += Self.word(tensorCount ?? UInt64(tensors.count))
    file += Self.word(settingCount ?? UInt64(settings.count))
    for setting in settings {
      file += Self.text(setting.key) + Self.word(setting.type) + setting.value
    }
    for tensor in tensors {
      file += Self.text(tensor.name)
      file += Self.word(tensor.dimensionCount ?? UInt32(tensor.dimensions.count))
      for dimension in tensor.dimensions { file += Self.word(dimension) }
      file += Self.word(tensor.type) + Self.word(tensor.offset)
    }
    file += [UInt8](repeating: 0, count: (alignment - file.count % alignment) % alignment)
    return file + data
  }

  /// A small file that uses every kind of value.
  static var sample: GGUFBytes {
    var file = GGUFBytes()
    file.settings = [
      ("general.architecture", 8, text("llama")),
      ("u8", 0, [200]), ("i8", 1, [0xFE]), ("u16", 2, [1, 2]), ("i16", 3, [0xFF, 0xFF]),
      ("u32", 4, word(UInt32(70_000))), ("i32", 5, word(UInt32(bitPattern: -5))),
      ("f32", 6, word(Float(1.5).bitPattern)), ("yes", 7, [1]),
      ("u64", 10, word(UInt64(1) << 40)), ("i64", 11, word(UInt64(bitPattern: -6))),
      ("f64", 12, word(Double(-0.25).bitPattern)),
      ("texts", 9, word(UInt32(8)) + word(UInt64(3)) + text("a") + text("") + text("löb")),
      ("numbers", 9, word(UInt32(5)) + word(UInt64(2)) + word(UInt32(7)) + word(~UInt32(0))),
      ("floats", 9, word(UInt32(6)) + word(UInt64(1)) + word(Float(0.5).bitPattern)),
    ]
    file.tensors = [
      Tensor(name: "first", dimensions: [4, 2], type: 0, offset: 0),
      Tensor(name: "second", dimensions: [32, 1], type: 8, offset: 32),
    ]
    file.data = F32Format.encoded([1, 2, 3, 4, 5, 6, 7, 8])
    file.data += Q8_0Format.encoded([Float](repeating: 1, count: 32))
    return file
  }

  static func word(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  static func word(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  static func text(_ text: String) -> [UInt8] { word(UInt64(text.utf8.count)) + Array(text.utf8) }
}

/// Opens bytes as a GGUF file.
func openGGUF(_ bytes: [UInt8]) throws(CheckpointError) -> GGUFCheckpoint {
  try GGUFCheckpoint(file: "m.gguf", owner: OwnedBytes(bytes))
}

/// Returns the flaw that opening reports, nil if the file opens.
func flaw(_ bytes: [UInt8]) -> CheckpointFlaw? {
  do throws(CheckpointError) {
    _ = try openGGUF(bytes)
    return nil
  } catch {
    guard case .malformed(_, let flaw) = error else { return nil }
    return flaw
  }
}
