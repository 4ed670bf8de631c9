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
    let engine: Engine
    do throws(InferenceError) {
      let checkpoint = try EngineLoader.open(path)
      engine = try EngineLoader.load(
        checkpoint, path: path, backend: try Self.backend(invocation))
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

  /// Makes the backend in the error type of the engine, so that one handler serves both.
  private static func backend(_ invocation: Invocation) throws(InferenceError) -> CPUBackend {
    do throws(CommandFailure) {
      return try BackendChoice(invocation).backend()
    } catch {
      throw .notACheckpoint(path: "the backend", problem: error.message)
    }
  }

  /// Makes pending answers fail as interrupted.
  func interrupt() { scheduler.stop() }

  /// Ends the compute thread.
  func stop() {
    scheduler.stop()
    thread.join()
  }
}
