// `quern submit`: what dropping a file does, for scripts, without waiting for it to settle.

import Extraction
import Pipeline
import Posix
import Spool

/// Accepts files into a queue.
enum SubmitCommand: Command {
  static let syntax = CommandSyntax(
    words: ["submit"], summary: "accepts files into a queue and prints their job ids",
    notes: [
      "Each FILE is copied into the spool and stays where it is. Its job id is printed once the "
        + "job is safe on the disk. A document that was accepted before is a job with the status "
        + "duplicate, whose error line names the first one. A file that cannot be read is named on "
        + "standard error and the others are accepted all the same."
    ],
    operands: [
      OperandSyntax("SPOOL", .one, "The spool."),
      OperandSyntax("QUEUE", .one, "The queue's name."),
      OperandSyntax("FILE", .oneOrMore, "A document."),
    ],
    options: [],
    examples: ["quern submit ~/spool invoices inv-17.txt inv-18.txt"],
    statuses: [
      .done, .someFailed, .badInput, .noSuchFile, .inputOutput, .tryLater, .permission,
      .configuration,
    ])

  /// How long to wait for a worker that is accepting just now.
  private static let lockTries = 200

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    let (acceptance, settings) = try open(invocation)
    let log = Log()
    var status = ExitStatus.done
    for file in invocation.operands(from: 2) {
      do throws(CommandFailure) {
        if let rejection = try submit(file, acceptance, settings) {
          log.write(.warning, "\(file): \(rejection.message)")
          if status == .done { status = .someFailed }
        }
      } catch {
        // What concerns one file must not keep the others out.
        guard [.noSuchFile, .permission, .badInput].contains(error.status) else { throw error }
        log.write(.error, error.message)
        if status == .done || status == .someFailed { status = error.status }
      }
    }
    return status
  }

  private static func open(
    _ invocation: Invocation
  ) throws(CommandFailure) -> (Acceptance, QueueSettings) {
    let spool: SpoolDirectory
    let name: SpoolName
    let known: [SpoolName]
    do throws(SpoolError) {
      spool = try SpoolDirectory(opening: invocation.folder(0))
      name = try SpoolName(invocation.operand(1).text)
      known = try spool.queues()
    } catch { throw CommandFailure(error) }
    guard known.contains(name) else {
      let hint = NearestWord.hint(
        name.text, in: known.map(\.text), otherwise: "; make one with quern init")
      throw CommandFailure(.configuration, "no queue is named \(name)\(hint)")
    }
    let settings: QueueSettings
    do throws(QueueProblem) {
      settings = try QueueSettings(name, in: spool, library: SchemaLibrary())
    } catch { throw CommandFailure(.configuration, "\(error)") }
    for _ in 0..<lockTries {
      do throws(SpoolError) {
        if let acceptance = try Acceptance(spool, ids: JobIDSource(clock: spool.clock)) {
          return (acceptance, settings)
        }
      } catch { throw CommandFailure(error) }
      spool.clock.sleep(milliseconds: 50)
    }
    throw CommandFailure(.tryLater, "another process is accepting files; try again")
  }

  /// Accepts one file and prints its job; returns why its content was refused, if it was.
  private static func submit(
    _ file: FilePath, _ acceptance: Acceptance, _ settings: QueueSettings
  ) throws(CommandFailure) -> Rejection? {
    let kind: FileStatus.Kind
    do throws(PosixError) {
      kind = try PosixFileSystem().status(of: FileDescriptor.open(file, .readNow)).kind
    } catch { throw CommandFailure(error, "read the document \(file)") }
    if let problem = InputFile.problem(with: kind) {
      throw CommandFailure(.badInput, "the document \(file) is \(problem)")
    }
    let accepted: Accepted
    do throws(SpoolError) {
      accepted = try acceptance.submit(file, rules: settings.intake)
    } catch { throw CommandFailure(error) }
    switch accepted {
    case .job(let job), .duplicate(let job, _), .again(let job):
      try Output.line(job.text)
      return nil
    case .quarantined(let job, let reason):
      try Output.line(job.text)
      return reason
    }
  }
}
