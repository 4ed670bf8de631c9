// The members of a schema as its keywords are looked for: each of some fifty, nearly all of them absent.

import JSON

/// A schema that is an object; that a keyword is absent shows without comparing names.
struct SchemaObject {
  /// The place in its document.
  let pointer: String
  /// The members in order.
  let members: [JSONObject.Member]
  private let object: JSONObject
  /// A bit for each name, many names to a bit.
  private let marks: UInt64

  init(_ object: JSONObject, at pointer: String) {
    self.pointer = pointer
    self.object = object
    members = object.members
    marks = object.members.reduce(0) { $0 | Self.mark($1.key) }
  }

  /// The names in order.
  var keys: [String] { members.map(\.key) }

  /// The value of a keyword.
  subscript(keyword: String) -> JSONValue? {
    marks & Self.mark(keyword) == 0 ? nil : object[keyword]
  }

  private static func mark(_ name: String) -> UInt64 {
    let bytes = name.utf8
    guard let first = bytes.first, let last = bytes.last else { return 1 }
    return 1 << UInt64((bytes.count &* 7 &+ Int(first) &* 3 &+ Int(last) &* 5) & 63)
  }
}
