// What the program calls itself, on its own page and towards others.

import Extraction

/// The name and version of the program.
enum ProgramVersion {
  /// Name and version, as records carry them.
  static let text = engineName
  /// The name.
  static let name = String(text.prefix { $0 != "/" })
  /// The version.
  static let number = String(text.dropFirst(name.count + 1))
}
