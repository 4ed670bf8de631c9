// Which part of an answer is made anew when the finished answer violates a keyword that the masks do not
// hold: the value at the violation's place, or the last of the elements that should differ.

import JSON

/// A value of an answer that is to be made anew.
struct AnswerRepair: Equatable {
  /// The place of the value in the answer.
  var pointer: String
  /// The bytes of the value.
  var range: Range<Int>

  /// Finds the value to repair; nil if the place is not in the answer.
  ///
  /// - Parameters:
  ///   - bytes: The answer, which is JSON.
  ///   - keyword: The keyword that is violated at `pointer`.
  init?(_ bytes: [UInt8], pointer: String, keyword: String) {
    guard let path = JSONPointer(pointer) else { return nil }
    var scanner = ValueScanner(bytes: bytes)
    scanner.skipSpace()
    for step in path.steps {
      guard scanner.enter(step) else { return nil }
    }
    self.pointer = pointer
    range = scanner.valueRange()
    guard keyword == "uniqueItems" else { return }
    let elements = scanner.elements()
    var seen: Set<JSONValue> = []
    for (place, element) in elements.enumerated() {
      guard let value = try? JSONValue.parse(Array(bytes[element])) else { return nil }
      if seen.insert(value).inserted { continue }
      self.pointer = path.appending("\(place)").description
      range = element
    }
  }
}

/// A cursor in bytes that are known to be JSON.
private struct ValueScanner {
  let bytes: [UInt8]
  var at = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  private var byte: UInt8 { at < bytes.count ? bytes[at] : 0 }

  mutating func skipSpace() {
    while [0x20, 0x09, 0x0A, 0x0D].contains(byte) { at += 1 }
  }

  /// Moves behind the value at the cursor.
  private mutating func skipValue() {
    var depth = 0
    repeat {
      switch byte {
      case 0x22: skipString()
      case 0x7B, 0x5B:
        depth += 1
        at += 1
      case 0x7D, 0x5D:
        depth -= 1
        at += 1
      case 0x2C, 0x3A, 0x20, 0x09, 0x0A, 0x0D: at += 1
      default:
        while at < bytes.count, ![0x2C, 0x3A, 0x7D, 0x5D, 0x20, 0x09, 0x0A, 0x0D].contains(byte) {
          at += 1
        }
      }
    } while depth > 0 && at < bytes.count
  }

  private mutating func skipString() {
    at += 1
    while at < bytes.count, byte != 0x22 { at += byte == 0x5C ? 2 : 1 }
    at += 1
  }

  /// Moves behind a comma or a colon and the space around it; returns whether it was there.
  private mutating func take(_ separator: UInt8) -> Bool {
    skipSpace()
    guard byte == separator else { return false }
    at += 1
    skipSpace()
    return true
  }

  func valueRange() -> Range<Int> {
    var copy = self
    copy.skipValue()
    return at..<min(copy.at, bytes.count)
  }

  /// The elements of the array at the cursor.
  func elements() -> [Range<Int>] {
    var copy = self
    var result: [Range<Int>] = []
    guard copy.take(0x5B), copy.byte != 0x5D else { return [] }
    repeat {
      let range = copy.valueRange()
      result.append(range)
      copy.at = range.upperBound
    } while copy.take(0x2C)
    return result
  }

  /// Moves to a member or an element of the value at the cursor.
  mutating func enter(_ step: String) -> Bool {
    if byte == 0x5B {
      let elements = elements()
      guard let place = Int(step), elements.indices.contains(place) else { return false }
      at = elements[place].lowerBound
      return true
    }
    guard take(0x7B) else { return false }
    repeat {
      let start = at
      guard byte == 0x22 else { return false }
      skipString()
      let key = try? JSONValue.parse(Array(bytes[start..<min(at, bytes.count)])).string
      guard take(0x3A) else { return false }
      if let key, key.utf8.elementsEqual(step.utf8) { return true }
      skipValue()
    } while take(0x2C)
    return false
  }
}
