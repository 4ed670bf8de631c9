// A model that is ready to answer: engine, scheduler and its compute thread.

import Checkpoints
import Compute
import Extraction
import Inference
import Posix

/// The model of one command, loaded once.
struct LoadedModel {
  /// Where answers come from.
  let source: LocalAnswerSource
  private let scheduler: BatchScheduler
  private let thread: SharedThread

  /// Loads the model that a command line names and starts its compute thread.
  ///
  /// - Throws: Status 69 with one sentence where the model cannot be used.
  init(_ invocation: Invocation, parallel: Int) throws(CommandFailure) {
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
    scheduler = BatchScheduler(engine, limits: BatchScheduler.Limits(sequences: parallel))
    do throws(PosixError) {
      thread = try scheduler.start()
    } catch {
      throw CommandFailure(error, "start the compute thread", otherwise: .unavailable)
    }
    source = LocalAnswerSource(engine: engine, scheduler: scheduler)
  }

  /// Makes pending answers fail as interrupted.
  func interrupt() { scheduler.stop() }

  /// Ends the compute thread.
  func stop() {
    scheduler.stop()
    thread.join()
  }
}
