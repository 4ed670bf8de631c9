// What a pattern means, as a tree over Unicode scalars. The parser makes it; the matcher and the
// masks read it.
//
// Groups leave no trace: capturing, naming and laziness do not change which texts match. Two things
// of ECMA-262 look at a text from outside a regular language: a back-reference, which nobody here
// supports, and look-around, which keeps a language regular.

/// The syntax tree of a pattern.
///
/// A text matches a pattern if some part of it matches the tree: patterns are searched for, and only
/// `textStart` and `textEnd` bind them to the ends. The parser leaves out what changes nothing: no
/// sequence holds an empty sequence or has one part only, and nothing is repeated exactly once.
package indirect enum PatternTree: Hashable, Sendable {
  /// One scalar out of a set; an empty set matches nothing.
  case scalar(ScalarSet)
  /// All parts, one after the other; no parts match the empty text.
  case sequence([PatternTree])
  /// Any one of the branches, at least two; a branch may be empty.
  case alternation([PatternTree])
  /// A part, never the empty sequence, again and again: at least `min` times, at most `max` times if there is a maximum.
  case repetition(PatternTree, min: Int, max: Int?)
  /// A place, without consuming anything.
  case anchor(PatternAnchor)
  /// A place where a part does or does not match, without consuming anything.
  case lookAround(PatternTree, direction: PatternLookDirection, isPositive: Bool)
  /// The text that a capturing group matched last; groups are counted from one by their opening.
  case backReference(group: Int)

  /// The tree of the empty text.
  package static let empty = PatternTree.sequence([])
  /// The tree that matches nothing.
  package static let never = PatternTree.scalar(.none)
}

/// A condition on a place in a text, which depends on its neighbors alone.
package enum PatternAnchor: Hashable, Sendable {
  /// Before the first scalar; `^`.
  case textStart
  /// After the last scalar; `$`.
  case textEnd
  /// Between a scalar of `A-Z a-z 0-9 _` and something else; `\b`.
  case wordBoundary
  /// Anywhere else; `\B`.
  case noWordBoundary
}

/// The side of a place on which look-around looks.
package enum PatternLookDirection: Hashable, Sendable {
  /// The text that begins at the place; `(?=` and `(?!`.
  case ahead
  /// The text that ends at the place; `(?<=` and `(?<!`.
  case behind
}

extension PatternTree {
  /// The direct parts of a tree.
  package var parts: [PatternTree] {
    switch self {
    case .scalar, .anchor, .backReference: []
    case .sequence(let parts), .alternation(let parts): parts
    case .repetition(let part, _, _), .lookAround(let part, _, _): [part]
    }
  }

  /// Returns whether a tree or one of its parts, at any depth, satisfies a condition.
  package func contains(where condition: (PatternTree) -> Bool) -> Bool {
    condition(self) || parts.contains { $0.contains(where: condition) }
  }

  /// Whether a back-reference stands anywhere in the tree, so that its language may not be regular.
  package var hasBackReference: Bool {
    contains { if case .backReference = $0 { true } else { false } }
  }

  /// The number of nodes.
  package var nodeCount: Int { parts.reduce(1) { $0 + $1.nodeCount } }
}
