// The shape that every verb has.

import Posix

/// One verb of the program.
protocol Command {
  /// Its command line.
  static var syntax: CommandSyntax { get }

  /// Does the work.
  ///
  /// - Throws: The one line and the status with which the program ends instead.
  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus
}

/// Standard output, where results go.
enum Output {
  /// Writes one line.
  static func line(_ text: String) throws(CommandFailure) { try line(Array(text.utf8)) }

  /// Writes one line of bytes, in one piece.
  static func line(_ bytes: [UInt8]) throws(CommandFailure) {
    try self.bytes(bytes + [UInt8(ascii: "\n")])
  }

  /// Writes bytes as they are.
  static func bytes(_ bytes: [UInt8]) throws(CommandFailure) {
    do throws(PosixError) {
      try StandardStream.output.write(bytes)
    } catch {
      throw CommandFailure(error, "write to standard output")
    }
  }
}
