// What a record says of the places where its values stand in the document.

package import JSON

/// How a span was tied to a value.
package enum EvidenceSource: String, Sendable {
  /// It was looked for afterwards: the same text, or a number or date of the same value.
  case match
  /// The model wrote it down before the value.
  case quote
  /// The value itself could only be a part of the document.
  case verbatim
}

/// A place in the document that supports a value.
package struct EvidenceSpan: Sendable, Equatable {
  /// The offsets in Unicode scalars of the decoded text.
  package var range: Range<Int>
  /// The line of its start, counted from one.
  package var line: Int
  /// The page of its start, counted from one, nil where pages are not known.
  package var page: Int?
  /// How it was found.
  package var source: EvidenceSource
  /// All values that the text may have, where it may have several.
  package var readings: [String]

  /// Creates a span over a place of a document.
  init(
    _ range: Range<Int>, in places: DocumentPlaces, source: EvidenceSource, readings: [String] = []
  ) {
    self.range = range
    line = places.line(of: range.lowerBound)
    page = places.page(of: range.lowerBound)
    self.source = source
    self.readings = readings
  }

  /// The span as records write it.
  package var json: JSONValue {
    var object = JSONObject()
    object["doc"] = 0
    object["page"] = page.map { .number(JSONNumber($0)) } ?? .null
    object["start"] = .number(JSONNumber(range.lowerBound))
    object["end"] = .number(JSONNumber(range.upperBound))
    object["line"] = .number(JSONNumber(line))
    object["by"] = .string(source.rawValue)
    if !readings.isEmpty { object["readings"] = .array(readings.map { .string($0) }) }
    return .object(object)
  }
}

/// What supports the value at one place of the output.
package struct FieldEvidence: Sendable, Equatable {
  /// The place in the output.
  package var pointer: JSONPointer
  /// The text of the first span.
  package var raw: String
  /// At most `spanLimit` places, the most likely one first, the others in the document's order.
  package var spans: [EvidenceSpan]

  /// The most spans that one field has.
  package static let spanLimit = 16
}

/// What supports the values of an output, and which of them nothing supports.
package struct OutputEvidence: Sendable, Equatable {
  /// The fields with evidence, in the order of the output.
  package var fields: [FieldEvidence] = []
  /// What a person should look at: values that do not occur, and texts that may be read in two ways.
  package var reasons: [String] = []
}
