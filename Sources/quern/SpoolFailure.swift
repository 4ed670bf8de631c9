// How failures of the spool end the program.

import Posix
import Spool

extension CommandFailure {
  /// Creates the failure for an operation on a spool that went wrong.
  ///
  /// - Parameter creating: Whether something was being made, so that a refusal is status 73.
  init(_ error: SpoolError, creating: Bool = false) {
    let status: ExitStatus
    switch error {
    case .notASpool, .unknownVersion, .networkFileSystem, .noQueue: status = .configuration
    case .badName: status = .usage
    case .queueExists: status = .cannotCreate
    case .damaged, .badLine: status = .internalFault
    case .stopped: status = .inputOutput
    case .system(let cause):
      if cause.errno == .noEntry && !creating {
        status = .noSuchFile
      } else if cause.isPermission {
        status = .permission
      } else if cause.isOutOfSpace {
        status = .tryLater
      } else {
        status = creating ? .cannotCreate : .inputOutput
      }
    }
    self.init(status, "\(error)")
  }
}
