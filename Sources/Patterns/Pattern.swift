// A pattern as schemas write it, checked and parsed.

/// A regular expression of ECMA-262, read as with the flag `u`.
package struct Pattern: Hashable, Sendable {
  /// The text of the pattern.
  package let source: String
  /// What it means.
  package let tree: PatternTree

  /// Parses a pattern.
  ///
  /// - Throws: `PatternError`; `.unsupported` only where the pattern is one of ECMA-262 so far.
  package init(
    _ source: String, syntax: PatternSyntax = .lenient, limits: PatternLimits = PatternLimits()
  ) throws(PatternError) {
    var parser = PatternParser(source, syntax: syntax, limits: limits)
    self.source = source
    self.tree = try parser.parsePattern()
  }
}
