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
        + "duplicate, whose error line names the first one."
    ],
    operands: [
      OperandSyntax("SPOOL", .one, "The spool."),
      OperandSyntax("QUEUE", .one, "The queue's name."),
      OperandSyntax("FILE", .oneOrMore, "A document."),
    ],
    options: [],
    examples: ["quern submit ~/spool invoices inv-17.txt inv-18.txt"],
    statuses: [
      .done, .someFailed, .noSuchFile, .inputOutput, .tryLater, .permission, .configuration,
    ])

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    do throws(SpoolError) {
      return try submit(invocation)
    } catch { throw CommandFailure(error) }
  }

  /// How long to wait for a worker that is accepting just now.
  private static let lockTries = 200

  private static func submit(_ invocation: Invocation) throws(SpoolError) -> ExitStatus {
    let spool = try SpoolDirectory(opening: invocation.operand(0))
    let name = try SpoolName(invocation.operand(1).text)
    guard try spool.queues().contains(name) else { throw .noQueue(name.text) }
    let settings: QueueSettings
    do throws(QueueProblem) {
      settings = try QueueSettings(name, in: spool, library: SchemaLibrary())
    } catch {
      Log().write(.error, "\(error)")
      return .configuration
    }
    var acceptance: Acceptance?
    for _ in 0..<lockTries where acceptance == nil {
      acceptance = try Acceptance(spool, ids: JobIDSource(clock: spool.clock))
      if acceptance == nil { spool.clock.sleep(milliseconds: 50) }
    }
    guard let acceptance else {
      Log().write(.error, "another process is accepting files; try again")
      return .tryLater
    }
    var status = ExitStatus.done
    for file in invocation.operands(from: 2) {
      do throws(SpoolError) {
        switch try acceptance.submit(file, rules: settings.intake) {
        case .job(let job), .duplicate(let job, _), .again(let job): print(job.text)
        case .quarantined(let job, let reason):
          print(job.text)
          Log().write(.warning, "\(file): \(reason.message)")
          status = .someFailed
        }
      } catch {
        guard case .system(let cause) = error, cause.errno == .noEntry else { throw error }
        Log().write(.error, "there is no file \(file)")
        status = .noSuchFile
      }
    }
    return status
  }
}
