// What a command says of itself: its words, operands and options. Parsing and help are made of it.

/// What a value on the command line must be.
enum ValueKind: Equatable {
  /// A file or folder.
  case path
  /// Any text.
  case text
  /// A whole number in a range.
  case number(ClosedRange<Int>)
  /// One of a few words.
  case choice([String])
}

/// One option of a command.
struct OptionSyntax {
  /// The name without its dashes.
  let name: String
  /// The placeholder and kind of its value, nil for a flag.
  let value: (placeholder: String, kind: ValueKind)?
  /// What it does, one or two sentences.
  let help: String
  /// What holds without it, nil for nothing worth saying.
  let standard: String?
  /// Whether the command cannot do without it.
  let isRequired: Bool
  /// Whether help pages leave it out.
  let isHidden: Bool
  /// The letter that may stand for the name, behind one dash.
  var short: String?

  /// Creates a flag.
  static func flag(_ name: String, _ help: String, isHidden: Bool = false) -> OptionSyntax {
    OptionSyntax(
      name: name, value: nil, help: help, standard: nil, isRequired: false, isHidden: isHidden)
  }

  /// Creates an option with a value.
  static func value(
    _ name: String, _ placeholder: String, _ kind: ValueKind, _ help: String,
    standard: String? = nil, isRequired: Bool = false, isHidden: Bool = false,
    short: String? = nil
  ) -> OptionSyntax {
    OptionSyntax(
      name: name, value: (placeholder, kind), help: help, standard: standard,
      isRequired: isRequired, isHidden: isHidden, short: short)
  }

  /// The option as it is typed, with its placeholder.
  var spelling: String {
    (short.map { "-" + $0 } ?? "--" + name) + (value.map { " " + $0.placeholder } ?? "")
  }
}

/// One operand of a command, or several of one kind at its end.
struct OperandSyntax {
  /// How many words it takes.
  enum Count: Equatable {
    case one
    case optional
    case oneOrMore
  }

  /// The placeholder.
  let name: String
  /// How many words it takes.
  let count: Count
  /// What it is.
  let help: String

  /// Creates an operand.
  init(_ name: String, _ count: Count, _ help: String) {
    self.name = name
    self.count = count
    self.help = help
  }

  /// The operand as the usage line shows it.
  var spelling: String {
    switch count {
    case .one: name
    case .optional: "[\(name)]"
    case .oneOrMore: name + "..."
    }
  }
}

/// All that the command line knows of one command.
struct CommandSyntax {
  /// The words that name it, such as `schema` and `check`.
  let words: [String]
  /// What it does, in half a line.
  let summary: String
  /// What else a person must know, one paragraph each.
  let notes: [String]
  /// What follows without dashes.
  let operands: [OperandSyntax]
  /// Its options, in the order of the help page.
  let options: [OptionSyntax]
  /// Command lines that work, each with a remark or none.
  let examples: [String]
  /// The exit statuses that it may end with.
  let statuses: [ExitStatus]
  /// Whether the list of all commands leaves it out.
  var isHidden = false

  /// The words with spaces between.
  var name: String { words.joined(separator: " ") }
}
