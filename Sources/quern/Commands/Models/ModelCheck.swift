// `quern model check`: whether a model computes what its reference computed.

import Checkpoints
import Compute
import Inference
import Models
import Posix
import Tokens

/// Runs a model's golden cases.
enum ModelCheckCommand: Command {
  static let syntax = CommandSyntax(
    words: ["model", "check"], summary: "loads a model and runs its golden cases",
    notes: [
      "A checkpoint with golden cases beside it (cases.json) is computed in exact precision and "
        + "compared with the reference's logits, as one prefill, in odd chunks, token by token and "
        + "with rewinds. A model without golden cases is loaded and asked for one token."
    ],
    operands: [
      OperandSyntax("FOLDER|GGUF", .one, "A folder with a checkpoint, or a GGUF file.")
    ],
    options: BackendChoice.options,
    examples: ["quern model check ~/.cache/quern/qwen2.5-coder-0.5b.gguf"],
    statuses: [.done, .someFailed, .badInput, .noSuchFile, .unavailable, .permission])

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    let path = invocation.folder(0)
    do throws(PosixError) {
      _ = try FileDescriptor.open(path, .readNow)
    } catch { throw CommandFailure(error, "open the model \(path)") }
    let checkpoint: any Checkpoint
    let model: any Model
    let backend = try BackendChoice(invocation).backend()
    do throws(InferenceError) {
      checkpoint = try EngineLoader.open(path.text)
    } catch {
      if case .doesNotFit = error { throw CommandFailure(.unavailable, "\(error)") }
      throw CommandFailure(.badInput, "\(error)")
    }
    do throws(ModelError) {
      model = try ModelRegistry.load(
        checkpoint, backend: backend, expertPlace: EngineLoader.expertPlace(of: checkpoint))
    } catch { throw CommandFailure(.badInput, "\(path): \(error)") }
    // Beside a file means in its folder.
    let isFolder = (try? FileDescriptor.open(path, .directory)) != nil
    let folder = isFolder ? path : path.parent ?? "."
    let cases: [GoldenCase]
    do throws(GoldenFolderError) {
      cases = try GoldenFolder.cases(in: folder.text, vocabularyCount: model.vocabularyCount)
    } catch {
      if case .malformed = error { throw CommandFailure(.badInput, "\(error)") }
      return try ask(model, checkpoint)
    }
    var failures = 0
    for golden in cases {
      let results: [GoldenResult]
      do throws(ModelError) {
        results = try GoldenCheck(model, comparesValues: backend.precision == .exact)
          .run(golden, rewinds: [1, 2, 5, 31, 64])
      } catch { throw CommandFailure(.badInput, "\(path): \(error)") }
      for result in results {
        if !result.passed { failures += 1 }
        let detail = result.detail.isEmpty ? "" : ": \(result.detail)"
        try Output.line(
          "\(result.passed ? "ok    " : "FAILED") \(result.caseName), \(result.way)\(detail)")
      }
    }
    try Output.line(
      "\(cases.count) cases, \(failures) failures, \(backend.name)/\(backend.precision)")
    return failures == 0 ? .done : .someFailed
  }

  /// Asks a model without golden cases for the logits after one token.
  private static func ask(
    _ model: any Model, _ checkpoint: any Checkpoint
  ) throws(CommandFailure) -> ExitStatus {
    let rows: [Logits]
    do throws(ModelError) {
      let cache = try model.makeCache(capacity: 1)
      _ = try model.forward([SequenceInput(tokens: [TokenID(0)], cache: cache, keep: .last)])
      rows = try model.logits(rows: [0], requests: [.all])
    } catch { throw CommandFailure(.badInput, "\(error)") }
    guard case .all(let logits)? = rows.first, logits.allSatisfy(\.isFinite) else {
      throw CommandFailure(.someFailed, "the model gives logits that are no numbers")
    }
    try Output.line(
      "loaded, no golden cases beside it: \(checkpoint.tensorNames.count) tensors, "
        + "\(logits.count) finite logits after one token")
    return .done
  }
}
