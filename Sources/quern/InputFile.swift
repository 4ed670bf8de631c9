// Files that a person named on the command line: documents and schemas, whatever they turn out to be.

import Extraction
import Posix

/// A reader of whole files that were named by a person.
enum InputFile {
  /// The greatest size in bytes, that of a queue without settings of its own.
  static let byteLimit = 64 << 20

  /// Reads a regular file, or what a link to one leads to, without ever waiting for it.
  ///
  /// - Parameter kind: What the file is meant to be, such as `schema`.
  static func contents(
    of path: FilePath, kind: String, limit: Int = byteLimit
  ) throws(CommandFailure) -> [UInt8] {
    var unfit: String?
    do throws(PosixError) {
      let file = try FileDescriptor.open(path, .readNow)
      let files = PosixFileSystem()
      let status = try files.status(of: file)
      unfit = problem(with: status.kind)
      if unfit == nil {
        guard status.byteCount <= limit else {
          throw .tooLarge(subject: path.text, byteCount: status.byteCount, limit: limit)
        }
        return try files.read(file, at: 0, count: status.byteCount)
      }
    } catch { throw CommandFailure(error, "read the \(kind) \(path)") }
    throw CommandFailure(.badInput, "the \(kind) \(path) is \(unfit ?? "not a file")")
  }

  /// Returns what a file is that is no regular file, nil for a regular one.
  static func problem(with kind: FileStatus.Kind) -> String? {
    switch kind {
    case .regular: nil
    case .directory: "a folder; name the files in it"
    case .symbolicLink: "a symbolic link; name the file itself"
    case .pipe: "a pipe; name a regular file"
    case .socket, .device: "a special file; name a regular file"
    }
  }
}

extension CommandFailure {
  /// Creates the failure for a schema file that cannot be used.
  init(_ failure: JobFailure, schema path: FilePath) {
    guard case .schema(let pointer, let problem) = failure else {
      self.init(.badInput, "the schema \(path) cannot be used: \(failure.message)")
      return
    }
    let place = pointer.isEmpty ? "" : " at \(pointer)"
    self.init(.badInput, "the schema \(path) cannot be used\(place): \(problem)")
  }
}
