import Posix
import TestSupport
import Testing

/// A command line that is wrong, and what its one line must say.
struct BadUsage: Sendable, CustomTestStringConvertible {
  let words: [String]
  let says: String
  var testDescription: String { words.joined(separator: " ") }

  init(_ words: String, _ says: String) {
    self.words = words.split(separator: " ").map(String.init)
    self.says = says
  }
}

private let badUsages = [
  BadUsage("", "which command? See quern --help"),
  BadUsage("extrct a.txt", "there is no command 'extrct'; did you mean extract?"),
  BadUsage("sumbit", "there is no command 'sumbit'; did you mean submit?"),
  BadUsage("clas", "did you mean classify?"),
  BadUsage("Run spool", "did you mean run?"),
  BadUsage("frobnicate", "there is no command 'frobnicate'; see quern --help"),
  BadUsage("schema", "quern schema is followed by check"),
  BadUsage("schema chek s.json", "there is no command 'schema chek'; did you mean check?"),
  BadUsage("model frobnicate", "there is no command 'model frobnicate'; see quern help model"),
  BadUsage("model", "quern model is followed by check or inspect"),
  BadUsage("model inspect", "quern model inspect needs FOLDER|FILE"),
  BadUsage("extract", "quern extract needs FILE..."),
  BadUsage("extract a.txt", "--schema S is missing; see quern extract --help"),
  BadUsage("extract a.txt --schema", "--schema needs a value: --schema S"),
  BadUsage("extract a.txt --schema=", "--schema needs a value: --schema S"),
  BadUsage("extract a.txt --schema --parallel 2", "--schema needs a value"),
  BadUsage("extract a.txt --schem s.json", "no option --schem; did you mean --schema?"),
  BadUsage("extract a.txt --shcema=s.json", "no option --shcema; did you mean --schema?"),
  BadUsage("extract a.txt -s s.json", "quern extract has no option -s"),
  BadUsage("extract a.txt --schema s --schema t", "--schema stands there twice"),
  BadUsage(
    "extract a.txt --schema s --parallel many",
    "--parallel needs a whole number from 1 to 64, not 'many'"),
  BadUsage("extract a.txt --schema s --parallel 0", "not '0'"),
  BadUsage("extract a.txt --schema s --parallel 99999999999999999999", "from 1 to 64"),
  BadUsage(
    "extract a.txt --schema s --precision fats",
    "--precision is one of exact, fast, not 'fats'; did you mean fast?"),
  BadUsage("extract a.txt --schema s --isa sse", "--isa is one of scalar, avx2, avx512, amx"),
  BadUsage("classify a.txt", "--labels or --schema is missing"),
  BadUsage("classify a.txt --labels a,b --schema s", "--labels and --schema exclude each other"),
  BadUsage("classify a.txt --labels a,,b", "--labels holds an empty label"),
  BadUsage("classify a.txt --labels a,b,a", "--labels holds 'a' twice"),
  BadUsage("init spool --queue q", "--schema S is missing"),
  BadUsage("run", "quern run needs SPOOL"),
  BadUsage("run spool --drain=yes", "--drain takes no value"),
  BadUsage("run spool --drain --watch", "--drain and --watch exclude each other"),
  BadUsage("run spool --max_seconds 5", "did you mean --max-seconds?"),
  BadUsage("report spool", "-o FILE is missing"), BadUsage("export spool", "--csv is missing"),
  BadUsage("report spool -o", "--output needs a value: -o FILE"),
  BadUsage("export spool --csv --rows lines", "--rows needs a JSON pointer"),
  BadUsage("run spool extra", "quern run does not know what to do with 'extra'"),
  BadUsage("submit spool queue", "quern submit needs FILE..."),
  BadUsage("why spool", "quern why needs JOB|FILE"),
  BadUsage("doctor a b", "quern doctor does not know what to do with 'b'"),
]

@Suite struct UsageTests {
  @Test(arguments: badUsages)
  func badUsageIsOneLineAndStatus64(_ usage: BadUsage) throws {
    let outcome = try Program.run(usage.words)
    #expect(outcome.status == 64)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorLines.count == 1, "\(outcome.errorText)")
    #expect(outcome.errorText.contains(usage.says), "\(outcome.errorText)")
  }

  @Test(arguments: allCommands)
  func everyCommandHasACompletePage(_ command: String) throws {
    let words = command.split(separator: " ").map(String.init)
    let outcome = try Program.run(words + ["--help"])
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty)
    let page = outcome.outputText
    #expect(page.hasPrefix("quern \(command): "))
    for part in ["Usage: quern \(command)", "Options:", "Example", "Exit status:", "--help"] {
      #expect(page.contains(part))
    }
    #expect(page.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(page)")
    let same = try Program.run(["help"] + words)
    #expect(same.outputText == page)
  }

  @Test func theOverviewNamesEveryCommand() throws {
    let outcome = try Program.run(["--help"])
    #expect(outcome.status == 0)
    for command in allCommands { #expect(outcome.outputText.contains("\n  \(command) ")) }
    let group = try Program.run(["schema", "--help"])
    #expect(group.status == 0)
    #expect(group.outputText.contains("schema check"))
  }

  @Test func theVersionIsTheOneInRecords() throws {
    let outcome = try Program.run(["--version"])
    #expect(outcome.status == 0)
    #expect(outcome.outputText == "quern/0.1.0\n")
  }

  @Test func wordsBehindTwoDashesAreOperands() throws {
    let outcome = try Program.run(["why", "spool", "--", "--help"], folder: "/")
    #expect(outcome.status != 64)
    #expect(outcome.output.isEmpty)
  }

  @Test func theJournalTakesALevelInFrontOfEachLine() throws {
    let outcome = try Program.run(["extrct"], environment: ["JOURNAL_STREAM=8:1"])
    #expect(outcome.errorText.hasPrefix("<3>quern: "))
    let plain = try Program.run(["extrct"])
    #expect(plain.errorText.hasPrefix("quern: "))
  }

  @Test func controlCharactersOfTheCommandLineAreNotEchoed() throws {
    let outcome = try Program.run(["a\u{1B}[31mb\nc"])
    #expect(outcome.status == 64)
    #expect(outcome.errorLines.count == 1)
    #expect(!outcome.errors.contains(0x1B))
  }
}
