// What a parser and a matcher of patterns accept.

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

/// How large a pattern may be; each limit is counted, so that its error is the same everywhere.
package struct PatternLimits: Hashable, Sendable {
  /// The greatest number of scalars in a pattern.
  package var length: Int
  /// The greatest nesting of groups.
  package var nesting: Int
  /// The greatest bound of one repetition.
  package var repetitions: Int
  /// The greatest number of ranges in all classes together.
  package var classRanges: Int
  /// The greatest number of look-arounds.
  package var lookArounds: Int
  /// The greatest number of states of a matcher; a repetition counts its part as often as it may occur.
  package var states: Int

  /// Creates limits.
  package init(
    length: Int = 65_536, nesting: Int = 200, repetitions: Int = 1_000_000,
    classRanges: Int = 500_000, lookArounds: Int = 256, states: Int = 200_000
  ) {
    self.length = length
    self.nesting = nesting
    self.repetitions = repetitions
    self.classRanges = classRanges
    self.lookArounds = lookArounds
    self.states = states
  }
}
