// The probabilities of an enumeration's labels in a record.

import Inference
package import JSON

/// What is recorded of one enumeration.
package struct LabelRecord: Sendable {
  /// The pointer in the output.
  package var pointer: String
  /// The labels with their probabilities before any correction, in the order of the schema.
  package var labels: [(value: JSONValue, probability: Double, calibrated: Double?)]
  /// The sum of the probabilities before they were normalized.
  package var mass: Double
  /// The probability of "not found", nil where it could not be said.
  package var absence: Double?

  /// Creates a record.
  package init(
    pointer: String, labels: [(value: JSONValue, probability: Double, calibrated: Double?)],
    mass: Double, absence: Double? = nil
  ) {
    self.pointer = pointer
    self.labels = labels
    self.mass = mass
    self.absence = absence
  }

  /// Returns the records of an answer's enumerations.
  static func records(of answer: Answer, _ restored: RestoredAnswer) -> [LabelRecord] {
    var places: [JSONPointer: JSONPointer] = [:]
    for field in restored.fields { places[field.generated] = field.output }
    return answer.labels.compactMap { scored in
      guard let place = places[scored.pointer] else { return nil }
      return LabelRecord(
        pointer: place.description,
        labels: scored.labels.indices.filter { $0 != scored.absence }.map { index in
          (
            (try? JSONValue.parse(scored.labels[index])) ?? .null, scored.probabilities[index],
            scored.calibrated?[index]
          )
        }, mass: scored.mass, absence: scored.absence.map { scored.probabilities[$0] })
    }
  }

  /// The members of the record's `labels`.
  package var json: JSONValue {
    var object = JSONObject()
    object["probabilities"] = .array(
      labels.map { label in
        var object = JSONObject()
        object["value"] = label.value
        object["probability"] = .number(SixDigits.number(label.probability))
        if let calibrated = label.calibrated {
          object["calibrated"] = .number(SixDigits.number(calibrated))
        }
        return .object(object)
      })
    if let absence { object["not_found"] = .number(SixDigits.number(absence)) }
    object["label_mass"] = .number(SixDigits.number(mass))
    return .object(object)
  }
}
