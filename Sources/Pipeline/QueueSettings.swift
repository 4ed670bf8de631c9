// queue.json and the files beside it, as settings with every key checked.

import Documents
package import Extraction
import JSON
import Posix
package import Spool

/// Why a queue cannot be used.
package struct QueueProblem: Error, Equatable, CustomStringConvertible {
  /// The queue.
  package let queue: String
  /// What is wrong, without a final full stop.
  package let problem: String

  package var description: String { "queue \(queue) cannot be used: \(problem)" }
}

/// One queue, ready to take and to do jobs.
package struct QueueSettings: Sendable {
  /// The name.
  package let name: SpoolName
  /// What every document is asked.
  package let extraction: ExtractionSettings
  /// What intake must know.
  package let intake: IntakeRules

  /// The greatest size of queue.json and of the schema in bytes.
  private static let fileLimit = 16 << 20
  /// The keys of queue.json, some of which have no effect yet.
  private static let keys = [
    "schema", "instructions", "examples", "priority", "evidence", "abstain", "abstain_from",
    "probabilities", "sampling", "max_output_tokens", "limits", "accept", "long_documents",
    "unknown_keywords", "formats", "review", "keep", "label_calibration", "calibration",
    "locale", "window_tokens",
  ]
  /// Reads and checks a queue.
  ///
  /// - Throws: `QueueProblem` with one sentence.
  package init(
    _ name: SpoolName, in spool: SpoolDirectory, library: SchemaLibrary
  ) throws(QueueProblem) {
    func fail(_ problem: String) -> QueueProblem {
      QueueProblem(queue: name.text, problem: problem)
    }
    func read(_ file: String) throws(QueueProblem) -> [UInt8] {
      do throws(SpoolError) {
        return try spool.readQueueFile(FilePath(file), of: name, limit: Self.fileLimit)
      } catch { throw fail("\(file) cannot be read: \(error)") }
    }
    let text = try read("queue.json")
    let root: JSONValue
    do throws(JSONError) {
      root = try JSONValue.parse(text)
    } catch { throw fail("queue.json is not JSON: \(error)") }
    let reader: SettingsReader
    do throws(SettingsError) {
      reader = try SettingsReader(root, keys: Self.keys)
    } catch { throw fail("in queue.json, \(error.sentence)") }

    do throws(SettingsError) {
      let schemaFile = try reader.text("schema") ?? "schema.json"
      guard !schemaFile.contains("/") else {
        throw SettingsError(sentence: "\"schema\" must name a file beside queue.json")
      }
      let schema: [UInt8]
      do throws(QueueProblem) { schema = try read(schemaFile) } catch {
        throw SettingsError(sentence: error.problem)
      }
      var extraction = ExtractionSettings(
        schema: schema, instructions: try reader.text("instructions") ?? "")
      extraction.allowsUnknownKeywords =
        try reader.choice("unknown_keywords", of: ["refuse", "allow"]) == "allow"
      extraction.assertsFormats =
        try reader.choice("formats", of: ["assert", "annotate"]) != "annotate"
      try Self.values(reader, &extraction)
      if let sampling = try reader.object("sampling", keys: ["temperature", "seed"]) {
        if let temperature = try sampling.double("temperature", in: 0...10) {
          extraction.sampling.temperature = temperature
        }
        if let seed = try sampling.integer("seed", in: 0...Int.max) {
          extraction.sampling.seed = UInt64(seed)
        }
      }
      if let limits = try reader.object("limits", keys: ExtractionSettings.limitNames) {
        for limit in ExtractionSettings.limitNames {
          if let value = try limits.integer(limit, in: 0...1_000_000_000) {
            _ = extraction.setLimit(limit, to: value)
          }
        }
      }
      switch root["max_output_tokens"] {
      case nil, .string("auto"): break
      case .some(let value):
        guard let count = value.int, count > 0 else {
          throw SettingsError(
            sentence: "\"max_output_tokens\" must be \"auto\" or a number above 0")
        }
        extraction.budget = .tokens(count)
      }
      var examplesBytes: [UInt8] = []
      if let file = try reader.text("examples") {
        guard !file.contains("/") else {
          throw SettingsError(sentence: "\"examples\" must name a file beside queue.json")
        }
        do throws(QueueProblem) { examplesBytes = try read(file) } catch {
          throw SettingsError(sentence: error.problem)
        }
        extraction.examples = try Self.examples(examplesBytes, file: file)
      }
      if extraction.calibration == .batch {
        guard let file = try reader.text("calibration"), !file.contains("/") else {
          throw SettingsError(
            sentence: "\"label_calibration\": \"batch\" needs \"calibration\", a file beside "
              + "queue.json with lines of {\"document\": …}")
        }
        let bytes: [UInt8]
        do throws(QueueProblem) { bytes = try read(file) } catch {
          throw SettingsError(sentence: error.problem)
        }
        extraction.calibrationDocuments = try Self.documents(bytes, file: file)
        examplesBytes += [0x0A] + bytes
      }
      let compiled: CompiledSchema
      do throws(JobFailure) {
        compiled = try library.compiled(extraction)
      } catch { throw SettingsError(sentence: error.message) }
      for (index, example) in extraction.examples.enumerated() {
        do throws(JobFailure) {
          _ = try RecordCheck.check(Array(example.output.utf8), against: compiled)
        } catch {
          throw SettingsError(sentence: "example \(index + 1) does not satisfy the schema")
        }
      }
      let accept = try reader.object(
        "accept", keys: ["settle_seconds", "max_bytes", "dedupe", "on_accept"])
      let seconds = try accept?.double("settle_seconds", in: 0...86_400) ?? 2
      let dedupe = try accept?.choice("dedupe", of: Dedupe.allCases.map(\.rawValue))
      let onAccept = try accept?.choice(
        "on_accept", of: IntakeRules.AfterAccept.allCases.map(\.rawValue))
      intake = IntakeRules(
        material: KeyMaterial(
          queue: name, settings: Self.keyBytes(root), schema: schema, examples: examplesBytes),
        priority: try reader.integer("priority", in: 0...9) ?? 5,
        settleMilliseconds: Int(seconds * 1000),
        byteLimit: try accept?.integer("max_bytes", in: 1...(1 << 40)) ?? 64 << 20,
        dedupe: dedupe.flatMap { Dedupe(rawValue: $0) } ?? .content,
        afterAccept: onAccept.flatMap { IntakeRules.AfterAccept(rawValue: $0) } ?? .move,
        inspect: Self.inspect)
      self.extraction = extraction
    } catch { throw fail("in queue.json, \(error.sentence)") }
    self.name = name
  }

  /// Reads what the queue says of labels, missing values and review.
  private static func values(
    _ reader: SettingsReader, _ extraction: inout ExtractionSettings
  ) throws(SettingsError) {
    if let word = try reader.choice("abstain", of: Abstention.allCases.map(\.rawValue)),
      let choice = Abstention(rawValue: word)
    {
      extraction.abstention = choice
    }
    extraction.abstainFrom = try reader.double("abstain_from", in: 0...1)
    if let word = try reader.choice("evidence", of: EvidenceMode.allCases.map(\.rawValue)),
      let choice = EvidenceMode(rawValue: word)
    {
      extraction.evidence = choice
    }
    extraction.scoresLabels = try reader.choice("probabilities", of: ["none", "enums"]) != "none"
    if let word = try reader.choice(
      "label_calibration", of: LabelCalibration.allCases.map(\.rawValue)),
      let choice = LabelCalibration(rawValue: word)
    {
      extraction.calibration = choice
    }
    if let tag = try reader.text("locale") {
      guard let locale = QueueLocale(tag) else {
        throw SettingsError(
          sentence: "\"locale\" must be the tag of a known language and region, such as en-US or "
            + "de-DE, found \(String(tag.prefix(40)))")
      }
      extraction.locale = locale
    }
    let windowTokens = try reader.integer("window_tokens", in: 64...(1 << 30))
    if try reader.choice("long_documents", of: ["refuse", "windows"]) == "windows" {
      extraction.longDocuments = .windows(tokens: windowTokens)
    } else if windowTokens != nil {
      throw SettingsError(
        sentence: "\"window_tokens\" needs \"long_documents\": \"windows\"")
    }
    if let review = try reader.object("review", keys: ["below"]) {
      extraction.reviewBelow = try review.double("below", in: 0...1) ?? extraction.reviewBelow
    }
  }

  /// The settings that can change a record, in one spelling whatever their order.
  private static func keyBytes(_ root: JSONValue) -> [UInt8] {
    let without = ["priority", "accept", "keep"]
    let members = (root.object?.members ?? []).filter { !without.contains($0.key) }
    var object = JSONObject()
    for member in members.sorted(by: { $0.key < $1.key }) { object[member.key] = member.value }
    return JSONValue.object(object).bytes
  }

  /// Judges whether bytes are a document.
  private static func inspect(_ bytes: [UInt8], _ name: String) -> Rejection? {
    do throws(DocumentError) {
      _ = try DocumentReaders.read(bytes, name: name)
      return nil
    } catch {
      return Rejection(code: error.code, message: error.description)
    }
  }

  /// Reads the documents of a calibration.
  private static func documents(
    _ bytes: [UInt8], file: String
  ) throws(SettingsError) -> [String] {
    var documents: [String] = []
    for (index, line) in bytes.split(separator: 0x0A).enumerated() {
      guard let text = (try? JSONValue.parse(Array(line)))?["document"]?.string else {
        throw SettingsError(
          sentence: "line \(index + 1) of \(file) is not {\"document\": …}")
      }
      documents.append(text)
    }
    guard !documents.isEmpty else { throw SettingsError(sentence: "\(file) holds no document") }
    return documents
  }

  private static func examples(
    _ bytes: [UInt8], file: String
  ) throws(SettingsError) -> [PromptExample] {
    var examples: [PromptExample] = []
    for (index, line) in bytes.split(separator: 0x0A).enumerated() {
      guard let value = try? JSONValue.parse(Array(line)), let document = value["document"]?.string,
        let output = value["output"]
      else {
        throw SettingsError(
          sentence: "line \(index + 1) of \(file) is not {\"document\": …, \"output\": …}")
      }
      examples.append(PromptExample(document: document, output: output.spacedText))
    }
    return examples
  }
}
