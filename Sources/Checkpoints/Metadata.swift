// The settings that come with a checkpoint: typed values by key.
//
// GGUF keys are kept as written (`llama.block_count`); members of nested JSON objects are joined
// with points (`rope_scaling.factor`). Large arrays stay in the file and are read when asked for.

import Tensors

/// A setting's value.
package enum MetadataValue: Sendable {
  /// An unsigned integer.
  case unsigned(UInt64)
  /// A signed integer.
  case signed(Int64)
  /// A floating-point number of either width.
  case float(Double)
  /// A truth value.
  case bool(Bool)
  /// A text.
  case text(String)
  /// An array of numbers of one type.
  case numbers(NumberTable)
  /// An array of texts.
  case texts(TextTable)

  /// The value as an integer, nil for other types and for what does not fit.
  package var integer: Int? {
    switch self {
    case .unsigned(let value): Int(exactly: value)
    case .signed(let value): Int(exactly: value)
    default: nil
    }
  }

  /// The value as a floating-point number; integers count.
  package var double: Double? {
    switch self {
    case .unsigned(let value): Double(value)
    case .signed(let value): Double(value)
    case .float(let value): value
    default: nil
    }
  }

  /// The value as a truth value.
  package var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The value as text.
  package var text: String? {
    if case .text(let value) = self { value } else { nil }
  }

  /// The value as an array of numbers.
  package var numbers: NumberTable? {
    if case .numbers(let table) = self { table } else { nil }
  }

  /// The value as an array of texts.
  package var texts: TextTable? {
    if case .texts(let table) = self { table } else { nil }
  }
}

extension MetadataValue: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unsigned(let value): "\(value)"
    case .signed(let value): "\(value)"
    case .float(let value): "\(value)"
    case .bool(let value): "\(value)"
    case .text(let value): value
    case .numbers(let table): "\(table.count) numbers"
    case .texts(let table): "\(table.count) texts"
    }
  }
}

/// All settings of a checkpoint, in the order of the file.
package struct Metadata: Sendable {
  private var values: [String: MetadataValue] = [:]
  /// The keys, in the order of the file.
  package private(set) var keys: [String] = []

  /// Creates settings without any value.
  package init() {}

  /// The value of a key, nil if it is not set.
  package subscript(key: String) -> MetadataValue? { values[key] }

  /// Adds a value.
  ///
  /// - Returns: False if the key has one already.
  package mutating func add(_ value: MetadataValue, for key: String) -> Bool {
    guard values[key] == nil else { return false }
    values[key] = value
    keys.append(key)
    return true
  }
}

// MARK: - Arrays

/// An array of numbers of one type, left where the file has it.
package struct NumberTable: Sendable {
  /// The type of the elements.
  package enum Element: Sendable {
    /// Unsigned integers of 1 to 8 bytes.
    case unsigned(byteCount: Int)
    /// Signed integers of 1 to 8 bytes, in two's complement.
    case signed(byteCount: Int)
    /// Floating-point numbers and truth values of one byte.
    case float32, float64, bool

    var byteCount: Int {
      switch self {
      case .unsigned(let count), .signed(let count): count
      case .float32: 4
      case .float64: 8
      case .bool: 1
      }
    }
  }

  /// The type of the elements.
  package let element: Element
  /// The number of elements.
  package let count: Int
  private let owner: any ByteOwner
  private let start: Int

  /// Describes elements inside memory.
  ///
  /// - Precondition: They lie inside `owner`.
  init(element: Element, count: Int, owner: any ByteOwner, start: Int) {
    precondition(start >= 0 && count * element.byteCount <= owner.byteCount - start)
    self.element = element
    self.count = count
    self.owner = owner
    self.start = start
  }

  /// Returns all elements as integers, nil if they are floats or one does not fit.
  package func integers() -> [Int]? {
    switch element {
    case .float32, .float64: return nil
    default: break
    }
    let all = all { bits -> Int? in
      switch element {
      case .signed(let size):
        let unused = UInt64(64 - 8 * size)
        return Int(Int64(bitPattern: bits << unused) >> unused)
      default: return Int(exactly: bits)
      }
    }
    let known = all.compactMap(\.self)
    return known.count == count ? known : nil
  }

  /// Returns all elements as floating-point numbers.
  package func doubles() -> [Double] {
    all { bits in
      switch element {
      case .unsigned, .bool: Double(bits)
      case .signed(let size): Double(Int64(bitPattern: bits << (64 - 8 * size)) >> (64 - 8 * size))
      case .float32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
      case .float64: Double(bitPattern: bits)
      }
    }
  }

  private func all<R>(_ convert: (UInt64) -> R) -> [R] {
    let size = element.byteCount
    return owner.withSpan { bytes in
      var result: [R] = []
      result.reserveCapacity(count)
      for index in 0..<count {
        let place = start + index * size
        result.append(convert(littleEndian(bytes, place..<place + size)))
      }
      return result
    }
  }
}

/// An array of texts, left where the file has it; entries need not be UTF-8.
package struct TextTable: Sendable {
  private let owner: any ByteOwner
  /// Where each entry begins, and one more: behind each entry stand eight bytes of length.
  private let starts: [Int]

  /// Describes texts with 64-bit lengths in front inside memory.
  ///
  /// - Parameter starts: Where each text begins, and the end of the last one plus eight.
  /// - Precondition: They lie inside `owner`, each behind the one before.
  init(owner: any ByteOwner, starts: [Int]) {
    precondition(starts.count >= 1 && (starts.last ?? 0) - 8 <= owner.byteCount)
    self.owner = owner
    self.starts = starts
  }

  /// The number of entries.
  package var count: Int { starts.count - 1 }

  /// Calls a function with the bytes of each entry, in order.
  package func forEach(_ body: (Int, Span<UInt8>) -> Void) {
    owner.withSpan { bytes in
      for index in 0..<count {
        body(index, bytes.extracting(starts[index]..<starts[index + 1] - 8))
      }
    }
  }

  /// Returns the bytes of every entry.
  package func bytes() -> [[UInt8]] {
    var all: [[UInt8]] = []
    all.reserveCapacity(count)
    forEach { _, bytes in
      var entry: [UInt8] = []
      entry.reserveCapacity(bytes.count)
      for index in bytes.indices { entry.append(bytes[index]) }
      all.append(entry)
    }
    return all
  }

  /// Returns every entry as text; what is not UTF-8 is repaired with U+FFFD.
  package func strings() -> [String] {
    var all: [String] = []
    all.reserveCapacity(count)
    owner.withSpan { bytes in
      for index in 0..<count {
        let range = starts[index]..<starts[index + 1] - 8
        all.append(
          validText(bytes, range)
            ?? String(decoding: range.map { bytes[$0] }, as: UTF8.self))
      }
    }
    return all
  }
}
