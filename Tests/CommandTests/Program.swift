// The built program, run as a person runs it.

import Posix
import TestSupport
import Testing

/// The program under test.
enum Program {
  /// Runs `quern` with the given words; the environment names no model and no cache.
  static func run(
    _ words: [String], environment: [String] = [], folder: FilePath? = nil
  ) throws -> ChildProcess.Outcome {
    let path = try #require(Fixtures.program("quern"), "the program lies beside the tests")
    let kept = Machine.environment.filter { entry in
      !["QUERN_MODEL=", "QUERN_CACHE=", "XDG_CACHE_HOME=", "HOME=", "JOURNAL_STREAM="].contains {
        entry.hasPrefix($0)
      }
    }
    return try ChildProcess.run(
      path, arguments: words, environment: kept + environment, folder: folder)
  }
}

extension ChildProcess.Outcome {
  /// The exit status, nil where a signal ended the program.
  var status: Int? { if case .exited(let status) = ending { status } else { nil } }

  /// The lines on standard error.
  var errorLines: [Substring] { errorText.split(separator: "\n") }
}

/// Every command of the program, as its words.
let allCommands = [
  "extract", "classify", "init", "submit", "run", "status", "why", "report", "export",
  "schema check", "model check",
  "doctor",
]
