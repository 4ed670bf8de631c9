// The program's command line: the table of commands, and the way from words to one of them.

import Pipeline
import Posix

/// What a command line asks for.
enum Arguments {
  /// The commands in the order in which the help page names them.
  static var commands: [any Command.Type] {
    [
      ExtractCommand.self, ClassifyCommand.self, InitCommand.self, SubmitCommand.self,
      RunCommand.self, StatusCommand.self, WhyCommand.self, ReportCommand.self,
      ExportCommand.self, SchemaCheckCommand.self,
      ModelCheckCommand.self, ModelInspectCommand.self, PlanCommand.self, DoctorCommand.self,
      MaskBenchCommand.self,
    ]
  }

  /// Runs the command that the words ask for.
  ///
  /// - Parameter words: The words behind the program's name.
  static func run(_ words: [FilePath]) throws(CommandFailure) -> ExitStatus {
    guard let first = words.first?.text else {
      throw CommandFailure(.usage, "which command? See quern --help")
    }
    switch first {
    case "--help", "-h": return try show(HelpPage.overview(syntaxes))
    case "--version": return try show(ProgramVersion.text)
    case "help": return try help(words.dropFirst().map(\.text))
    default: break
    }
    if words.count == 2 && ["--help", "-h"].contains(words[1].text) {
      return try help([first])
    }
    let command = try find(words.map(\.text))
    let rest = words.dropFirst(command.syntax.words.count)
    let invocation = try Invocation(rest, syntax: command.syntax)
    if invocation.asksForHelp { return try show(HelpPage.page(for: command.syntax)) }
    return try command.run(invocation)
  }

  /// The words of this process's command line behind the program's name, byte by byte.
  static var ofThisProcess: [FilePath] {
    // `CommandLine` repairs names that are not UTF-8, which then name no file.
    let limit = 1 << 24
    guard let bytes = try? readFile("/proc/self/cmdline", limit: limit), bytes.last == 0 else {
      return CommandLine.arguments.dropFirst().map { FilePath($0) }
    }
    return bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false).dropFirst()
      .map { FilePath(bytes: $0) }
  }
}

extension Arguments {
  private static var syntaxes: [CommandSyntax] { commands.map { $0.syntax } }

  private static func show(_ text: String) throws(CommandFailure) -> ExitStatus {
    try Output.line(text)
    return .done
  }

  private static func help(_ words: [String]) throws(CommandFailure) -> ExitStatus {
    guard let first = words.first else { return try show(HelpPage.overview(syntaxes)) }
    let group = syntaxes.filter { $0.words.count > 1 && $0.words.first == first }
    if words.count == 1 && !group.isEmpty {
      return try show(HelpPage.overview(group, group: first))
    }
    return try show(HelpPage.page(for: find(words).syntax))
  }

  /// Returns the command that the first words name.
  private static func find(_ words: [String]) throws(CommandFailure) -> any Command.Type {
    guard let first = words.first else {
      throw CommandFailure(.usage, "which command? See quern --help")
    }
    if let command = commands.first(where: { $0.syntax.words == [first] }) { return command }
    let group = commands.filter { $0.syntax.words.count > 1 && $0.syntax.words.first == first }
    guard !group.isEmpty else {
      let known = syntaxes.filter { !$0.isHidden }.map { $0.words[0] }
      throw CommandFailure(
        .usage,
        "there is no command '\(first)'"
          + NearestWord.hint(first, in: known, otherwise: "; see quern --help"))
    }
    let seconds = group.map { $0.syntax.words[1] }
    guard words.count > 1, !words[1].hasPrefix("-") else {
      throw CommandFailure(
        .usage,
        "quern \(first) is followed by \(seconds.joined(separator: " or ")); see quern help \(first)"
      )
    }
    guard let command = group.first(where: { $0.syntax.words[1] == words[1] }) else {
      let hint = NearestWord.hint(words[1], in: seconds, otherwise: "; see quern help \(first)")
      throw CommandFailure(.usage, "there is no command '\(first) \(words[1])'" + hint)
    }
    return command
  }
}
