// Which values of an answer count as missing because the document does not bear them out.
//
// A model that finds nothing seldom says so: it takes a date that stands elsewhere, or makes one up, and gives the
// word for what is missing some hundredths. To values that do stand in the document it gives as much, and
// is right all the same. So the word needs less where
//
//   nothing bears the value out: no date or number of that value (days of dates are no numbers), no such text,
//   nor most of its words in other cases or another order; or
//   what does bears out another value too, of which the model was surer.
//
// A text that says in other words that nothing is stated, and does not stand in the document, counts as missing at once.
// Values that were chosen from a list, quoted or copied, truth values and null are not judged.

package import JSON

/// A judge of the values of one answer.
package struct DocumentSupport {
  private let finder: EvidenceFinder
  private let dates: [Range<Int>]
  private let words: Set<String>

  /// From which probability of the word a value counts as missing.
  ///
  /// Where nothing bears it out, and where only the place of another value does. Chosen on the samples, see
  /// `scripts/cut-fields`.
  package static let bounds = (unsupported: 0.01, shared: 0.05)
  /// What models write for want of a value.
  private static let wordsOfAbsence: Set<String> = [
    "unknown", "not found", "not stated", "not specified", "not provided", "not available",
    "not given", "not mentioned", "n/a", "null", "unbekannt", "nicht angegeben", "keine angabe",
    "inconnu", "non précisé", "non indiqué", "desconocido", "no especificado",
  ]
  /// Numbers that a date may hold without being about them.
  private static let greatestDay = JSONNumber(31).decimal

  private init(_ document: String, locale: QueueLocale?) {
    let places = DocumentPlaces(document)
    finder = EvidenceFinder(places, locale: locale)
    dates = DateReader(places.scalars, locale: locale).occurrences().map(\.range)
    words = Set(Self.words(of: places.scalars))
  }

  /// Returns the places in the answer of values that count as missing.
  ///
  /// - Parameters:
  ///   - answer: The answer with those values in it.
  ///   - absences: How probable the word was, by the places in the generated text.
  ///   - isChosen: Whether a value at a place of the output was chosen from a list, or copied.
  package static func missing(
    in answer: RestoredAnswer, absences: [JSONPointer: Double], document: String,
    locale: QueueLocale?, isChosen: (JSONPointer, JSONValue) -> Bool
  ) -> Set<JSONPointer> {
    let doubtful = answer.fields.filter { field in
      guard field.isFound, field.quote == nil,
        let absence = absences[field.wrapper],
        let value = field.output.find(in: answer.output),
        absence >= bounds.unsupported || saysNothing(value)
      else { return false }
      guard value.string?.isEmpty == false || value.number != nil else { return false }
      return !isChosen(field.output, value)
    }
    guard !doubtful.isEmpty else { return [] }
    return DocumentSupport(document, locale: locale).missing(doubtful, in: answer, absences)
  }

  private func missing(
    _ doubtful: [AnsweredField], in answer: RestoredAnswer, _ absences: [JSONPointer: Double]
  ) -> Set<JSONPointer> {
    let found = finder.evidence(for: answer.output) { _, _ in true }
    let spans = Dictionary(
      found.fields.map { ($0.pointer, $0.spans.map(\.range)) },
      uniquingKeysWith: { first, _ in first })
    let shared = Self.shared(answer, spans, absences)
    var missing: Set<JSONPointer> = []
    for field in doubtful {
      guard let value = field.output.find(in: answer.output) else { continue }
      if !isSupported(value, by: spans[field.output] ?? []) {
        missing.insert(field.wrapper)
      } else if shared.contains(field.output), absences[field.wrapper] ?? 0 >= Self.bounds.shared {
        missing.insert(field.wrapper)
      }
    }
    return missing
  }

  private static func saysNothing(_ value: JSONValue) -> Bool {
    value.string.map { wordsOfAbsence.contains($0.lowercased()) } ?? false
  }

  /// Whether the document bears a value out.
  private func isSupported(_ value: JSONValue, by spans: [Range<Int>]) -> Bool {
    if let number = value.number?.decimal, !spans.isEmpty {
      guard number >= .zero, number <= Self.greatestDay else { return true }
      return !spans.allSatisfy { span in
        dates.contains { $0.lowerBound <= span.lowerBound && span.upperBound <= $0.upperBound }
      }
    }
    guard spans.isEmpty, let text = value.string, !EvidenceFinder.looksLikeDate(text) else {
      return !spans.isEmpty
    }
    if Self.saysNothing(value) { return false }
    let wanted = Self.words(of: Array(text.unicodeScalars))
    return 2 * wanted.count { words.contains($0) } > wanted.count
  }

  /// Returns the runs of letters and digits of a text, in small letters.
  private static func words(of scalars: [Unicode.Scalar]) -> [String] {
    scalars.split { !$0.continuesWord }.map { run in
      String(String.UnicodeScalarView(run)).lowercased()
    }
  }

  /// Returns the values that claim the same places as others, more of them than there are places, and of which the
  /// model was less sure; elements of lists repeat each other rightly and are left out.
  private static func shared(
    _ answer: RestoredAnswer, _ spans: [JSONPointer: [Range<Int>]],
    _ absences: [JSONPointer: Double]
  ) -> Set<JSONPointer> {
    var claims: [[Range<Int>]: [AnsweredField]] = [:]
    for field in answer.fields where !field.output.steps.contains(where: { Int($0) != nil }) {
      guard let places = spans[field.output] else { continue }
      claims[places.sorted { $0.lowerBound < $1.lowerBound }, default: []].append(field)
    }
    var shared: Set<JSONPointer> = []
    for (places, fields) in claims where fields.count > places.count {
      let surest = fields.enumerated().sorted {
        let first = absences[$0.element.wrapper] ?? 0
        let second = absences[$1.element.wrapper] ?? 0
        return first == second ? $0.offset < $1.offset : first < second
      }
      shared.formUnion(surest.dropFirst(places.count).map(\.element.output))
    }
    return shared
  }
}
