// The lines that leave the program: a result or an error, in the byte order that readers rely on.
//
//   {"v":1,"type":…,"status":…,"key":…,"queue":…,"input":{…}, … ,"record":"sha256:…","job":…,"run":{…}}
//
// `record` is the SHA-256 of the bytes before its own comma. What stands before it is the same in
// every run with the same input; times and placement stand behind it.

package import Digests
import JSON

/// What a record says of the file it was made of.
package struct RecordInput: Sendable, Equatable {
  /// The name under which the file was dropped.
  package var name: String
  /// The digest of its bytes, nil where they could not be read.
  package var digest: Digest?
  /// Its size in bytes.
  package var byteCount: Int
  /// The text encoding that was found, nil where none was.
  package var encoding: String?
  /// The row inside a container file, counted from zero, nil for whole files.
  package var row: Int?
  /// Remarks such as `encoding_guessed`.
  package var flags: [String]

  /// Creates a description of an input.
  package init(
    name: String, digest: Digest?, byteCount: Int, encoding: String? = nil, row: Int? = nil,
    flags: [String] = []
  ) {
    self.name = name
    self.digest = digest
    self.byteCount = byteCount
    self.encoding = encoding
    self.row = row
    self.flags = flags
  }

  var json: JSONValue {
    [
      "name": .string(name), "sha256": digest.map { .string($0.hex) } ?? .null,
      "bytes": .number(JSONNumber(byteCount)), "encoding": encoding.map { .string($0) } ?? .null,
      "row": row.map { .number(JSONNumber($0)) } ?? .null,
      "flags": .array(flags.map { .string($0) }),
    ]
  }
}

/// Where, when and at what cost a job ran; not part of what is hashed.
package struct RunDetails: Sendable, Equatable {
  /// The line's number among the lines of its worker.
  package var sequence: Int
  /// The worker's name.
  package var worker: String
  /// The attempt that ended the job, counted from one.
  package var attempt: Int
  /// When the job was accepted, ISO 8601 in UTC.
  package var accepted: String
  /// When the line was made, ISO 8601 in UTC.
  package var done: String
  /// The tokens that were computed, nil for jobs that reached no model.
  package var usage: AnswerUsage?
  /// Milliseconds by stage.
  package var milliseconds: [(stage: String, value: Int)]

  /// Creates run details.
  package init(
    sequence: Int, worker: String, attempt: Int, accepted: String, done: String,
    usage: AnswerUsage? = nil, milliseconds: [(stage: String, value: Int)] = []
  ) {
    self.sequence = sequence
    self.worker = worker
    self.attempt = attempt
    self.accepted = accepted
    self.done = done
    self.usage = usage
    self.milliseconds = milliseconds
  }

  package static func == (a: RunDetails, b: RunDetails) -> Bool { a.json == b.json }

  var json: JSONValue {
    var object = JSONObject()
    object["seq"] = .number(JSONNumber(sequence))
    object["worker"] = .string(worker)
    object["attempt"] = .number(JSONNumber(attempt))
    object["accepted"] = .string(accepted)
    object["done"] = .string(done)
    if let usage {
      object["usage"] = [
        "prompt": .number(JSONNumber(usage.prompt)), "cached": .number(JSONNumber(usage.cached)),
        "completion": .number(JSONNumber(usage.completion)),
        "forced": .number(JSONNumber(usage.forced)),
        "drafted": .number(JSONNumber(usage.drafted)),
      ]
    }
    if !milliseconds.isEmpty {
      var times = JSONObject()
      for (stage, value) in milliseconds { times[stage] = .number(JSONNumber(value)) }
      object["ms"] = .object(times)
    }
    return .object(object)
  }
}

/// The deterministic part of one line.
package struct Record: Sendable {
  /// How a job ended.
  package enum Ending: Sendable {
    /// With an answer.
    case result(Extracted)
    /// Without one; the status is failed, duplicate, quarantined or cancelled.
    case failure(JobFailure, status: String, attempts: Int)
  }

  /// The key under which duplicates are found.
  package var key: Digest
  /// The queue's name.
  package var queue: String
  /// The file.
  package var input: RecordInput
  /// How the job ended.
  package var ending: Ending

  /// Creates a record.
  package init(key: Digest, queue: String, input: RecordInput, ending: Ending) {
    self.key = key
    self.queue = queue
    self.input = input
    self.ending = ending
  }

  /// The greatest length of a line in bytes.
  package static let lineLimit = 16 << 20

  /// The length beyond which a line is named in its review reasons.
  package static let lineTarget = 32_000

  /// The status that the line states.
  package var status: String {
    switch ending {
    case .result(let extracted): extracted.finish == .closedEarly ? "partial" : "ok"
    case .failure(_, let status, _): status
    }
  }

  /// Returns the whole line without its line break.
  ///
  /// - Parameters:
  ///   - job: The job's id.
  ///   - run: What is not hashed.
  package func line(job: String, run: RunDetails) -> [UInt8] {
    var line = Array("{\"v\":1,\"type\":".utf8)
    func append(_ key: String, _ value: JSONValue) {
      line.append(contentsOf: ",\"\(key)\":".utf8)
      value.write(to: &line)
    }
    switch ending {
    case .result: JSONValue.writeString("result", to: &line)
    case .failure: JSONValue.writeString("error", to: &line)
    }
    append("status", .string(status))
    append("key", .string(key.prefixed))
    append("queue", .string(queue))
    append("input", input.json)
    switch ending {
    case .result(let extracted):
      line.append(contentsOf: ",\"output\":".utf8)
      line.append(contentsOf: extracted.output)
      var reasons = extracted.reviewReasons
      if line.count > Self.lineTarget { reasons.append("output: longer than 32000 bytes") }
      append(
        "review",
        ["needed": .bool(!reasons.isEmpty), "reasons": .array(reasons.map { .string($0) })])
      append("finish", .string(extracted.finish.rawValue))
      append("repro", extracted.reproduction.json)
    case .failure(let failure, _, let attempts):
      var error = JSONObject()
      error["class"] = .string(failure.errorClass)
      error["code"] = .string(failure.code)
      error["message"] = .string(failure.message)
      if let field = failure.field { error["field"] = .string(field) }
      error["attempts"] = .number(JSONNumber(attempts))
      append("error", .object(error))
      if let partial = failure.partial {
        line.append(contentsOf: ",\"partial\":".utf8)
        line.append(contentsOf: partial)
      }
    }
    let digest = SHA256.hash(line)
    append("record", .string(digest.prefixed))
    append("job", .string(job))
    append("run", run.json)
    line.append(UInt8(ascii: "}"))
    return line
  }
}
