// A pattern as schemas write it, checked and parsed.

/// How strictly the text of a pattern is read.
package enum PatternSyntax: Hashable, Sendable {
  /// ECMA-262 with the flag `u`, and nothing else: what `"format": "regex"` asks for.
  case strict
  /// Also what real schemas hold and what can have one meaning only.
  ///
  /// That is: a backslash before any character that is neither an ASCII letter nor digit; `{`, `}`
  /// and `]` standing for themselves; a hyphen beside `\d` and the like in a class; a quantified
  /// look-ahead. Escapes of other dialects, such as `\A`, stay errors.
  case lenient
}

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
