// The members of a JSON object in the order in which they were written.

/// A text compared byte by byte, for sets and dictionaries of keys.
package struct JSONKey: Hashable, Sendable {
  /// The text.
  package let text: String

  /// Creates a key.
  package init(_ text: String) { self.text = text }

  package static func == (a: JSONKey, b: JSONKey) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

  package func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
  }
}

/// An ordered set of members with unique keys.
package struct JSONObject: Sendable {
  /// One key and its value.
  package struct Member: Sendable {
    /// The key.
    package let key: String
    /// The value.
    package var value: JSONValue
  }

  /// The members in order.
  package private(set) var members: [Member] = []
  /// The places of the keys, kept only for objects with more members than a scan is good for.
  private var places: [JSONKey: Int] = [:]

  private static let scanLimit = 12

  /// Creates an empty object.
  package init() {}

  /// The number of members.
  package var count: Int { members.count }

  /// Whether there are no members.
  package var isEmpty: Bool { members.isEmpty }

  /// The keys in order.
  package var keys: [String] { members.map(\.key) }

  /// Returns whether there is a member with this key.
  package func contains(_ key: String) -> Bool { place(of: key) != nil }

  /// The value of a key; setting a new key appends it, setting nil removes it.
  package subscript(key: String) -> JSONValue? {
    get { place(of: key).map { members[$0].value } }
    set {
      switch (place(of: key), newValue) {
      case (let place?, let value?): members[place].value = value
      case (let place?, nil):
        members.remove(at: place)
        reindex()
      case (nil, let value?):
        members.append(Member(key: key, value: value))
        if members.count == Self.scanLimit + 1 {
          reindex()
        } else if members.count > Self.scanLimit {
          places[JSONKey(key)] = members.count - 1
        }
      case (nil, nil): break
      }
    }
  }

  private func place(of key: String) -> Int? {
    if members.count > Self.scanLimit { return places[JSONKey(key)] }
    return members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
  }

  private mutating func reindex() {
    places = [:]
    guard members.count > Self.scanLimit else { return }
    for (i, member) in members.enumerated() { places[JSONKey(member.key)] = i }
  }
}

extension JSONObject: Equatable {
  /// Whether two objects have equal members, in whatever order.
  package static func == (a: JSONObject, b: JSONObject) -> Bool {
    guard a.count == b.count else { return false }
    for member in a.members {
      guard let other = b[member.key], other == member.value else { return false }
    }
    return true
  }
}
