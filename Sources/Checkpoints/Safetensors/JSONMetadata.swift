// Settings from config.json: members of nested objects get names joined with points.

import JSON
import Tensors

/// Turns a configuration's JSON into settings.
enum JSONMetadata {
  /// Returns all settings; null counts as not set.
  static func flatten(_ object: JSONObject) throws(CheckpointFlaw) -> Metadata {
    var metadata = Metadata()
    try add(object, prefix: "", to: &metadata)
    return metadata
  }

  private static func add(
    _ object: JSONObject, prefix: String, to metadata: inout Metadata
  ) throws(CheckpointFlaw) {
    for member in object.members {
      let key = prefix + member.key
      if let nested = member.value.object {
        try add(nested, prefix: key + ".", to: &metadata)
      } else if let value = value(member.value) {
        guard metadata.add(value, for: key) else { throw .duplicate(name: key) }
      }
    }
  }

  private static func value(_ json: JSONValue) -> MetadataValue? {
    switch json {
    case .null, .object: nil
    case .bool(let bool): .bool(bool)
    case .string(let text): .text(text)
    case .number(let number): number.int.map { .signed(Int64($0)) } ?? .float(number.double)
    case .array(let items): array(items)
    }
  }

  /// Returns an array of only numbers or only texts; others are of no use as settings.
  private static func array(_ items: [JSONValue]) -> MetadataValue? {
    let texts = items.compactMap(\.string)
    if !items.isEmpty, texts.count == items.count { return .texts(TextTable(texts)) }
    let numbers = items.compactMap(\.number)
    guard numbers.count == items.count else { return nil }
    return .numbers(
      numbers.allSatisfy { $0.int != nil }
        ? NumberTable(numbers.map { Int64($0.int ?? 0) }) : NumberTable(numbers.map(\.double)))
  }
}

extension TextTable {
  /// Stores texts that come from elsewhere in the form of a file.
  init(_ texts: [String]) {
    var bytes: [UInt8] = []
    var starts: [Int] = []
    for text in texts {
      bytes.append(words: [UInt64(text.utf8.count)])
      starts.append(bytes.count)
      bytes += text.utf8
    }
    starts.append(bytes.count + 8)
    self.init(owner: OwnedBytes(bytes), starts: starts)
  }
}

extension NumberTable {
  /// Stores integers that come from elsewhere in the form of a file.
  init(_ numbers: [Int64]) {
    var bytes: [UInt8] = []
    bytes.append(words: numbers.map { UInt64(bitPattern: $0) })
    self.init(
      element: .signed(byteCount: 8), count: numbers.count, owner: OwnedBytes(bytes), start: 0)
  }

  /// Stores floating-point numbers that come from elsewhere in the form of a file.
  init(_ numbers: [Double]) {
    var bytes: [UInt8] = []
    bytes.append(words: numbers.map(\.bitPattern))
    self.init(element: .float64, count: numbers.count, owner: OwnedBytes(bytes), start: 0)
  }
}

extension [UInt8] {
  fileprivate mutating func append(words: [UInt64]) {
    for word in words {
      for shift in 0..<8 { append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift))) }
    }
  }
}
