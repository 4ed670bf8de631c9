// One command line, taken apart by its command's syntax.

import Pipeline
import Posix

/// The operands and options of one call, checked against the syntax.
struct Invocation {
  /// The command's syntax.
  let syntax: CommandSyntax
  private var operands: [FilePath] = []
  private var flags: Set<String> = []
  private var values: [String: FilePath] = [:]

  /// Takes the words behind a command's name apart.
  ///
  /// - Throws: One line that says what is wrong, with the nearest right word.
  init(_ words: ArraySlice<FilePath>, syntax: CommandSyntax) throws(CommandFailure) {
    self.syntax = syntax
    var rest = words
    var onlyOperands = false
    while let word = rest.popFirst() {
      let text = word.text
      if onlyOperands || !text.hasPrefix("-") || text == "-" {
        operands.append(word)
      } else if text == "--" {
        onlyOperands = true
      } else {
        try take(option: word, rest: &rest)
      }
    }
    if asksForHelp { return }
    try checkOperands()
    for option in syntax.options where option.isRequired && values[option.name] == nil {
      throw wrong("\(option.spelling) is missing")
    }
  }

  /// Whether the help page is asked for.
  var asksForHelp: Bool { flags.contains("help") }

  /// Returns whether an option stands on the command line.
  func has(_ option: String) -> Bool {
    precondition(isKnown(option), "--\(option) stands in the command's syntax")
    return flags.contains(option) || values[option] != nil
  }

  /// Returns an option's value as text.
  func text(_ option: String) -> String? { path(option)?.text }

  /// Returns an option's value as the bytes that were typed.
  func path(_ option: String) -> FilePath? {
    precondition(isKnown(option), "--\(option) stands in the command's syntax")
    return values[option]
  }

  /// Returns an option's value as a number; its range was checked.
  func number(_ option: String) -> Int? { text(option).flatMap { Int($0) } }

  /// Returns the operand at a place, for operands that are there once.
  func operand(_ place: Int) -> FilePath {
    precondition(place < operands.count, "the command's syntax asks for this operand")
    return operands[place]
  }

  /// Returns the operand at a place as a folder: without the slashes that completion adds.
  func folder(_ place: Int) -> FilePath {
    var bytes = operand(place).bytes
    while bytes.count > 1 && bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    return FilePath(bytes: bytes)
  }

  /// Returns all operands from a place on.
  func operands(from place: Int) -> [FilePath] { Array(operands.dropFirst(place)) }

  /// Creates the failure for a combination that the syntax alone cannot forbid.
  func wrong(_ sentence: String) -> CommandFailure {
    CommandFailure(.usage, "\(sentence); see quern \(syntax.name) --help")
  }
}

extension Invocation {
  private static let help = OptionSyntax.flag("help", "Prints this page.")

  private func isKnown(_ option: String) -> Bool {
    syntax.options.contains { $0.name == option }
  }

  private mutating func take(
    option word: FilePath, rest: inout ArraySlice<FilePath>
  ) throws(CommandFailure) {
    let equals = UInt8(ascii: "=")
    let head = FilePath(bytes: word.bytes.prefix { $0 != equals }).text
    let attached =
      word.bytes.firstIndex(of: equals).map { FilePath(bytes: word.bytes[($0 + 1)...]) }
    if head == "-h" || head == "--help" {
      flags.insert("help")
      return
    }
    guard
      let option = syntax.options.first(where: {
        "--" + $0.name == head || $0.short.map { "-" + $0 } == head
      })
    else {
      let known = syntax.options.filter { !$0.isHidden }.map { "--" + $0.name } + ["--help"]
      let typed = head.hasPrefix("--") ? head : "-" + head
      throw CommandFailure(
        .usage,
        "quern \(syntax.name) has no option \(head)"
          + NearestWord.hint(typed, in: known, otherwise: "; see quern \(syntax.name) --help"))
    }
    guard let value = option.value else {
      if attached != nil { throw wrong("--\(option.name) takes no value") }
      flags.insert(option.name)
      return
    }
    if values[option.name] != nil { throw wrong("--\(option.name) stands there twice") }
    let next = rest.first.flatMap { $0.text.hasPrefix("--") ? nil : $0 }
    guard let taken = attached ?? next, !taken.bytes.isEmpty else {
      throw wrong("--\(option.name) needs a value: \(option.spelling)")
    }
    if attached == nil { rest.removeFirst() }
    try check(taken.text, of: option.name, value.kind)
    values[option.name] = taken
  }

  private func check(
    _ text: String, of option: String, _ kind: ValueKind
  ) throws(CommandFailure) {
    switch kind {
    case .path, .text: break
    case .number(let range):
      guard let number = Int(text), range.contains(number) else {
        let bounds =
          range.upperBound == .max
          ? "of at least \(range.lowerBound)"
          : "from \(range.lowerBound) to \(range.upperBound)"
        throw wrong("--\(option) needs a whole number \(bounds), not '\(text)'")
      }
    case .choice(let words):
      guard words.contains(text) else {
        throw CommandFailure(
          .usage,
          "--\(option) is one of \(words.joined(separator: ", ")), not '\(text)'"
            + NearestWord.hint(text, in: words, otherwise: ""))
      }
    }
  }

  private func checkOperands() throws(CommandFailure) {
    var taken = 0
    for operand in syntax.operands {
      let isThere = taken < operands.count
      switch operand.count {
      case .one, .oneOrMore:
        guard isThere else { throw wrong("quern \(syntax.name) needs \(operand.spelling)") }
        taken = operand.count == .one ? taken + 1 : operands.count
      case .optional: taken += isThere ? 1 : 0
      }
    }
    guard taken == operands.count else {
      throw wrong("quern \(syntax.name) does not know what to do with '\(operands[taken].text)'")
    }
  }
}
