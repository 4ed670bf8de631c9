// `quern doctor`: whether this machine and spool can be relied on.

import Checkpoints
import Digests
import Inference
import JSON
import Posix
import Spool

/// Examines the machine, the model and a spool.
enum DoctorCommand: Command {
  static let syntax = CommandSyntax(
    words: ["doctor"], summary: "examines the machine, the model and a spool",
    notes: [
      "Looks at permissions, free disk, fsync, one file system, the clock, memory for the model, "
        + "the full sha256 of the model's file, and network code (there is none). Each line is ok, "
        + "a warning, or a failure with what to do."
    ],
    operands: [OperandSyntax("SPOOL", .optional, "The spool; without it, the machine alone.")],
    options: [
      ModelChoice.option,
      .flag("json", "Prints one JSON object instead of lines."),
    ],
    examples: ["quern doctor ~/spool"],
    statuses: [.done, .someFailed, .noSuchFile, .configuration])

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    var findings: [Finding] = []
    findings += examineModel(invocation)
    if invocation.operands(from: 0).first != nil {
      findings += examineSpool(invocation.operand(0))
    }
    findings.append(examineClock())
    findings.append(Finding(.ok, "network", "none: this program holds no code that connects"))
    if invocation.has("json") {
      let list = findings.map { finding -> JSONValue in
        [
          "state": .string(finding.state.rawValue), "about": .string(finding.about),
          "finding": .string(finding.text),
        ]
      }
      try Output.line(JSONValue.array(list).bytes)
    } else {
      for finding in findings {
        try Output.line(Log.visible("\(finding.state.rawValue)  \(finding.about): \(finding.text)"))
      }
    }
    return findings.contains { $0.state == .failure } ? .someFailed : .done
  }

  /// One line of the report.
  private struct Finding {
    enum State: String {
      case ok = "ok     "
      case warning = "warning"
      case failure = "FAILED "
    }

    let state: State
    let about: String
    let text: String

    init(_ state: State, _ about: String, _ text: String) {
      self.state = state
      self.about = about
      self.text = text
    }
  }

  /// The free disk below which a warning is given.
  private static let leastFreeBytes = 1 << 30

  private static func examineModel(_ invocation: Invocation) -> [Finding] {
    let path: FilePath
    do throws(CommandFailure) {
      path = try ModelChoice(invocation).path
    } catch { return [Finding(.failure, "model", error.message)] }
    var findings: [Finding] = []
    do throws(InferenceError) {
      let checkpoint = try EngineLoader.open(path.text)
      findings.append(
        Finding(.ok, "memory", "the weights of \(checkpoint.tensorByteCount) bytes fit"))
      findings.append(
        Finding(.ok, "model", "records name it \(EngineLoader.digest(of: checkpoint).prefixed)"))
    } catch {
      return [Finding(.failure, "model", "\(error)")]
    }
    do throws(PosixError) {
      let file = try MappedFile(path)
      var hash = SHA256()
      let step = 1 << 24
      var start = 0
      while start < file.byteCount {
        let end = min(start + step, file.byteCount)
        file.withSpan(start..<end) { hash.update($0) }
        start = end
      }
      findings.append(Finding(.ok, "model", "sha256 of \(path): \(hash.digest().hex)"))
    } catch {
      // A folder has no single sum.
      findings.append(Finding(.warning, "model", "\(path) is no single file, so it has no sha256"))
    }
    return findings
  }

  private static func examineSpool(_ path: FilePath) -> [Finding] {
    do throws(SpoolError) {
      let spool = try SpoolDirectory(opening: path)
      var findings = [Finding(.ok, "spool", "\(path) is a \(SpoolVersion.text) on a local disk")]
      let volume = try spool.volume()
      findings.append(
        Finding(
          volume.freeBytes < leastFreeBytes ? .warning : .ok, "disk",
          "\(volume.freeBytes >> 20) MiB are free"))
      findings.append(try examineSync(spool))
      let census = try spool.census()
      findings.append(
        Finding(
          census.isConserved ? .ok : .failure, "jobs",
          "\(census.accepted) accepted, \(census.lineCount) lines, \(census.pending) pending"))
      return findings
    } catch { return [Finding(.failure, "spool", "\(error)")] }
  }

  /// Times a write that is forced to disk, and finds missing permissions on the way.
  private static func examineSync(_ spool: SpoolDirectory) throws(SpoolError) -> Finding {
    let files = PosixFileSystem()
    do throws(PosixError) {
      let folder = try FileDescriptor.open(spool.path / "run", .directory)
      let name: FilePath = "doctor.probe"
      if try files.exists(name, in: folder) { try files.unlink(name, in: folder) }
      let file = try files.open(name, in: folder, .createExclusive, permissions: 0o600)
      let started = spool.clock.monotonicNanoseconds
      try files.writeAll([0x0A], to: file, at: 0)
      try files.sync(file)
      let microseconds = (spool.clock.monotonicNanoseconds - started) / 1000
      try files.unlink(name, in: folder)
      return Finding(.ok, "fsync", "a write is on disk after \(microseconds) us")
    } catch { return Finding(.failure, "fsync", "\(error)") }
  }

  private static func examineClock() -> Finding {
    let now = SystemClock().wallMilliseconds
    // Records made before this program was written would be ordered wrongly.
    let written: Int64 = 1_767_225_600_000
    return Finding(
      now < written ? .failure : .ok, "clock", "it is \(Moment(milliseconds: now))")
  }
}
