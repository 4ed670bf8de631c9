// Why a model cannot be built or run.

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
  /// Memory for a cache or for work space is not to be had.
  case outOfMemory(bytes: Int)
  /// A token id lies outside the vocabulary.
  case unknownToken(id: Int, vocabulary: Int)
  /// A weight is stored in a type that its place cannot use.
  case unsupportedType(tensor: String, type: String)
}
