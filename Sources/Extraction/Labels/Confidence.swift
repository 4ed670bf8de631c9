// How sure the model was of each value: the probabilities of its tokens after the mask.
//
// A token belongs to every value whose bytes it touches. Tokens that were the only ones allowed count for
// nothing, so that forced text does not make a value look sure.

import Inference
package import JSON

/// What is recorded of one leaf of the output.
package struct FieldRecord: Sendable {
  /// The pointer in the output.
  package var pointer: String
  /// The product of the probabilities after the mask, nil where no token was chosen.
  package var probability: Double?
  /// The least of them.
  package var least: Double?
  /// Whether the document states the value.
  package var isFound: Bool
  /// How probable "not found" was, nil where it could not be said.
  package var absence: Double?
  /// The value as the document spells it, where that is known.
  package var raw: String?
  /// Where the document states it.
  package var evidence: [JSONValue]
  /// Other values that parts of a long document state, with where they stand.
  package var alternatives: [JSONValue] = []

  /// Creates the record of a leaf.
  package init(
    pointer: String, probability: Double?, least: Double?, isFound: Bool, raw: String? = nil,
    evidence: [JSONValue] = []
  ) {
    self.pointer = pointer
    self.probability = probability
    self.least = least
    self.isFound = isFound
    self.raw = raw
    self.evidence = evidence
  }

  /// The members of the record's `fields`.
  func json(withEvidence: Bool) -> JSONValue {
    var object = JSONObject()
    object["p"] = .number(SixDigits.number(probability ?? 1))
    object["min"] = .number(SixDigits.number(least ?? 1))
    object["status"] = .string(isFound ? "found" : "not_found")
    if let absence { object["not_found"] = .number(SixDigits.number(absence)) }
    if let raw { object["raw"] = .string(raw) }
    if withEvidence, !evidence.isEmpty { object["evidence"] = .array(evidence) }
    if !alternatives.isEmpty { object["alternatives"] = .array(alternatives) }
    return .object(object)
  }
}

extension Answer {
  /// How probable "not found" was, by the places in the generated text.
  var absenceByPlace: [JSONPointer: Double] {
    Dictionary(
      absences.map { ($0.pointer, $0.probability) }, uniquingKeysWith: { first, _ in first })
  }
}

/// The making of field records.
enum Confidence {
  /// Returns a record for each leaf, in document order.
  static func fields(of answer: Answer, _ restored: RestoredAnswer) -> [FieldRecord] {
    var text = JSONPathTracker()
    text.take(answer.bytes)
    text.end()
    var ranges: [JSONPointer: Range<Int>] = [:]
    for value in text.values { ranges[value.pointer] = value.range }
    var starts: [Int] = []
    var end = 0
    for piece in answer.pieces {
      starts.append(end)
      end += piece.byteCount
    }
    let absences = answer.absenceByPlace
    return restored.fields.map { field in
      var total = 0.0
      var least = 0.0
      var isChosen = false
      if let range = ranges[field.generated] {
        var place = firstPiece(touching: range.lowerBound, starts)
        while place < starts.count, starts[place] < range.upperBound {
          if let logProbability = answer.pieces[place].logProbability {
            total += logProbability
            least = min(least, logProbability)
            isChosen = true
          }
          place += 1
        }
      }
      var record = FieldRecord(
        pointer: field.output.description,
        probability: isChosen ? Probability.of(logarithm: total) : nil,
        least: isChosen ? Probability.of(logarithm: least) : nil, isFound: field.isFound)
      record.absence = absences[field.wrapper]
      return record
    }
  }

  /// Returns the last piece that starts at or before a byte.
  private static func firstPiece(touching byte: Int, _ starts: [Int]) -> Int {
    var low = 0
    var high = starts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= byte { low = middle } else { high = middle }
    }
    return low
  }

  /// Returns the fields that a person should look at, the riskiest first, as sentences.
  static func reasons(_ fields: [FieldRecord], below threshold: Double) -> [String] {
    byRisk(fields).compactMap { field in
      let place = field.pointer.isEmpty ? "output" : field.pointer
      if let probability = field.probability, probability < threshold {
        return "\(place): probability \(SixDigits.number(probability).literal) is below "
          + SixDigits.number(threshold).literal
      }
      return nil
    }
  }

  /// Returns the fields, the least probable first; equals stay in document order.
  static func byRisk(_ fields: [FieldRecord]) -> [FieldRecord] {
    fields.enumerated().sorted {
      let first = $0.element.probability ?? 1
      let second = $1.element.probability ?? 1
      return first == second ? $0.offset < $1.offset : first < second
    }.map(\.element)
  }
}

/// Numbers with six significant digits, spelled alike everywhere.
enum SixDigits {
  /// Returns a number from 0 to 1 with six significant digits.
  static func number(_ value: Double) -> JSONNumber {
    guard value > 1e-300 else { return JSONNumber(0) }
    guard value < 1 else { return JSONNumber(1) }
    var scaled = value
    var exponent = 0
    while scaled < 100_000 {
      scaled *= 10
      exponent += 1
    }
    var digits = Int(scaled.rounded(.toNearestOrEven))
    while digits % 10 == 0, exponent > 0 {
      digits /= 10
      exponent -= 1
    }
    guard exponent > 0 else { return JSONNumber(digits) }
    let text = String(digits)
    if exponent > 12 { return JSONNumber(literal: "\(text)e-\(exponent)") ?? JSONNumber(0) }
    let zeros = String(repeating: "0", count: max(0, exponent - text.utf8.count))
    return JSONNumber(literal: "0." + zeros + text) ?? JSONNumber(0)
  }
}
