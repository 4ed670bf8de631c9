// What the program calls itself, on its own page and towards others.

/// The name and version of the program.
enum ProgramVersion {
  /// The name.
  static let name = "quern"
  /// The version.
  static let number = "0.1.0"
  /// Both, as records carry them.
  static let text = name + "/" + number
}
