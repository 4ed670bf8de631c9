// Why the spool stops, and the sentences for it.

package import Posix

/// Why an operation on the spool could not be done.
package enum SpoolError: Error, Equatable, Sendable {
  /// The folder has no file VERSION.
  case notASpool(path: String)
  /// The folder belongs to another version of the layout.
  case unknownVersion(path: String, found: String)
  /// The folder lies on a file system whose locks and renames reach other hosts.
  case networkFileSystem(path: String)
  /// A queue or worker has a name that cannot be part of a file name.
  case badName(String)
  /// No queue has this name.
  case noQueue(String)
  /// A queue of this name exists.
  case queueExists(String)
  /// A file of the spool does not hold what its writer always leaves.
  case damaged(file: String, reason: String)
  /// A line cannot be written: it is empty, too long, or has a line feed inside.
  case badLine(job: String, byteCount: Int)
  /// An earlier failure has stopped this worker; nothing is written until it starts anew.
  case stopped
  /// The operating system refused.
  case system(PosixError)

  /// True when trying again later can help without anybody's doing.
  package var isTransient: Bool {
    if case .system(let error) = self { error.isOutOfSpace } else { self == .stopped }
  }
}

extension SpoolError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notASpool(let path):
      "\(path) is not a spool: it has no file VERSION; make one with `quern init`"
    case .unknownVersion(let path, let found):
      "\(path) is a spool of another version: VERSION says \"\(found)\", expected"
        + " \"\(SpoolVersion.text)\""
    case .networkFileSystem(let path):
      "\(path) lies on a network file system; a spool needs a local one (an inbox may be shared)"
    case .badName(let name):
      "\"\(name)\" cannot be a name: use 1 to 64 letters, digits, - and _"
    case .noQueue(let name): "no queue is named \"\(name)\"; make one with `quern init`"
    case .queueExists(let name): "a queue named \"\(name)\" exists"
    case .damaged(let file, let reason):
      "\(file) is damaged: \(reason); nothing was changed, look at it before the next run"
    case .badLine(let job, let byteCount):
      "the line of job \(job) cannot be written: \(byteCount) bytes"
    case .stopped: "an earlier failure has stopped this worker; start it again"
    case .system(let error): error.description
    }
  }
}

/// Runs calls to the system and wraps their failure.
func system<R: ~Copyable>(_ body: () throws(PosixError) -> R) throws(SpoolError) -> R {
  do throws(PosixError) { return try body() } catch { throw .system(error) }
}
