// A model that is ready to answer: engine, scheduler and its compute thread.

import Checkpoints
import Compute
import Extraction
import Inference
import Posix

/// The model of one command, loaded once.
struct LoadedModel {
  /// An option for measurements and tests: records do not depend on it.
  static let option = OptionSyntax.value(
    "without", "A,B", .text,
    "Decodes without drafting, mask-first, dictated-text or prefixes.", isHidden: true)

  /// Where answers come from.
  let source: LocalAnswerSource
  /// How many sequences may run at once.
  let sequences: Int
  private let scheduler: BatchScheduler
  private let thread: SharedThread

  /// Loads the model that a command line names and starts its compute thread.
  ///
  /// - Throws: Status 69 with one sentence where the model cannot be used.
  ///
  /// - Parameters:
  ///   - parallel: The sequences that may run at once, nil for what the model suggests.
  ///   - prefixes: The folder in which shared beginnings of prompts outlive the process.
  init(
    _ invocation: Invocation, parallel: Int?, prefixes: FilePath? = nil
  ) throws(CommandFailure) {
    let path = try ModelChoice(invocation).path.text
    let backend = try BackendChoice(invocation).backend()
    let engine: Engine
    do throws(InferenceError) {
      let checkpoint = try EngineLoader.open(path)
      if let notice = EngineLoader.notice(for: checkpoint) { Log().write(.warning, notice) }
      engine = try EngineLoader.load(checkpoint, path: path, backend: backend)
    } catch {
      throw CommandFailure(.unavailable, "\(error)")
    }
    sequences = parallel ?? engine.suggestedSequences
    var limits = BatchScheduler.Limits(
      sequences: sequences,
      prefixFolder: prefixes.map { PrefixFolder($0, program: Self.program) })
    for saving in invocation.text("without")?.split(separator: ",") ?? [] {
      switch saving {
      case "drafting": limits.options.draftRows = 0
      case "mask-first": limits.options.masksBeforeHead = false
      case "dictated-text": limits.options.joinsDictatedText = false
      case "prefixes": limits.prefixes = 0
      default: throw invocation.wrong("--without does not know '\(saving)'")
      }
    }
    scheduler = BatchScheduler(engine, limits: limits)
    do throws(PosixError) {
      thread = try scheduler.start()
    } catch {
      throw CommandFailure(error, "start the compute thread", otherwise: .unavailable)
    }
    source = LocalAnswerSource(engine: engine, scheduler: scheduler)
  }

  /// The program as stored prefixes are bound to it: another build may sum in another order.
  private static var program: String {
    guard let path = Machine.executablePath,
      let file = try? FileDescriptor.open(path, .read),
      let status = try? PosixFileSystem().status(of: file)
    else { return engineName }
    return "\(engineName) \(status.byteCount) \(status.modifiedNanoseconds)"
  }

  /// Makes pending answers fail as interrupted.
  func interrupt() { scheduler.stop() }

  /// Ends the compute thread.
  func stop() {
    scheduler.stop()
    thread.join()
  }
}
