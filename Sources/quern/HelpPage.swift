// Help pages, made of the commands' syntax alone, so that no option is left out.

/// A writer of help pages.
enum HelpPage {
  private static let width = 80
  private static let column = 24

  /// Returns the page of one command.
  static func page(for syntax: CommandSyntax) -> String {
    var lines = ["quern \(syntax.name): \(syntax.summary)", ""]
    lines += wrapped(usage(syntax), first: "Usage: ", rest: "         ")
    for note in syntax.notes {
      lines.append("")
      lines += wrapped(note.split(separator: " ").map(String.init), first: "", rest: "")
    }
    if !syntax.operands.isEmpty {
      lines += ["", "Operands:"]
      for operand in syntax.operands { lines += entry(operand.spelling, operand.help) }
    }
    lines += ["", "Options:"]
    for option in syntax.options where !option.isHidden {
      var help = option.help
      if option.isRequired { help += " Required." }
      if let standard = option.standard { help += " Default: \(standard)." }
      lines += entry(option.spelling, help)
    }
    lines += entry("--help", "Prints this page.")
    lines += ["", syntax.examples.count == 1 ? "Example:" : "Examples:"]
    lines += syntax.examples.map { "  " + $0 }
    lines += ["", "Exit status:"]
    for status in syntax.statuses + [.usage] { lines += statusEntry(status) }
    return lines.joined(separator: "\n")
  }

  /// Returns the page of the program, or of the commands that share a first word.
  static func overview(_ commands: [CommandSyntax], group: String? = nil) -> String {
    var lines: [String]
    if let group {
      lines = ["Usage: quern \(group) COMMAND ...", "", "Commands:"]
    } else {
      lines = [
        "quern grinds documents into records: a file in, one line of JSON out that satisfies a",
        "JSON Schema, written by a language model that runs on this machine. Nothing leaves it.",
        "", "Usage: quern COMMAND ...", "", "Commands:",
      ]
    }
    for command in commands where !command.isHidden {
      lines += entry(command.name, command.summary)
    }
    if group == nil {
      lines += ["", "Options:"]
      lines += entry("--version", "Prints the name and version of the program.")
      lines += entry("--help", "Prints this page; after a command, its own page.")
      lines += ["", "Example:", "  quern extract letter.txt --schema Schemas/contract.schema.json"]
      lines += ["", "Exit status:"]
      for status in ExitStatus.allCases { lines += statusEntry(status) }
    }
    return lines.joined(separator: "\n")
  }

  private static func usage(_ syntax: CommandSyntax) -> [String] {
    var parts = ["quern " + syntax.name] + syntax.operands.map(\.spelling)
    for option in syntax.options where !option.isHidden {
      parts.append(option.isRequired ? option.spelling : "[\(option.spelling)]")
    }
    return parts
  }

  private static func entry(_ head: String, _ help: String) -> [String] {
    let words = help.split(separator: " ").map(String.init)
    let indent = String(repeating: " ", count: column)
    let start = "  " + head
    if start.count + 2 > column {
      return [start] + wrapped(words, first: indent, rest: indent)
    }
    let padding = String(repeating: " ", count: column - start.count)
    return wrapped(words, first: start + padding, rest: indent)
  }

  private static func statusEntry(_ status: ExitStatus) -> [String] {
    let number = String(status.rawValue)
    let padding = String(repeating: " ", count: 4 - number.count)
    let words = status.meaning.split(separator: " ").map(String.init)
    return wrapped(words, first: "  " + number + padding, rest: "      ")
  }

  /// Fills lines with parts that stay whole.
  private static func wrapped(_ parts: [String], first: String, rest: String) -> [String] {
    var lines: [String] = []
    var line = first
    var isEmpty = true
    for part in parts {
      if !isEmpty && line.count + 1 + part.count > width {
        lines.append(line)
        (line, isEmpty) = (rest, true)
      }
      line += isEmpty ? part : " " + part
      isEmpty = false
    }
    return lines + [line]
  }
}
