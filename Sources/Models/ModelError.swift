// Why a model cannot be built or run, and the one place where that becomes a sentence.

import Compute
package import Tensors

/// Why a model cannot be built from a checkpoint, or cannot take a batch.
package enum ModelError: Error, Equatable {
  /// No architecture of this name is known.
  case unknownArchitecture(name: String, known: [String])
  /// A configuration value is missing.
  case missingSetting(key: String)
  /// A configuration value is out of its range.
  case badSetting(key: String, value: String, expected: String)
  /// A tensor that the architecture needs is missing.
  case missingTensor(name: String)
  /// A tensor has another shape than the configuration says.
  case shapeMismatch(tensor: String, found: Shape, expected: Shape)
  /// A sequence would outgrow its cache.
  case cacheFull(capacity: Int, needed: Int)
  /// A cache is asked for that is longer than the model's context.
  case contextTooLong(limit: Int, asked: Int)
  /// Memory for a cache or for work space is not to be had.
  case outOfMemory(bytes: Int)
  /// A token id lies outside the vocabulary.
  case unknownToken(id: Int, vocabulary: Int)
  /// A weight is stored in a type that its place cannot use.
  case unsupportedType(tensor: String, type: String)
  /// The backend lacks something that was asked for.
  case backend(reason: String)

  /// Whether trying again can help: only where memory was short.
  package var isTransient: Bool {
    if case .outOfMemory = self { true } else { false }
  }

  /// Gives a backend's error this module's name.
  init(_ error: ComputeError) {
    switch error {
    case .outOfMemory(let bytes): self = .outOfMemory(bytes: bytes)
    case .unsupportedType(let tensor, let type):
      self = .unsupportedType(tensor: tensor, type: type.rawValue)
    default: self = .backend(reason: "\(error)")
    }
  }
}

// MARK: - Sentences

extension ModelError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unknownArchitecture(let name, let known):
      "the model's architecture '\(name)' is not supported; supported are "
        + known.joined(separator: ", ")
    case .missingSetting(let key):
      "the model file lacks the setting \(key)"
    case .badSetting(let key, let value, let expected):
      "the model file's setting \(key) is \(value), expected \(expected)"
    case .missingTensor(let name):
      "the model file lacks the tensor \(name)"
    case .shapeMismatch(let tensor, let found, let expected):
      "tensor \(tensor) has the shape \(found), expected \(expected)"
    case .cacheFull(let capacity, let needed):
      "a sequence needs \(needed) positions, but its cache has \(capacity)"
    case .contextTooLong(let limit, let asked):
      "\(asked) positions are asked for, but the model's context has \(limit)"
    case .outOfMemory(let bytes):
      "no memory for \(bytes) bytes; use a smaller model or fewer jobs at once"
    case .unknownToken(let id, let vocabulary):
      "token \(id) is not one of the model's \(vocabulary)"
    case .unsupportedType(let tensor, let type):
      "tensor \(tensor) is stored as \(type), which cannot be used there"
    case .backend(let reason): reason
    }
  }
}
