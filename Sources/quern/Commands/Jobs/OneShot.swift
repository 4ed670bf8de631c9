// What `extract` and `classify` share: documents in, lines out, one model for all of them.

import Digests
import Documents
import Extraction
import JSON
import Posix
import Spool
import Synchronization
import Tokenizers

/// One call of a command that needs no spool.
struct OneShot {
  /// The options that both commands have.
  static func options(schemaIsRequired: Bool) -> [OptionSyntax] {
    [
      .value("schema", "S", .path, "The JSON Schema of the output.", isRequired: schemaIsRequired),
      .value(
        "instructions", "TEXT", .text, "What to look for, in a sentence or two.", standard: "none"),
      .value(
        "parallel", "N", .number(1...64), "Works on up to N files at once.",
        standard: "as many as memory holds, at most 16"),
      .value(
        "abstain", "WHICH", .text,
        "Which values may be \"not found\": never (only those that the schema marks), optional, all.",
        standard: "never"),
      .value(
        "label-calibration", "HOW", .text,
        "What the probabilities of labels are divided by before one is taken: none, content-free "
          + "(those for texts without content), batch (their means over all FILEs of this call).",
        standard: "none"),
      .flag("print-prompt", "Prints the prompts and runs no model.", isHidden: true),
    ]
  }

  /// The statuses that both commands may end with.
  static let statuses: [ExitStatus] = [
    .done, .someFailed, .badInput, .noSuchFile, .unavailable, .internalFault, .inputOutput,
    .permission,
  ]

  private let invocation: Invocation
  private let labels: [String]?

  /// Prepares a call.
  ///
  /// - Parameter labels: The labels that take the place of a schema, nil where a schema is given.
  init(_ invocation: Invocation, labels: [String]?) {
    self.invocation = invocation
    self.labels = labels
  }

  /// Does the work.
  func run() throws(CommandFailure) -> ExitStatus {
    var settings = ExtractionSettings(
      schema: try schema(), instructions: invocation.text("instructions") ?? "")
    if let word = invocation.text("abstain") {
      guard let choice = Abstention(rawValue: word) else {
        throw invocation.wrong("--abstain is never, optional or all")
      }
      settings.abstention = choice
    }
    if let word = invocation.text("label-calibration") {
      guard let choice = LabelCalibration(rawValue: word) else {
        throw invocation.wrong("--label-calibration is none, content-free or batch")
      }
      settings.calibration = choice
    }
    let library = SchemaLibrary()
    let compiled: CompiledSchema
    do throws(JobFailure) {
      compiled = try library.compiled(settings)
    } catch { throw CommandFailure(error, schema: invocation.path("schema") ?? "of the labels") }
    let files = invocation.operands(from: 0)
    if invocation.has("print-prompt") { return try printPrompts(files, settings, compiled) }
    if settings.calibration == .batch { settings.calibrationDocuments = try documents(files) }
    let parallel = invocation.number("parallel")
    // A file that is not there, or is no document, is found before a model is loaded.
    guard try holdsDocument(files) else {
      return try write(files, settings, nil, parallel: 1)
    }
    let model = try LoadedModel(invocation, parallel: parallel)
    let generator = RecordGenerator(source: model.source, library: library)
    let status = try write(files, settings, generator, parallel: model.sequences)
    model.stop()
    return status
  }

  /// Returns the texts of the files that can be read, in one order whatever theirs.
  private func documents(_ files: [FilePath]) throws(CommandFailure) -> [String] {
    var texts: [String] = []
    for file in files {
      let bytes = try InputFile.contents(of: file, kind: "document")
      if let document = try? DocumentReaders.read(bytes, name: file.text) {
        texts.append(document.text)
      }
    }
    return texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Returns whether one of the files can be read as a document.
  private func holdsDocument(_ files: [FilePath]) throws(CommandFailure) -> Bool {
    var found = false
    for file in files {
      let bytes = try InputFile.contents(of: file, kind: "document")
      if !found { found = (try? DocumentReaders.read(bytes, name: file.text)) != nil }
    }
    return found
  }

  private func schema() throws(CommandFailure) -> [UInt8] {
    if let labels {
      return JSONValue.object(
        {
          var object = JSONObject()
          object["enum"] = .array(labels.map { .string($0) })
          return object
        }()
      ).bytes
    }
    guard let path = invocation.path("schema") else {
      throw invocation.wrong("--schema is missing")
    }
    return try InputFile.contents(of: path, kind: "schema")
  }

  private func printPrompts(
    _ files: [FilePath], _ settings: ExtractionSettings, _ schema: CompiledSchema
  ) throws(CommandFailure) -> ExitStatus {
    let builder = ShownExamples().builder(of: settings, schema)
    for file in files {
      let bytes = try InputFile.contents(of: file, kind: "document")
      let document: Document
      do throws(DocumentError) {
        document = try DocumentReaders.read(bytes, name: file.text)
      } catch { throw CommandFailure(.badInput, "\(file): \(error)") }
      let turns = builder.turns(for: document.text).map { turn -> JSONValue in
        ["role": .string(turn.role.rawValue), "text": .string(turn.text)]
      }
      var line = JSONObject()
      line["name"] = .string(file.lastComponent.text)
      line["turns"] = .array(turns)
      line["schema"] = (try? JSONValue.parse(settings.schema)) ?? .null
      try Output.line(JSONValue.object(line).bytes)
    }
    return .done
  }

  // MARK: - Records

  /// Works on the files with some threads and writes the lines in the order of the files.
  private func write(
    _ files: [FilePath], _ settings: ExtractionSettings, _ generator: RecordGenerator?,
    parallel: Int
  ) throws(CommandFailure) -> ExitStatus {
    let ids = JobIDSource(clock: SystemClock())
    var jobs: [JobID] = []
    do throws(SpoolError) {
      for _ in files { jobs.append(try ids.next()) }
    } catch { throw CommandFailure(error) }
    let work = OneShotWork(files: files, jobs: jobs, settings: settings, generator: generator)
    var threads: [SharedThread] = []
    for index in 1...max(1, min(parallel, files.count)) {
      do throws(PosixError) {
        threads.append(try SharedThread(name: "job-\(index)") { work.run() })
      } catch { throw CommandFailure(error, "start a thread", otherwise: .inputOutput) }
    }
    let log = Log()
    var failures: [JobFailure] = []
    var isPartial = false
    for index in files.indices {
      let line = work.line(index)
      try Output.line(line.bytes)
      if let failure = line.failure {
        failures.append(failure)
        log.write(.warning, "\(files[index]): \(failure.message)")
      } else if line.status != "ok" {
        isPartial = true
        log.write(.warning, "\(files[index]): \(line.status)")
      }
    }
    for thread in threads { thread.join() }
    if failures.count == files.count, failures.allSatisfy({ $0.errorClass == "input" }) {
      return .badInput
    }
    return failures.isEmpty && !isPartial ? .done : .someFailed
  }
}

/// One finished line of standard output.
private struct OneShotLine: Sendable {
  let bytes: [UInt8]
  let status: String
  let failure: JobFailure?
}

/// The files of one call, shared by its job threads.
private final class OneShotWork: Sendable {
  private struct State {
    var next = 0
    var lines: [Int: OneShotLine] = [:]
  }

  private let files: [FilePath]
  private let jobs: [JobID]
  private let settings: ExtractionSettings
  private let worker = Machine.hostName
  /// Nil where no file is a document, so that no model is needed.
  private let generator: RecordGenerator?
  private let state = Condition(State())

  init(
    files: [FilePath], jobs: [JobID], settings: ExtractionSettings, generator: RecordGenerator?
  ) {
    self.files = files
    self.jobs = jobs
    self.settings = settings
    self.generator = generator
  }

  /// Takes files until none is left.
  func run() {
    while let index = state.withLock({ state -> Int? in
      guard state.next < files.count else { return nil }
      defer { state.next += 1 }
      return state.next
    }) {
      let line = makeLine(index)
      state.update { $0.lines[index] = line }
    }
  }

  /// Waits for the line of one file.
  func line(_ index: Int) -> OneShotLine {
    state.wait { $0.lines.removeValue(forKey: index) }
  }

  private func makeLine(_ index: Int) -> OneShotLine {
    let clock = SystemClock()
    let started = Moment(milliseconds: clock.wallMilliseconds)
    let file = files[index]
    let name = file.lastComponent.text
    var input = RecordInput(name: name, digest: nil, byteCount: 0)
    var usage: AnswerUsage?
    var milliseconds: [(stage: String, value: Int)] = []
    var ending: Record.Ending
    do throws(CommandFailure) {
      let bytes = try InputFile.contents(of: file, kind: "document")
      input.digest = SHA256.hash(bytes)
      input.byteCount = bytes.count
      do throws(JobFailure) {
        let document = try Self.document(bytes, name: name)
        input.encoding = document.encoding.rawValue
        input.flags = document.flags
        guard let generator else {
          throw .engine(problem: "the file changed while it was read", isTransient: false)
        }
        let extracted = try generator.generate(document, settings: settings)
        usage = extracted.usage
        milliseconds = extracted.milliseconds
        ending = .result(extracted)
      } catch {
        ending = .failure(error, status: "failed", attempts: 1)
      }
    } catch {
      ending = .failure(
        .engine(problem: error.message, isTransient: false), status: "failed", attempts: 1)
    }
    var key = SHA256()
    key.update(field: settings.schema)
    key.update(field: Array(settings.instructions.utf8))
    key.update(field: input.digest?.bytes ?? [])
    let record = Record(key: key.digest(), queue: "", input: input, ending: ending)
    let line = record.line(
      job: jobs[index].text,
      run: RunDetails(
        sequence: index + 1, worker: worker, attempt: 1, accepted: started.description,
        done: Moment(milliseconds: clock.wallMilliseconds).description, usage: usage,
        milliseconds: milliseconds))
    var failure: JobFailure?
    if case .failure(let reason, _, _) = ending { failure = reason }
    return OneShotLine(bytes: line, status: record.status, failure: failure)
  }

  private static func document(_ bytes: [UInt8], name: String) throws(JobFailure) -> Document {
    do throws(DocumentError) {
      return try DocumentReaders.read(bytes, name: name)
    } catch { throw .input(error) }
  }
}
