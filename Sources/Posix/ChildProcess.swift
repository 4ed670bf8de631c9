// Other programs: run to their end, with what they wrote.

import CPosix
import Glibc

/// A started program whose output is being collected.
package struct ChildProcess: ~Copyable {
  /// How a program ended.
  package enum Ending: Hashable, Sendable {
    /// It ended itself with a status.
    case exited(Int)
    /// A signal ended it.
    case signaled(Int)
  }

  /// What a finished program left.
  package struct Outcome: Sendable {
    /// How it ended.
    package let ending: Ending
    /// What it wrote to standard output.
    package let output: [UInt8]
    /// What it wrote to standard error.
    package let errors: [UInt8]

    /// The output as text.
    package var outputText: String { String(decoding: output, as: UTF8.self) }
    /// The error output as text.
    package var errorText: String { String(decoding: errors, as: UTF8.self) }
  }

  /// The number of the process.
  package let processID: Int
  private let output: FileDescriptor
  private let errors: FileDescriptor

  /// Starts a program with empty standard input.
  ///
  /// - Parameters:
  ///   - path: The program's file; `PATH` is not searched.
  ///   - arguments: What follows the program's name.
  ///   - environment: Entries NAME=VALUE; nil passes on those of this process.
  ///   - folder: The working folder; nil keeps the one of this process.
  package static func start(
    _ path: FilePath, arguments: [String], environment: [String]? = nil, folder: FilePath? = nil
  ) throws(PosixError) -> ChildProcess {
    let output = try Pipe()
    let errors = try Pipe()
    var child: Int32 = 0
    let entries = [path] + arguments.map { FilePath($0) }
    let variables = (environment ?? Machine.environment).map { FilePath($0) }
    let (outputNumber, errorNumber) = (output.end.number, errors.end.number)
    let result = unsafe path.withCString { file in
      unsafe withCStrings(entries) { list in
        unsafe withCStrings(variables) { variables in
          guard let folder else {
            return unsafe cposix_spawn(
              &child, file, list, variables, nil, outputNumber, errorNumber)
          }
          return unsafe folder.withCString { name in
            unsafe cposix_spawn(&child, file, list, variables, name, outputNumber, errorNumber)
          }
        }
      }
    }
    guard result == 0 else { throw .call("start", subject: path.text, Errno(result)) }
    return ChildProcess(processID: Int(child), output: output.start, errors: errors.start)
  }

  /// Runs a program to its end.
  package static func run(
    _ path: FilePath, arguments: [String], environment: [String]? = nil, folder: FilePath? = nil
  ) throws(PosixError) -> Outcome {
    try start(path, arguments: arguments, environment: environment, folder: folder).wait()
  }

  private init(
    processID: Int, output: consuming FileDescriptor, errors: consuming FileDescriptor
  ) {
    self.processID = processID
    self.output = output
    self.errors = errors
  }

  /// Sends a signal.
  package func send(signal: Int32) { kill(pid_t(processID), signal) }

  /// Collects all output and waits for the end.
  package consuming func wait() throws(PosixError) -> Outcome {
    var collected: [[UInt8]] = [[], []]
    var sources = [
      pollfd(fd: output.number, events: Int16(POLLIN), revents: 0),
      pollfd(fd: errors.number, events: Int16(POLLIN), revents: 0),
    ]
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while sources.contains(where: { $0.fd >= 0 }) {
      let count = nfds_t(sources.count)
      let ready = unsafe sources.withUnsafeMutableBufferPointer { list in
        uninterrupted { unsafe Int(poll(list.baseAddress, count, -1)) }
      }
      guard ready >= 0 else { throw .call("poll", subject: "a child's output", .last) }
      for index in sources.indices where sources[index].fd >= 0 && sources[index].revents != 0 {
        let number = sources[index].fd
        // SAFETY: the kernel writes at most the buffer's count of bytes.
        let count = unsafe chunk.withUnsafeMutableBytes { buffer in
          uninterrupted { unsafe read(number, buffer.baseAddress, buffer.count) }
        }
        guard count >= 0 else { throw .call("read", subject: "a child's output", .last) }
        // A negative number is skipped by poll: this source has ended.
        if count == 0 { sources[index].fd = -1 } else { collected[index] += chunk[..<count] }
      }
    }
    var status: Int32 = 0
    let child = pid_t(processID)
    guard uninterrupted({ unsafe Int(waitpid(child, &status, 0)) }) >= 0 else {
      throw .call("wait", subject: "process \(processID)", .last)
    }
    let outcome = Int(cposix_child_outcome(status))
    return Outcome(
      ending: outcome >= 0 ? .exited(outcome) : .signaled(-outcome), output: collected[0],
      errors: collected[1])
  }
}

/// The two ends of a pipe.
private struct Pipe: ~Copyable {
  let start: FileDescriptor
  let end: FileDescriptor

  init() throws(PosixError) {
    var ends: [Int32] = [0, 0]
    guard unsafe cposix_pipe(&ends) == 0 else {
      throw .call("pipe", subject: "a child", .last)
    }
    start = FileDescriptor(owning: ends[0])
    end = FileDescriptor(owning: ends[1])
  }
}

/// Lends a list of texts as C wants it: pointers to C strings, the last one null.
private func withCStrings<R>(
  _ texts: [FilePath], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
  // SAFETY: every copy is freed after the call; the list ends with a null pointer.
  var pointers: [UnsafeMutablePointer<CChar>?] = unsafe []
  for text in texts { unsafe text.withCString { unsafe pointers.append(strdup($0)) } }
  unsafe pointers.append(nil)
  defer { unsafe pointers.forEach { unsafe free($0) } }
  return unsafe pointers.withUnsafeMutableBufferPointer { list in
    guard let start = list.baseAddress else {
      preconditionFailure("a list with a final null is not empty")
    }
    return unsafe body(start)
  }
}
