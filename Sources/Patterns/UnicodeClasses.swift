// Sets of scalars by the names that patterns give them: \p{...} and the class escapes.

/// Named sets of Unicode scalars, Unicode 17.0.
package enum UnicodeClasses {
  /// The set of `\d`: ASCII digits.
  package static let digit = ScalarSet([0x30...0x39])
  /// The set of `\w`: ASCII letters, digits and the underscore.
  package static let word = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
  /// The set of `\s`: WhiteSpace and LineTerminator of ECMA-262.
  package static let space = ScalarSet([
    0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029,
    0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
  ])
  /// The scalars at which `.` stops: LineTerminator of ECMA-262.
  package static let lineTerminator = ScalarSet([0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029])

  /// Returns the set of a property, or nil where ECMA-262 knows no such property.
  ///
  /// - Parameter expression: What stands between the braces of `\p{...}`: a general category or a
  ///   binary property, or `gc=`, `sc=` or `scx=` (or their long names) and a value. Case matters.
  package static func property(_ expression: String) -> ScalarSet? {
    guard let equals = expression.firstIndex(of: "=") else {
      return category(expression) ?? binary(expression)
    }
    let value = String(expression[expression.index(after: equals)...])
    switch expression[..<equals] {
    case "General_Category", "gc": return category(value)
    case "Script", "sc": return script(value)
    case "Script_Extensions", "scx": return scriptExtensions(value)
    default: return nil
    }
  }

  // MARK: - Kinds of properties

  /// Returns the set of a general category by its short or long name.
  private static func category(_ name: String) -> ScalarSet? {
    guard let short = categoryShortName(name) else { return nil }
    let wanted = short == "LC" ? ["Lu", "Ll", "Lt"] : [short]
    return ScalarSet(
      categories.flatMap { entry in
        wanted.contains { entry.name.hasPrefix($0) } ? entry.ranges : []
      })
  }

  /// The ranges of each general category, read once: 3,300 runs take a millisecond.
  private static let categories: [(name: String, ranges: [ClosedRange<UInt32>])] = {
    let names = UnicodeTables.categoryNames.split(separator: " ").map { String($0) }
    var ranges = [[ClosedRange<UInt32>]](repeating: [], count: names.count)
    PackedRanges.forEachRun(UnicodeTables.categories) { range, value in
      if value < ranges.count { ranges[value].append(range) }
    }
    return zip(names, ranges).map { ($0, $1) }
  }()

  /// Returns the short name of a general category; `Cs` exists and has no members among scalars.
  private static func categoryShortName(_ name: String) -> String? {
    for row in categoryAliases.split(separator: " ") {
      let names = row.split(separator: "/")
      if names.contains(Substring(name)), let short = names.first { return String(short) }
    }
    return nil
  }

  private static func script(_ name: String) -> ScalarSet? {
    guard let (index, _) = scriptIndex(name) else { return nil }
    return ScalarSet(PackedRanges.runs(UnicodeTables.scripts) { $0 == index })
  }

  private static func scriptExtensions(_ name: String) -> ScalarSet? {
    guard let (_, short) = scriptIndex(name) else { return nil }
    if let row = UnicodeTables.scriptExtensions.first(where: { $0.names == short }) {
      return ScalarSet(PackedRanges.ranges(row.ranges))
    }
    return script(name)
  }

  private static func scriptIndex(_ name: String) -> (index: Int, short: String)? {
    for (index, row) in UnicodeTables.scriptNames.split(separator: " ").enumerated() {
      let names = row.split(separator: "/")
      if names.contains(Substring(name)), let short = names.first { return (index, String(short)) }
    }
    return nil
  }

  private static func binary(_ name: String) -> ScalarSet? {
    switch name {
    case "Any": return .all
    case "ASCII": return ScalarSet([0...0x7F])
    case "Assigned": return category("Cn")?.complement
    default: break
    }
    for row in UnicodeTables.binary
    where row.names.split(separator: "/").contains(Substring(name)) {
      return ScalarSet(PackedRanges.ranges(row.ranges))
    }
    return nil
  }

  /// Aliases of General_Category as ECMA-262 lists them, the short name first.
  private static let categoryAliases = """
    LC/Cased_Letter Pe/Close_Punctuation Pc/Connector_Punctuation Cc/Control/cntrl Sc/Currency_Symbol \
    Pd/Dash_Punctuation Nd/Decimal_Number/digit Me/Enclosing_Mark Pf/Final_Punctuation Cf/Format \
    Pi/Initial_Punctuation L/Letter Nl/Letter_Number Zl/Line_Separator Ll/Lowercase_Letter \
    M/Mark/Combining_Mark Sm/Math_Symbol Lm/Modifier_Letter Sk/Modifier_Symbol Mn/Nonspacing_Mark \
    N/Number Ps/Open_Punctuation C/Other Lo/Other_Letter No/Other_Number Po/Other_Punctuation \
    So/Other_Symbol Zp/Paragraph_Separator Co/Private_Use P/Punctuation/punct Z/Separator \
    Zs/Space_Separator Mc/Spacing_Mark Cs/Surrogate S/Symbol Lt/Titlecase_Letter Cn/Unassigned \
    Lu/Uppercase_Letter
    """
}
