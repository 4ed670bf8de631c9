// What a record says beside its output: where the values stand, and what became of the schema's rules.

import JSON

/// The maker of a record's evidence and checks.
enum RecordFindings {
  /// Returns the quotes of an answer by the places of their values in the output.
  static func quotes(of answer: RestoredAnswer) -> [JSONPointer: String] {
    var quotes: [JSONPointer: String] = [:]
    for field in answer.fields {
      if let quote = field.quote { quotes[field.output] = quote }
    }
    return quotes
  }

  /// Looks for evidence and evaluates the rules.
  ///
  /// - Throws: `JobFailure.checkFailed` for a rule that must hold and does not.
  static func add(
    to extracted: inout Extracted, output: JSONValue, quotes: [JSONPointer: String],
    places: DocumentPlaces, schema: CompiledSchema, settings: ExtractionSettings
  ) throws(JobFailure) {
    extracted.checks = schema.checks.outcomes(on: output)
    for outcome in extracted.checks where outcome.verdict == .violated {
      guard outcome.level == .check else {
        throw .checkFailed(pointer: outcome.place.description, problem: outcome.problem)
      }
      extracted.reviewReasons.append("\(outcome.place): \(outcome.problem)")
    }
    guard settings.evidence != .none || !quotes.isEmpty else { return }
    var evidence = EvidenceFinder(places, locale: settings.locale).evidence(
      for: output, quotes: quotes
    ) { schema.chosen.holds($1, at: $0) }
    for index in evidence.fields.indices
    where schema.chosen.isVerbatim(evidence.fields[index].pointer) {
      for span in evidence.fields[index].spans.indices {
        evidence.fields[index].spans[span].source = .verbatim
      }
    }
    extracted.reviewReasons += evidence.reasons
    var places: [String: Int] = [:]
    for (index, field) in extracted.fields.enumerated() { places[field.pointer] = index }
    for field in evidence.fields {
      guard let place = places[field.pointer.description] else { continue }
      extracted.fields[place].raw = field.raw
      extracted.fields[place].evidence = field.spans.map(\.json)
    }
  }
}
