// A cursor over little-endian bytes that checks every step against the end.

/// A position in bytes that someone else lends; reading moves it forward or throws.
///
/// The bytes are an argument of each call, since a stored span would tie the reader to its scope.
struct ByteReader {
  /// The position of the next byte.
  private(set) var offset: Int
  /// Where the readable bytes end.
  let end: Int

  /// Starts at an offset.
  init(offset: Int = 0, end: Int) {
    self.offset = offset
    self.end = end
  }

  /// The number of bytes that are left.
  var remaining: Int { end - offset }

  /// Steps over bytes and returns where they were.
  mutating func take(_ count: Int) throws(CheckpointFlaw) -> Range<Int> {
    guard count <= remaining else {
      throw .truncated(offset: offset, needed: count - remaining)
    }
    defer { offset += count }
    return offset..<offset + count
  }

  /// Reads an unsigned number of 1 to 8 bytes.
  mutating func number(_ byteCount: Int, _ bytes: Span<UInt8>) throws(CheckpointFlaw) -> UInt64 {
    let range = try take(byteCount)
    return littleEndian(bytes, range)
  }

  /// Reads a 32-bit number.
  mutating func uint32(_ bytes: Span<UInt8>) throws(CheckpointFlaw) -> UInt32 {
    UInt32(truncatingIfNeeded: try number(4, bytes))
  }

  /// Reads a 64-bit number.
  mutating func uint64(_ bytes: Span<UInt8>) throws(CheckpointFlaw) -> UInt64 {
    try number(8, bytes)
  }

  /// Reads a count of things of which each takes at least `size` bytes of what is left.
  mutating func count(
    of what: String, size: Int, limit: Int = .max, _ bytes: Span<UInt8>
  ) throws(CheckpointFlaw) -> Int {
    let claimed = try uint64(bytes)
    let possible = min(remaining / size, limit)
    guard claimed <= UInt64(possible) else {
      throw .tooMany(what: what, count: claimed, limit: possible)
    }
    return Int(claimed)
  }

  /// Reads a text with a 64-bit length in front.
  mutating func text(
    _ what: String, limit: Int = .max, _ bytes: Span<UInt8>
  ) throws(CheckpointFlaw) -> String {
    let length = try count(of: "bytes of \(what)", size: 1, limit: limit, bytes)
    let range = try take(length)
    guard let text = validText(bytes, range) else {
      throw .notText(what: what, offset: range.lowerBound)
    }
    return text
  }
}

/// Returns the unsigned number that up to eight bytes spell, lowest byte first.
func littleEndian(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
  var value: UInt64 = 0
  for (shift, index) in range.enumerated() { value |= UInt64(bytes[index]) << UInt64(8 * shift) }
  return value
}

/// Returns the text of a range, nil if it is not UTF-8.
func validText(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String? {
  guard let text = try? UTF8Span(validating: bytes.extracting(range)) else { return nil }
  return String(copying: text)
}
