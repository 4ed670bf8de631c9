// The parts of a line that describe single values, and what of them moves to a sidecar when a line grows long.
//
//   sidecar/<aa>/<sha256>.json   {"v":1,"fields":{"/total":{"evidence":[…]}},"labels":{…}}
//
// Evidence moves first, then labels. The choice depends on the hashed part of the line alone, so that the same
// record comes about in every run.

package import Digests
import JSON

/// What left a line because it was too long.
package struct Sidecar: Sendable, Equatable {
  /// The file's content.
  package var bytes: [UInt8]
  /// The hash of the content.
  package var digest: Digest

  init(_ value: JSONValue) {
    bytes = value.bytes
    digest = SHA256.hash(bytes)
  }

  /// The member of the line that names the file.
  var json: JSONValue {
    [
      "path": .string("sidecar/\(digest.hex.prefix(2))/\(digest.hex).json"),
      "sha256": .string(digest.hex),
    ]
  }
}

/// Which parts of a line stand in its sidecar.
enum MovedParts {
  case none
  case evidence
}

extension Extracted {
  /// The members `fields`, without what has moved.
  func fieldsObject(without moved: MovedParts) -> JSONObject {
    var fields = JSONObject()
    for field in evidence.fields {
      let name = field.pointer.description
      var object = fields[name]?.object ?? JSONObject()
      object["raw"] = .string(field.raw)
      if moved == .none { object["evidence"] = .array(field.spans.map(\.json)) }
      fields[name] = .object(object)
    }
    if moved == .none {
      for pointer in alternatives.keys.sorted(by: { $0.description < $1.description }) {
        var object = fields[pointer.description]?.object ?? JSONObject()
        object["alternatives"] = .array(alternatives[pointer] ?? [])
        fields[pointer.description] = .object(object)
      }
    }
    return fields
  }

  /// What has moved, nil for nothing.
  func sidecar(for moved: MovedParts) -> Sidecar? {
    guard moved != .none else { return nil }
    var fields = JSONObject()
    for field in evidence.fields {
      fields[field.pointer.description] = ["evidence": .array(field.spans.map(\.json))]
    }
    for pointer in alternatives.keys.sorted(by: { $0.description < $1.description }) {
      var object = fields[pointer.description]?.object ?? JSONObject()
      object["alternatives"] = .array(alternatives[pointer] ?? [])
      fields[pointer.description] = .object(object)
    }
    guard !fields.isEmpty else { return nil }
    return Sidecar(["v": 1, "fields": .object(fields)])
  }
}
