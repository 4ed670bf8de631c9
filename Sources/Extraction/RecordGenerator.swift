// One document to one record: prompt, answer, check.
// Knows models only through `AnswerSource`, and no disk.

import Digests
package import Documents
import Inference
import JSON
import Tokenizers
import Tokens

/// The name and version that records carry.
package let engineName = "quern/0.1.0"

/// A maker of records that many job threads share.
package struct RecordGenerator: Sendable {
  private let source: any AnswerSource
  private let schemas: SchemaLibrary
  private let priors: LabelPriors
  private let examples: ShownExamples

  /// Creates a generator.
  ///
  /// - Parameters:
  ///   - source: Where answers come from.
  ///   - library: The compiled schemas, shared with whoever checks queues.
  package init(source: any AnswerSource, library: SchemaLibrary) {
    self.source = source
    schemas = library
    priors = LabelPriors()
    examples = ShownExamples()
  }

  /// Returns what one document yields under the settings of its queue.
  ///
  /// - Throws: `JobFailure`; a violated schema is one, so that what is returned always validates.
  package func generate(
    _ document: Document, settings: ExtractionSettings
  ) throws(JobFailure)
    -> Extracted
  {
    let places = DocumentPlaces(document.text)
    if case .windows(let tokens) = settings.longDocuments {
      let windowed = WindowedDocument(places, settings: settings, source: source)
      let builder = examples.builder(
        of: windowed.settings, try schemas.compiled(windowed.settings))
      let ranges = windowed.ranges(limit: tokens, builder)
      if ranges.count > 1 {
        return try generate(ranges, of: places, settings: windowed.settings)
      }
    }
    let schema = try schemas.compiled(settings)
    let (answer, restored, repaired, doubts) = try ask(document.text, schema, settings)
    let value = restored.output
    guard restored.missing.isEmpty else {
      throw .notFound(pointers: restored.missing.map(\.description), partial: value.bytes)
    }
    try RecordCheck.judge(value, against: schema)
    var extracted = Extracted(
      output: value.bytes, finish: Self.finish(of: answer),
      reviewReasons: Self.reviewReasons(of: answer, repaired: repaired) + doubts,
      reproduction: reproduction(of: [answer], schema, settings), usage: answer.usage,
      milliseconds: [
        ("prefill", answer.prefillMilliseconds), ("decode", answer.decodeMilliseconds),
      ])
    extracted.fields = Confidence.fields(of: answer, restored)
    extracted.labels = LabelRecord.records(of: answer, restored)
    extracted.reviewReasons += Confidence.reasons(extracted.fields, below: settings.reviewBelow)
    let quotes = RecordFindings.quotes(of: restored)
    try RecordFindings.add(
      to: &extracted, output: value, quotes: quotes, places: places, schema: schema,
      settings: settings)
    return extracted
  }

  /// Asks for the record of one text; `doubts` says which values were taken out of it.
  private func ask(
    _ text: String, _ schema: CompiledSchema, _ settings: ExtractionSettings
  ) throws(JobFailure) -> (
    answer: Answer, restored: RestoredAnswer, repaired: String?, doubts: [String]
  ) {
    let builder = examples.builder(of: settings, schema)
    var request = AnswerRequest(
      turns: builder.turns(for: text), sharedTurnCount: builder.sharedTurnCount,
      schema: schema, budget: settings.budget, sampling: settings.sampling,
      labels: try priors.policy(of: settings, schema, builder, source))
    request.labels.absenceBound = settings.abstainFrom
    if schema.hasQuotes { request.quotableText = text }
    var answer = try source.answer(request)
    var repaired: String?
    if let repair = schema.repair(of: answer.bytes) {
      answer = try self.repaired(answer, repair, request)
      repaired = repair.pointer
    }
    let value = try RecordCheck.parse(answer.bytes)
    let copies = examples.copies(in: value, of: text, settings, schema)
    let restored = schema.generation.restore(value, copies: copies)
    let missing = DocumentSupport.missing(
      in: restored, absences: answer.absenceByPlace, document: text, locale: settings.locale
    ) { schema.chosen.holds($1, at: $0) || schema.chosen.isVerbatim($0) }
    if missing.isEmpty { return (answer, restored, repaired, []) }
    let doubts = restored.fields.filter { missing.contains($0.wrapper) }.map { field in
      let value = field.output.find(in: restored.output)?.text ?? ""
      let shown = value.count > 80 ? value.prefix(80) + "…" : value[...]
      return "\(field.output): not found, for the document does not bear out \(shown)"
    }
    return (
      answer, schema.generation.restore(value, copies: copies, missing: missing), repaired, doubts
    )
  }

  /// Returns what the windows of a long document yield together.
  private func generate(
    _ ranges: [Range<Int>], of places: DocumentPlaces, settings: ExtractionSettings
  ) throws(JobFailure) -> Extracted {
    let schema = try schemas.compiled(settings)
    var answers: [Answer] = []
    var outputs: [WindowOutput] = []
    var missing: [JSONPointer] = []
    var reasons: [String] = []
    var findings: [WindowFindings] = []
    for (index, range) in ranges.enumerated() {
      let text = places.text(range)
      let (answer, restored, repaired, _) = try ask(text, schema, settings)
      let found = EvidenceFinder(DocumentPlaces(text), locale: settings.locale).evidence(
        for: restored.output, quotes: RecordFindings.quotes(of: restored)
      ) { _, _ in true }
      let shifted = found.fields.compactMap { field in
        field.spans.first.map { span in
          let start = span.range.lowerBound + range.lowerBound
          return (field.pointer, start..<start + span.range.count)
        }
      }
      outputs.append(
        WindowOutput(
          output: restored.output,
          places: Dictionary(shifted, uniquingKeysWith: { first, _ in first }), range: range))
      missing += restored.missing.filter { !missing.contains($0) }
      for reason in Self.reviewReasons(of: answer, repaired: repaired)
      where !reasons.contains(reason) {
        reasons.append(
          answer.closedEarly ? reason + " in window \(index + 1) of \(ranges.count)" : reason)
      }
      findings.append(WindowFindings(of: answer, restored))
      answers.append(answer)
    }
    let merge = WindowMerge(outputs)
    if let violation = schema.firstViolation(of: merge.output) {
      // What no window states is not found; anything else that is wrong came about by joining.
      guard missing.isEmpty else {
        let absent = missing.filter { $0.find(in: merge.output) == nil }
        throw .notFound(
          pointers: (absent.isEmpty ? missing : absent).map(\.description),
          partial: merge.output.bytes)
      }
      throw .outputInvalid(
        pointer: violation.pointer, problem: violation.problem + ", after the windows were joined")
    }
    for pointer in merge.alternatives.keys.map(\.description).sorted() {
      reasons.append("\(pointer): parts of the document state different values")
    }
    let finishes = answers.map(Self.finish)
    var extracted = Extracted(
      output: merge.output.bytes,
      finish: finishes.contains(.closedEarly)
        ? .closedEarly : finishes.contains(.limit) ? .limit : .stop, reviewReasons: reasons,
      reproduction: reproduction(of: answers, schema, settings),
      usage: AnswerUsage(sumOf: answers.map(\.usage)),
      milliseconds: [
        ("prefill", answers.reduce(0) { $0 + $1.prefillMilliseconds }),
        ("decode", answers.reduce(0) { $0 + $1.decodeMilliseconds }),
      ])
    (extracted.fields, extracted.labels) = WindowFindings.joined(findings, by: merge)
    extracted.reviewReasons += Confidence.reasons(extracted.fields, below: settings.reviewBelow)
    try RecordFindings.add(
      to: &extracted, output: merge.output, quotes: [:], places: places, schema: schema,
      settings: settings)
    return extracted
  }

  private func reproduction(
    of answers: [Answer], _ schema: CompiledSchema, _ settings: ExtractionSettings
  ) -> Reproduction {
    Reproduction(
      schema: schema.digest,
      prompt: Self.digest(of: answers.flatMap(\.promptTokens).map(\.rawValue)),
      model: source.modelDigest, engine: engineName, backend: source.backendName,
      temperature: settings.sampling.temperature, seed: settings.sampling.seed,
      tokens: Self.digest(of: answers.flatMap(\.tokens).map(\.rawValue)))
  }

  private static func finish(of answer: Answer) -> FinishReason {
    if answer.closedEarly { return .closedEarly }
    return answer.limitsMet.isEmpty ? .stop : .limit
  }

  /// Returns an answer in which one value was made anew, or the answer itself where that cannot be done.
  private func repaired(
    _ answer: Answer, _ repair: AnswerRepair, _ request: AnswerRequest
  ) throws(JobFailure) -> Answer {
    do throws(JobFailure) {
      return try source.resume(
        request, answer, at: repair.range.lowerBound, excluding: Array(answer.bytes[repair.range]))
        ?? answer
    } catch {
      // A second answer that cannot be had leaves the first one, whose fault is told.
      if error.isTransient { throw error }
      return answer
    }
  }

  private static func reviewReasons(of answer: Answer, repaired: String?) -> [String] {
    var reasons: [String] = []
    if let repaired {
      reasons.append("\(repaired): made anew, the first value broke a rule that is checked after")
    }
    if answer.closedEarly {
      reasons.append("output: closed early, the token budget was met")
    }
    for pointer in answer.limitsMet { reasons.append("\(pointer): a limit of the queue was met") }
    return reasons
  }

  /// Returns the digest of token ids, each as four bytes in little-endian order.
  private static func digest(of ids: [Int32]) -> Digest {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(ids.count * 4)
    for id in ids {
      let value = UInt32(bitPattern: id)
      for shift in [0, 8, 16, 24] as [UInt32] {
        bytes.append(UInt8(truncatingIfNeeded: value >> shift))
      }
    }
    return SHA256.hash(bytes)
  }
}
