// Why a job ends without a record: the one table of codes, classes and sentences.

package import Documents

/// Why a document did not become a record.
package enum JobFailure: Error, Equatable {
  /// The file is not a document that can be read.
  case input(DocumentError)
  /// Intake refused the file, for a reason that was recorded then.
  case refused(code: String, message: String)
  /// The schema cannot be used.
  case schema(pointer: String, problem: String)
  /// The queue's settings or examples cannot be used.
  case settings(problem: String)
  /// The prompt alone exceeds the model's context.
  case promptTooLong(tokens: Int, context: Int)
  /// The shortest possible answer exceeds what the budget leaves.
  case budgetTooSmall(needed: Int, left: Int)
  /// The finished answer does not satisfy the schema.
  case outputInvalid(pointer: String, problem: String)
  /// Values that the schema demands are not in the document.
  case notFound(pointers: [String], partial: [UInt8])
  /// The answer makes a line longer than any line may be.
  case outputTooLarge(bytes: Int, limit: Int)
  /// The engine could not take the job.
  case engine(problem: String, isTransient: Bool)
  /// The worker crashed while it held the job.
  case crashed(times: Int)
  /// The same document is or was a job already.
  case duplicate(job: String, status: String)
  /// The job was given back because the worker stops.
  case interrupted
}

extension JobFailure {
  /// The class under which pipelines group failures.
  package var errorClass: String {
    switch self {
    case .input, .refused: "input"
    case .schema, .settings: "schema"
    case .promptTooLong, .budgetTooSmall: "budget"
    case .outputInvalid, .notFound, .outputTooLarge: "permanent"
    case .engine(_, let isTransient): isTransient ? "transient" : "engine"
    case .crashed: "poison"
    case .duplicate: "input"
    case .interrupted: "transient"
    }
  }

  /// The stable name of what happened.
  package var code: String {
    switch self {
    case .input(let error): error.code
    case .refused(let code, _): code
    case .schema: "schema.unusable"
    case .settings: "queue.unusable"
    case .promptTooLong: "input.too_long"
    case .budgetTooSmall: "budget.too_small"
    case .outputInvalid: "output.invalid"
    case .notFound: "output.not_found"
    case .outputTooLarge: "output.too_large"
    case .engine(_, let isTransient): isTransient ? "engine.unavailable" : "engine.failed"
    case .crashed: "job.crashed_worker"
    case .duplicate: "input.duplicate"
    case .interrupted: "job.interrupted"
    }
  }

  /// One or two sentences for a person: what happened and what to do next.
  package var message: String {
    switch self {
    case .input(let error): return error.description
    case .refused(_, let message): return message
    case .schema(let pointer, let problem):
      let place = pointer.isEmpty ? "" : " at \(pointer)"
      return "The queue's schema cannot be used\(place): \(problem)."
    case .settings(let problem):
      return "The queue cannot be used: \(problem)."
    case .promptTooLong(let tokens, let context):
      return "The document and its instructions take \(tokens) tokens, the model holds \(context); "
        + "split the document or use a model with a longer context."
    case .budgetTooSmall(let needed, let left):
      return "The shortest answer needs up to \(needed) tokens, \(left) are left; raise "
        + "max_output_tokens, shorten the document or lower the schema's minimums."
    case .outputInvalid(let pointer, let problem):
      let place = pointer.isEmpty ? "the whole value" : pointer
      return "The answer does not satisfy the schema at \(place): \(problem). Please report this "
        + "schema: the masks should have made it impossible."
    case .notFound(let pointers, _):
      let named = pointers.prefix(5).map { $0.isEmpty ? "the whole value" : $0 }
      let rest = pointers.count > named.count ? " and \(pointers.count - named.count) more" : ""
      return
        "The document does not state \(named.joined(separator: ", "))\(rest), which the schema "
        + "demands; look at the document, or let the schema accept null or leave the member out."
    case .outputTooLarge(let bytes, let limit):
      return
        "The answer makes a line of \(bytes) bytes, more than \(limit); bound the schema's lists "
        + "and strings or split the document."
    case .engine(let problem, let isTransient):
      return isTransient
        ? "The engine could not take the job now: \(problem). It will be tried again."
        : "The engine failed: \(problem)."
    case .crashed(let times):
      return "The worker stopped \(times) times while it held this job, so the job was set aside; "
        + "look at the document and the log, then drop it again under a changed queue."
    case .duplicate(let job, let status):
      let next = status == "failed" ? " To try it again, run: quern retry \(job)" : ""
      return "The same document was accepted before as job \(job) (\(status)).\(next)"
    case .interrupted:
      return "The worker stopped before the job was done; it will be tried again."
    }
  }

  /// The JSON pointer that the failure is about, if it is about one.
  package var field: String? {
    switch self {
    case .schema(let pointer, _), .outputInvalid(let pointer, _): pointer
    case .notFound(let pointers, _): pointers.first
    default: nil
    }
  }

  /// What was found of an answer that is not whole, as canonical JSON.
  package var partial: [UInt8]? {
    if case .notFound(_, let partial) = self { return partial }
    return nil
  }

  /// Whether the same job may succeed at another time.
  package var isTransient: Bool {
    switch self {
    case .engine(_, let isTransient): isTransient
    case .interrupted: true
    default: false
    }
  }
}
