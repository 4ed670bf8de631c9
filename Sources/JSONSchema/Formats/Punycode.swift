// The spelling of Unicode labels in ASCII: RFC 3492 with the parameters of its section 5.
//
//   base 36 · tmin 1 · tmax 26 · skew 38 · damp 700 · initial bias 72 · initial n 128
//
// A text is its ASCII part, a hyphen if that part is not empty, and numbers of variable length: how
// far to walk through the pairs of code point and position until the next one to insert.

/// Punycode, both ways.
enum Punycode {
  /// Returns the scalars of a spelling, or nil where it is none.
  ///
  /// - Complexity: O(n²) for inserting; labels have at most 63 bytes.
  static func decode(_ bytes: some Collection<UInt8>) -> [UInt32]? {
    let bytes = Array(bytes)
    var scalars: [UInt32] = []
    var at = 0
    if let hyphen = bytes.lastIndex(of: UInt8(ascii: "-")) {
      scalars = bytes[..<hyphen].map { UInt32($0) }
      at = hyphen + 1
    }
    var (code, place, bias) = (128, 0, 72)
    while at < bytes.count {
      let start = place
      var (weight, k) = (1, 36)
      while true {
        guard at < bytes.count, let digit = value(bytes[at]) else { return nil }
        at += 1
        place += digit * weight
        guard place <= 0x7FFF_FFFF else { return nil }
        let threshold = min(max(k - bias, 1), 26)
        if digit < threshold { break }
        weight *= 36 - threshold
        guard weight <= 0x7FFF_FFFF else { return nil }
        k += 36
      }
      let count = scalars.count + 1
      bias = adapt(place - start, count: count, isFirst: start == 0)
      code += place / count
      place %= count
      guard code <= 0x10FFFF, let scalar = Unicode.Scalar(UInt32(code)) else { return nil }
      scalars.insert(scalar.value, at: place)
      place += 1
    }
    return scalars
  }

  /// Returns the spelling of scalars, or nil where a number grows too large.
  static func encode(_ scalars: [UInt32]) -> [UInt8]? {
    var bytes = scalars.filter { $0 < 128 }.map { UInt8($0) }
    var handled = bytes.count
    let basicCount = handled
    if basicCount > 0 { bytes.append(UInt8(ascii: "-")) }
    var (code, delta, bias) = (UInt32(128), 0, 72)
    while handled < scalars.count {
      guard let next = scalars.filter({ $0 >= code }).min() else { return nil }
      delta += Int(next - code) * (handled + 1)
      guard delta <= 0x7FFF_FFFF else { return nil }
      code = next
      for scalar in scalars {
        if scalar < code { delta += 1 }
        guard scalar == code else { continue }
        var (rest, k) = (delta, 36)
        while true {
          let threshold = min(max(k - bias, 1), 26)
          if rest < threshold { break }
          bytes.append(digit(threshold + (rest - threshold) % (36 - threshold)))
          rest = (rest - threshold) / (36 - threshold)
          k += 36
        }
        bytes.append(digit(rest))
        bias = adapt(delta, count: handled + 1, isFirst: handled == basicCount)
        delta = 0
        handled += 1
      }
      delta += 1
      code += 1
    }
    return bytes
  }

  private static func adapt(_ delta: Int, count: Int, isFirst: Bool) -> Int {
    var delta = isFirst ? delta / 700 : delta / 2
    delta += delta / count
    var k = 0
    while delta > 35 * 26 / 2 {
      delta /= 35
      k += 36
    }
    return k + 36 * delta / (delta + 38)
  }

  private static func value(_ byte: UInt8) -> Int? {
    switch byte {
    case 0x30...0x39: Int(byte) - 0x30 + 26
    case 0x41...0x5A: Int(byte) - 0x41
    case 0x61...0x7A: Int(byte) - 0x61
    default: nil
    }
  }

  private static func digit(_ value: Int) -> UInt8 {
    UInt8(value < 26 ? value + 0x61 : value - 26 + 0x30)
  }
}
