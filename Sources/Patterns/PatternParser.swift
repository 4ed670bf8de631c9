// The grammar of ECMA-262, section 22.2.1, with the flag u, as a recursive descent:
//
//   disjunction  alternative ("|" alternative)*
//   alternative  term*
//   term         assertion | atom quantifier?
//   assertion    ^  $  \b  \B  (?=…)  (?!…)  (?<=…)  (?<!…)
//   atom         .  character  \escape  [class]  (…)  (?:…)  (?<name>…)
//   quantifier   *  +  ?  {n}  {n,}  {n,m}, each with an optional "?"
//
// Total: any text gives a tree or an error, in linear time and bounded depth. Escapes and classes
// are read in PatternParser+Classes.swift.

/// A reader of one pattern that keeps its place.
struct PatternParser {
  let scalars: [Unicode.Scalar]
  let syntax: PatternSyntax
  let limits: PatternLimits
  /// The index of the next scalar.
  var at = 0
  /// Ranges of all classes so far.
  var rangeCount = 0
  /// Sets of `\p{...}` that were met, by what stands between the braces.
  var properties: [String: ScalarSet] = [:]
  private var groups = GroupNames()

  init(_ source: String, syntax: PatternSyntax, limits: PatternLimits) {
    self.scalars = Array(source.unicodeScalars)
    self.syntax = syntax
    self.limits = limits
  }

  /// Reads the whole pattern.
  mutating func parsePattern() throws(PatternError) -> PatternTree {
    guard scalars.count <= limits.length else {
      throw .tooLong(count: scalars.count, limit: limits.length)
    }
    groups = try countGroups()
    let tree = try parseDisjunction(depth: 0)
    guard at == scalars.count else { throw syntaxError("unmatched )") }
    return tree
  }

  // MARK: - Reading

  /// The next scalar, if there is one.
  var next: Unicode.Scalar? { at < scalars.count ? scalars[at] : nil }

  /// Steps over a text if it stands at the place.
  mutating func take(_ text: String) -> Bool {
    let wanted = text.unicodeScalars
    guard at + wanted.count <= scalars.count, scalars[at..<at + wanted.count].elementsEqual(wanted)
    else { return false }
    at += wanted.count
    return true
  }

  /// Returns an error at the place, or at another.
  func syntaxError(_ reason: String, at place: Int? = nil) -> PatternError {
    .syntax(offset: place ?? at, reason: reason)
  }

  // MARK: - Structure

  private mutating func parseDisjunction(depth: Int) throws(PatternError) -> PatternTree {
    guard depth <= limits.nesting else { throw .tooDeep(offset: at, limit: limits.nesting) }
    var branches = [try parseAlternative(depth: depth)]
    while take("|") { branches.append(try parseAlternative(depth: depth)) }
    return branches.count == 1 ? branches[0] : .alternation(branches)
  }

  private mutating func parseAlternative(depth: Int) throws(PatternError) -> PatternTree {
    var terms: [PatternTree] = []
    while let first = next, first != "|", first != ")" {
      let (atom, isQuantifiable) = try parseTerm(first, depth: depth)
      let start = at
      let quantifier = try parseQuantifier()
      if quantifier != nil, !isQuantifiable { throw syntaxError("nothing to repeat", at: start) }
      // What changes nothing leaves no node, so that work is bounded by nodes that matter.
      if atom == .empty || quantifier?.max == 0 { continue }
      if let (min, max) = quantifier, (min, max) != (1, 1) {
        terms.append(.repetition(atom, min: min, max: max))
      } else {
        terms.append(atom)
      }
    }
    return terms.count == 1 ? terms[0] : .sequence(terms)
  }

  private mutating func parseTerm(
    _ first: Unicode.Scalar, depth: Int
  ) throws(PatternError) -> (PatternTree, isQuantifiable: Bool) {
    let start = at
    at += 1
    switch first {
    case "^": return (.anchor(.textStart), false)
    case "$": return (.anchor(.textEnd), false)
    case "(": return try parseGroup(depth: depth)
    case ".": return (.scalar(UnicodeClasses.lineTerminator.complement), true)
    case "[": return (.scalar(try parseClass()), true)
    case "\\": return try parseAtomEscape()
    case "*", "+", "?": throw syntaxError("nothing to repeat", at: start)
    case "{":
      at = start
      let isQuantifier = try parseQuantifier() != nil
      if isQuantifier || syntax == .strict { throw syntaxError("nothing to repeat", at: start) }
      at = start + 1
      return (.scalar(ScalarSet(first)), true)
    case "}", "]":
      if syntax == .strict { throw syntaxError("unmatched \(first)", at: start) }
      return (.scalar(ScalarSet(first)), true)
    default: return (.scalar(ScalarSet(first)), true)
    }
  }

  /// Reads what follows an opening parenthesis.
  private mutating func parseGroup(
    depth: Int
  ) throws(PatternError) -> (PatternTree, isQuantifiable: Bool) {
    let start = at - 1
    var look: (direction: PatternLookDirection, isPositive: Bool)?
    if take("?=") {
      look = (.ahead, true)
    } else if take("?!") {
      look = (.ahead, false)
    } else if take("?<=") {
      look = (.behind, true)
    } else if take("?<!") {
      look = (.behind, false)
    } else if take("?<") {
      _ = try parseGroupName()
    } else if next == "?", !take("?:") {
      if try takeModifiers() { throw .unsupported(feature: "a group with flags, (?i:…),") }
      throw syntaxError("unknown kind of group", at: start)
    }
    let body = try parseDisjunction(depth: depth + 1)
    guard take(")") else { throw syntaxError("group without an end", at: start) }
    guard let look else { return (body, true) }
    let tree = PatternTree.lookAround(
      body, direction: look.direction, isPositive: look.isPositive)
    return (tree, look.direction == .ahead && syntax == .lenient)
  }

  /// Steps over `?ims-ims:` if it stands at the place with each flag at most once.
  private mutating func takeModifiers() throws(PatternError) -> Bool {
    let start = at
    at += 1
    var seen: Set<Unicode.Scalar> = []
    var dashes = 0
    while let flag = next, flag != ":" {
      if flag == "-" {
        dashes += 1
      } else if !("ims".unicodeScalars.contains(flag) && seen.insert(flag).inserted) {
        break
      }
      at += 1
    }
    if next == ":", dashes <= 1, !seen.isEmpty { return true }
    at = start
    return false
  }

  // MARK: - Quantifiers

  /// Reads a quantifier if one stands at the place.
  private mutating func parseQuantifier() throws(PatternError) -> (min: Int, max: Int?)? {
    let start = at
    let bounds: (min: Int, max: Int?)
    if take("*") {
      bounds = (0, nil)
    } else if take("+") {
      bounds = (1, nil)
    } else if take("?") {
      bounds = (0, 1)
    } else if take("{") {
      guard let counted = try parseCounts(from: start) else { return nil }
      bounds = counted
    } else {
      return nil
    }
    _ = take("?")
    return bounds
  }

  /// Reads `n}`, `n,}` or `n,m}`; without a match the place stays where it was before the brace.
  private mutating func parseCounts(from start: Int) throws(PatternError) -> (min: Int, max: Int?)?
  {
    let low = parseCount()
    let hasComma = take(",")
    let high = hasComma ? parseCount() : low
    guard take("}"), low != nil || high != nil else {
      if syntax == .strict { throw syntaxError("a brace that is no quantifier", at: start) }
      at = start
      return nil
    }
    guard let low else {
      throw syntaxError("a quantifier without a lower bound; write {0,…}", at: start)
    }
    for bound in [low, high ?? 0] where bound > limits.repetitions {
      throw .tooManyRepetitions(offset: start, limit: limits.repetitions)
    }
    if let high, high < low { throw syntaxError("bounds out of order", at: start) }
    return (low, high)
  }

  /// Reads digits; a number beyond all limits stays beyond them.
  private mutating func parseCount() -> Int? {
    let start = at
    var value = 0
    while let digit = next, digit >= "0", digit <= "9" {
      value = min(value * 10 + Int(digit.value - 0x30), 1 << 50)
      at += 1
    }
    return at > start ? value : nil
  }

  // MARK: - Groups

  /// Capturing groups of a pattern.
  private struct GroupNames {
    var count = 0
    var numbers: [String: Int] = [:]
  }

  /// Counts the capturing groups, which may be referred to before they open.
  private func countGroups() throws(PatternError) -> GroupNames {
    var found = GroupNames()
    var reader = self
    var isInClass = false
    while let scalar = reader.next {
      reader.at += 1
      switch scalar {
      case "\\": reader.at = min(reader.at + 1, scalars.count)
      case "[": isInClass = true
      case "]": isInClass = false
      case "(" where !isInClass:
        if reader.next != "?" {
          found.count += 1
        } else if !reader.take("?<="), !reader.take("?<!"), reader.take("?<") {
          found.count += 1
          let start = reader.at
          let name = try reader.parseGroupName()
          guard found.numbers.updateValue(found.count, forKey: name) == nil else {
            throw syntaxError("two groups of one name", at: start)
          }
        }
      default: break
      }
    }
    return found
  }

  /// Reads a group's name and the `>` after it.
  private mutating func parseGroupName() throws(PatternError) -> String {
    let start = at
    var name = String.UnicodeScalarView()
    while let scalar = next, scalar != ">" {
      at += 1
      var character = scalar
      if scalar == "\\" {
        guard take("u"), let code = try parseUnicodeEscape(), let escaped = Unicode.Scalar(code)
        else { throw syntaxError("bad group name", at: start) }
        character = escaped
      }
      let isAllowed =
        character == "$" || character == "_"
        || (name.isEmpty
          ? character.properties.isIDStart
          : character.properties.isIDContinue || character == "\u{200C}" || character == "\u{200D}")
      guard isAllowed else { throw syntaxError("bad group name", at: start) }
      name.append(character)
    }
    guard !name.isEmpty, take(">") else { throw syntaxError("bad group name", at: start) }
    return String(name)
  }

  /// Reads the rest of `\k<name>`.
  mutating func parseNamedReference() throws(PatternError) -> PatternTree {
    let start = at
    guard take("<"), let number = groups.numbers[try parseGroupName()] else {
      throw syntaxError("a reference to a group that does not exist", at: start)
    }
    return .backReference(group: number)
  }

  /// Reads the digits of a reference such as `\1`.
  mutating func parseNumberedReference() throws(PatternError) -> PatternTree {
    let start = at
    guard let number = parseCount(), number <= groups.count else {
      throw syntaxError("a reference to a group that does not exist", at: start)
    }
    return .backReference(group: number)
  }
}
