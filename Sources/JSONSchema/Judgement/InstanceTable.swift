// A value as a flat table of its parts, so that a verdict on one part can be kept under its number.
//
// Parts stand in order of their depth: part 0 is the whole, the parts of one array or object stand side by
// side, and every part stands behind the one that holds it.

import JSON

/// The parts of a value by number.
struct InstanceTable {
  /// One part.
  private struct Part {
    var value: JSONValue
    /// The part that holds it, -1 for the whole.
    var parent: Int32
    /// Its place among the elements or members of that part, -1 for the name of a member.
    var place: Int32
    /// Its first element or member.
    var first: Int32 = 0
  }

  private var parts: [Part]
  /// The names of members that were asked for, by the number of the member.
  private var names: [Int: Int] = [:]
  private var hashes: [Int] = []
  /// The places of the members of large objects, by the number of the object.
  private var members: [Int: [JSONKey: Int]] = [:]

  /// From how many members on a table beats a scan.
  private static let scanLimit = 8

  /// Takes a value apart.
  init(_ value: JSONValue) {
    parts = [Part(value: value, parent: -1, place: -1)]
    var next = 0
    while next < parts.count {
      parts[next].first = Int32(parts.count)
      let parent = Int32(next)
      switch parts[next].value {
      case .array(let elements):
        for (place, element) in elements.enumerated() {
          parts.append(Part(value: element, parent: parent, place: Int32(place)))
        }
      case .object(let object):
        for (place, member) in object.members.enumerated() {
          parts.append(Part(value: member.value, parent: parent, place: Int32(place)))
        }
      default: break
      }
      next += 1
    }
  }

  /// Returns a part.
  subscript(number: Int) -> JSONValue { parts[number].value }

  /// Returns the number of an element or member of a part.
  func child(_ place: Int, of number: Int) -> Int { Int(parts[number].first) + place }

  /// Returns the place of a named member among those of an object, nil if there is none.
  mutating func member(_ name: String, of number: Int) -> Int? {
    guard case .object(let object) = parts[number].value else { return nil }
    if object.count <= Self.scanLimit {
      return object.members.firstIndex { $0.key.utf8.elementsEqual(name.utf8) }
    }
    if members[number] == nil {
      var table: [JSONKey: Int] = [:]
      for (place, member) in object.members.enumerated() { table[JSONKey(member.key)] = place }
      members[number] = table
    }
    return members[number]?[JSONKey(name)]
  }

  /// Returns the number under which the name of a member is a value of its own.
  mutating func name(_ name: String, ofMember number: Int) -> Int {
    if let known = names[number] { return known }
    let new = parts.count
    parts.append(Part(value: .string(name), parent: Int32(number), place: -1))
    names[number] = new
    return new
  }

  /// Returns the hash of a part; the first call makes those of all parts.
  mutating func hash(_ number: Int) -> Int {
    if hashes.isEmpty {
      hashes = [Int](repeating: 0, count: parts.count)
      for i in parts.indices.reversed() {
        let first = Int(parts[i].first)
        switch parts[i].value {
        case .array(let elements):
          hashes[i] = ValueHash.array(hashes[first..<first + elements.count])
        case .object(let object):
          let members = object.members.enumerated().map { place, member in
            ValueHash.member(key: member.key, value: hashes[first + place])
          }
          hashes[i] = ValueHash.object(members)
        default: hashes[i] = ValueHash.scalar(parts[i].value)
        }
      }
    }
    // Names that were added later are texts.
    return number < hashes.count ? hashes[number] : ValueHash.scalar(parts[number].value)
  }

  /// Returns the place of a part as a JSON pointer.
  func pointer(_ number: Int) -> String {
    var steps: [String] = []
    var at = number
    while parts[at].parent >= 0 {
      let parent = Int(parts[at].parent)
      let place = Int(parts[at].place)
      if place >= 0 {
        switch parts[parent].value {
        case .object(let object): steps.append(object.members[place].key)
        default: steps.append(String(place))
        }
      }
      at = parent
    }
    return JSONPointer(steps: steps.reversed()).description
  }
}
