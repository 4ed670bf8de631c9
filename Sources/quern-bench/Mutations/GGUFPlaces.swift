// Where the numbers and texts of a good GGUF header lie, so that they can be damaged one by one.

/// Places in the bytes of a GGUF file.
struct GGUFPlaces {
  /// Settings that are one number: key, first byte and size.
  private(set) var numbers: [(key: String, place: Int, size: Int)] = []
  /// The texts of merges.
  private(set) var merges: [Range<Int>] = []
  /// The dimensions, offsets and type codes of tensors.
  private(set) var dimensions: [Int] = []
  private(set) var offsets: [Int] = []
  private(set) var types: [Int] = []
  /// The bytes of the header.
  private(set) var end = 24

  private let bytes: [UInt8]

  /// Walks through a header that is known to be good.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    let tensorCount = Int(number(8, size: 8))
    for _ in 0..<Int(number(16, size: 8)) { takeSetting() }
    for _ in 0..<tensorCount {
      _ = takeText()
      let count = Int(take(4))
      for _ in 0..<count {
        dimensions.append(end)
        end += 8
      }
      types.append(end)
      offsets.append(end + 4)
      end += 12
    }
  }

  /// Returns a little-endian number.
  func number(_ place: Int, size: Int) -> UInt64 {
    (0..<size).reduce(0) { $0 | UInt64(bytes[place + $1]) << (8 * $1) }
  }

  private mutating func take(_ size: Int) -> UInt64 {
    defer { end += size }
    return number(end, size: size)
  }

  private mutating func takeText() -> Range<Int> {
    let count = Int(take(8))
    defer { end += count }
    return end..<end + count
  }

  private mutating func takeSetting() {
    let key = String(decoding: bytes[takeText()], as: UTF8.self)
    let type = take(4)
    guard type == 9 else {
      takeValue(type, key: key)
      return
    }
    let element = take(4)
    for _ in 0..<Int(take(8)) {
      if element == 8 {
        let text = takeText()
        if key.hasSuffix(".merges") { merges.append(text) }
      } else {
        end += Self.size(element)
      }
    }
  }

  private mutating func takeValue(_ type: UInt64, key: String) {
    if type == 8 {
      _ = takeText()
    } else {
      numbers.append((key, end, Self.size(type)))
      end += Self.size(type)
    }
  }

  private static func size(_ type: UInt64) -> Int {
    switch type {
    case 0, 1, 7: 1
    case 2, 3: 2
    case 4, 5, 6: 4
    default: 8
    }
  }
}
