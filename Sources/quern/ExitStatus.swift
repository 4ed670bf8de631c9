// How the program ends: the numbers that scripts rely on, and the one line that explains them.

import Posix

/// The exit status of the program; the numbers are those of `sysexits.h` where it has one.
enum ExitStatus: Int32, CaseIterable {
  /// Done, or nothing to do.
  case done = 0
  /// Done, but some jobs failed, are partial or were quarantined.
  case someFailed = 1
  /// The command line is wrong.
  case usage = 64
  /// A document or schema is bad.
  case badInput = 65
  /// A file that was named does not exist.
  case noSuchFile = 66
  /// The engine or model is unavailable, or does not fit in memory.
  case unavailable = 69
  /// An internal invariant is broken.
  case internalFault = 70
  /// Something cannot be created.
  case cannotCreate = 73
  /// Reading, writing or syncing failed.
  case inputOutput = 74
  /// Try later: a lock is held, the disk is full, or the work stopped early.
  case tryLater = 75
  /// Permission is missing.
  case permission = 77
  /// The spool or queue is set up wrongly.
  case configuration = 78

  /// What the status means, for help pages.
  var meaning: String {
    switch self {
    case .done: "done, or nothing to do"
    case .someFailed: "done, but some jobs failed, are partial or were quarantined"
    case .usage: "bad usage"
    case .badInput: "bad input or schema"
    case .noSuchFile: "no such file"
    case .unavailable: "engine or model unavailable, or it does not fit in memory"
    case .internalFault: "an internal invariant is broken"
    case .cannotCreate: "cannot create"
    case .inputOutput: "I/O or sync failure"
    case .tryLater: "try later: a lock is held, the disk is full, or stopped early"
    case .permission: "permission is missing"
    case .configuration: "the spool or a queue is set up wrongly"
    }
  }
}

/// Why a command ends without having done its work.
struct CommandFailure: Error, Equatable {
  /// How the program ends.
  let status: ExitStatus
  /// One line for a person, without the program's name.
  let message: String

  /// Creates a failure.
  init(_ status: ExitStatus, _ message: String) {
    self.status = status
    self.message = message
  }

  /// Creates the failure for a call to the operating system that went wrong.
  ///
  /// - Parameters:
  ///   - error: What the system said.
  ///   - action: What was tried, such as `read the schema invoice.json`.
  ///   - otherwise: The status where the error number decides nothing.
  init(_ error: PosixError, _ action: String, otherwise: ExitStatus = .inputOutput) {
    switch error {
    case .tooLarge(_, let byteCount, let limit):
      self.init(.badInput, "cannot \(action): it has \(byteCount) bytes, the limit is \(limit)")
    case .ended:
      self.init(.inputOutput, "cannot \(action): the file ended early")
    case .call(_, _, let number):
      let status: ExitStatus =
        if number == .noEntry || number == .notDirectory {
          .noSuchFile
        } else if error.isPermission {
          .permission
        } else if error.isOutOfSpace {
          .tryLater
        } else if number == .isDirectory || number == .loop {
          .badInput
        } else {
          otherwise
        }
      self.init(status, "cannot \(action): \(number.description.lowercasedFirst)")
    }
  }
}

extension String {
  /// The text with a small first letter, for sentences inside sentences.
  fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
