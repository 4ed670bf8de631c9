// Which values are wrapped, and the record of where wrappers stand in a schema.

import JSON

/// Which values may be answered with "not found".
package enum Abstention: String, Sendable, Hashable, CaseIterable {
  /// Those that the schema marks with `x-abstain`.
  case never
  /// Also scalars that may be null or left out.
  case optional
  /// Also all other scalars, and lists that may not be empty.
  case all
}

/// Which values come with evidence.
package enum EvidenceMode: String, Sendable, Hashable, CaseIterable {
  /// None.
  case none
  /// All that occur in the document, found afterwards.
  case match
  /// All scalars, by a quote that stands before each.
  case quote
  /// Those that the schema marks with `x-evidence`, by a quote.
  case whenMarked = "when-marked"
}

/// The members of wrappers.
enum Wrapper {
  /// The member that says that a value was not found.
  static let notFoundKey = "not_found"
  /// The bytes of the whole word, in the spelling that the grammar gives the model.
  static let notFound = Array(JSONValue.object(notFoundObject).spacedText.utf8)
  /// The whole word.
  static var notFoundObject: JSONObject {
    var object = JSONObject()
    object[notFoundKey] = true
    return object
  }
  /// The member that holds a quote.
  static let quoteKey = "quote"
  /// The member that holds a value beside its quote.
  static let valueKey = "value"
}

/// A place where a value stands, and what is around it.
struct WrappedPlace: Sendable, Equatable {
  /// Whether `{"not_found": true}` may stand there.
  var abstains = false
  /// Whether a quote stands before the value.
  var quotes = false
  /// Whether null is valid there.
  var acceptsNull = false
  /// Whether the object may not be without it.
  var isRequired = false
  /// Whether the value may be an object, which begins as the word "not found" does.
  var mayBeObject = false
  /// The spellings of the values of an enumeration that stands there beside the word.
  var labels: [[UInt8]] = []
  /// The number of the shape of the values that stand there.
  var shape = 0

  /// A place where nothing is around the value nor inside it.
  static let plain = WrappedPlace()
}

/// The places inside a value; shape 0 has none.
struct WrappedShape: Sendable {
  var members: [JSONKey: WrappedPlace] = [:]
  var prefix: [WrappedPlace] = []
  var items: WrappedPlace?
}
