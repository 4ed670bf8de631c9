// Why a model file cannot be used, and the one place where that becomes a sentence.

import Tensors

/// What is wrong inside a model file.
package enum CheckpointFlaw: Error, Equatable {
  /// The bytes end before the header does.
  case truncated(offset: Int, needed: Int)
  /// The first bytes belong to no known format.
  case notACheckpoint
  /// The file was written for a machine with another byte order.
  case bigEndian
  /// The format's version is not known here.
  case unsupportedVersion(UInt32)
  /// A count or length is beyond its limit, or beyond what the remaining bytes can hold.
  case tooMany(what: String, count: UInt64, limit: Int)
  /// Bytes that should be text are not UTF-8.
  case notText(what: String, offset: Int)
  /// A key or tensor has no name.
  case emptyName(offset: Int)
  /// A name stands twice.
  case duplicate(name: String)
  /// A metadata value has a type that is not known or not allowed there.
  case unknownValueType(key: String, code: UInt32)
  /// A metadata value is not what it must be.
  case badValue(key: String, found: String, expected: String)
  /// A tensor's dimensions are not usable.
  case badShape(tensor: String, reason: String)
  /// A tensor is stored in a type that is not known here.
  case unsupportedType(tensor: String, type: String)
  /// A tensor begins at an offset that its alignment forbids.
  case misaligned(tensor: String, offset: UInt64, alignment: Int)
  /// A tensor reaches beyond the end of the file.
  case outOfFile(tensor: String, offset: UInt64, byteCount: Int, available: Int)
  /// A tensor's range has another size than its shape and type ask for.
  case wrongSize(tensor: String, found: UInt64, expected: Int)
  /// Two tensors share bytes.
  case overlap(tensor: String, other: String)
  /// The header is not the JSON it must be.
  case badHeader(reason: String)
}

/// Why a checkpoint cannot be opened.
package enum CheckpointError: Error, Equatable {
  /// The file cannot be read at all.
  case unreadable(file: String, reason: String)
  /// The file's content is not a usable checkpoint.
  case malformed(file: String, CheckpointFlaw)
  /// A safetensors file lacks the configuration that belongs beside it.
  case missingConfiguration(file: String)

  /// Whether trying again can help: never, the file has to change first.
  package var isTransient: Bool { false }
}

// MARK: - Sentences

extension CheckpointError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "model file \(file) cannot be read: \(reason)"
    case .malformed(let file, let flaw):
      "model file \(file) is not usable: \(flaw)"
    case .missingConfiguration(let file):
      "model file \(file) has no config.json beside it; a safetensors checkpoint needs one"
    }
  }
}

extension CheckpointFlaw: CustomStringConvertible {
  package var description: String {
    switch self {
    case .truncated(let offset, let needed):
      "it ends inside its header: \(needed) more bytes needed at offset \(offset);"
        + " the file is cut short, fetch it again"
    case .notACheckpoint:
      "it is neither GGUF nor safetensors"
    case .bigEndian:
      "it is a big-endian GGUF; convert it to little-endian"
    case .unsupportedVersion(let version):
      "it is GGUF version \(version); versions 2 and 3 are supported"
    case .tooMany(let what, let count, let limit):
      "it claims \(count) \(what), where at most \(limit) can be"
    case .notText(let what, let offset):
      "\(what) at offset \(offset) is not UTF-8 text"
    case .emptyName(let offset):
      "the name at offset \(offset) is empty"
    case .duplicate(let name):
      "\(shown(name)) stands twice"
    case .unknownValueType(let key, let code):
      "the value of \(shown(key)) has type \(code), which cannot stand there"
    case .badValue(let key, let found, let expected):
      "\(shown(key)) is \(shown(found)), expected \(expected)"
    case .badShape(let tensor, let reason):
      "tensor \(shown(tensor)): \(reason)"
    case .unsupportedType(let tensor, let type):
      "tensor \(shown(tensor)) is stored as \(shown(type)), which is not supported;"
        + " supported are \(Self.supported)"
    case .misaligned(let tensor, let offset, let alignment):
      "tensor \(shown(tensor)) begins at \(offset), which is no multiple of \(alignment)"
    case .outOfFile(let tensor, let offset, let byteCount, let available):
      "tensor \(shown(tensor)) takes \(byteCount) bytes from \(offset), but the file's data has"
        + " \(available); the file is cut short, fetch it again"
    case .wrongSize(let tensor, let found, let expected):
      "tensor \(shown(tensor)) takes \(found) bytes, but its shape and type ask for \(expected)"
    case .overlap(let tensor, let other):
      "tensors \(shown(tensor)) and \(shown(other)) share bytes"
    case .badHeader(let reason):
      "its header is wrong: \(reason)"
    }
  }

  /// The names of all supported storage types.
  private static var supported: String {
    DataType.allCases.map { $0.rawValue.replacing(/^[a-z]+/) { $0.output.uppercased() } }
      .joined(separator: ", ")
  }

  /// Shortens a hostile name and makes its control characters visible: one line stays one line.
  private func shown(_ name: String) -> String {
    var text = ""
    for scalar in name.unicodeScalars.prefix(100) {
      text += scalar.escaped(asASCII: false)
    }
    return "'\(text)\(name.unicodeScalars.count > 100 ? "…" : "")'"
  }
}
