// Multiples of a decimal as an automaton over digits: the remainder so far, and where in the number we are.

import JSON

/// A divisor of decimals: `modulus` × 10^-`scale`.
struct Divisor: Hashable, Sendable {
  /// The divisor as a whole number.
  let modulus: Int32
  /// How many digits after the point matter.
  let scale: Int32
  /// Whether a number may have a fraction at all.
  let allowsFraction: Bool
  /// Whether zeros may follow the digits that matter.
  let allowsZeros: Bool

  /// Before the first digit after a minus sign, where zero has no sign of its own.
  static let signed: Int32 = -5
  /// After a zero after a minus sign.
  static let signedZero: Int32 = -4
  /// Before the first digit.
  static let start: Int32 = -3
  /// After a leading zero.
  static let zero: Int32 = -2
  /// Among the digits before the point.
  static let whole: Int32 = -1
  // From zero on, the number of digits read after the point, at most `scale` + 1.

  /// The greatest modulus.
  static let greatestModulus = 1 << 27

  /// Whether a number that stops here is a multiple.
  func isMultiple(remainder: Int32, phase: Int32) -> Bool {
    if phase <= Self.start || phase == 0 { return false }
    var rest = Int(remainder)
    for _ in max(0, min(phase, scale))..<scale { rest = rest * 10 % Int(modulus) }
    return rest == 0
  }

  /// Returns remainder and phase after a byte, nil if it cannot follow.
  func next(_ byte: UInt8, remainder: Int32, phase: Int32) -> (remainder: Int32, phase: Int32)? {
    if byte == 0x2E {
      let mayFollow = phase == Self.zero || phase == Self.whole || phase == Self.signedZero
      return mayFollow && allowsFraction ? (remainder, 0) : nil
    }
    guard byte >= 0x30, byte <= 0x39, phase != Self.zero, phase != Self.signedZero
    else { return nil }
    if phase >= scale {
      guard byte == 0x30, allowsZeros || scale == 0 else { return nil }
      return (remainder, max(1, scale))
    }
    let rest = Int32((Int(remainder) * 10 + Int(byte - 0x30)) % Int(modulus))
    switch phase {
    case Self.start: return (rest, byte == 0x30 ? Self.zero : Self.whole)
    case Self.signed:
      if byte != 0x30 { return (rest, Self.whole) }
      return allowsFraction ? (rest, Self.signedZero) : nil
    case Self.whole: return (rest, Self.whole)
    default: return (rest, phase + 1)
    }
  }

  /// Returns the length of the shortest continuation to a multiple within so many more digits before the
  /// point, nil if there is none.
  func need(remainder: Int32, phase: Int32, digits: Int32) -> Int? {
    if isMultiple(remainder: remainder, phase: phase) { return 0 }
    if phase == Self.start { return digits == 0 ? nil : 1 }
    if phase == Self.signed || phase == Self.signedZero {
      var best: Int?
      for byte in [UInt8(0x2E)] + Array(0x30...0x39) {
        guard let next = next(byte, remainder: remainder, phase: phase),
          let rest = need(remainder: next.remainder, phase: next.phase, digits: digits)
        else { continue }
        best = min(best ?? .max, rest + 1)
      }
      return best
    }
    let m = Int(modulus)
    /// Whether `count` more digits can make a multiple that is `left` digits from the end of the scale.
    func fits(_ count: Int, left: Int) -> Bool {
      var base = Int(remainder)
      var power = 1
      for _ in 0..<count {
        base = base * 10 % m
        power = min(power * 10, m)
      }
      // base + d with d < power, times 10^left, must be divisible.
      var divisor = m
      for _ in 0..<left {
        let common = Self.greatestCommonDivisor(divisor, 10)
        divisor /= common
      }
      let missing = (divisor - base % divisor) % divisor
      return missing < max(power, 1)
    }
    var best: Int?
    if phase == Self.whole {
      // After as many digits as the modulus has, every remainder can be met.
      let most = digits < 0 ? 10 : min(10, Int(digits))
      for count in stride(from: 1, through: most, by: 1) where fits(count, left: Int(scale)) {
        best = count
        break
      }
    }
    if allowsFraction || phase >= 0 {
      let read = max(0, Int(phase))
      for count in stride(from: 1, through: Int(scale) - read, by: 1)
      where fits(count, left: Int(scale) - read - count) {
        best = min(best ?? .max, count + (phase < 0 ? 1 : 0))
        break
      }
      // A point without digits is no number.
      if phase == 0, best == nil, fits(0, left: Int(scale)) { best = 1 }
    }
    return best
  }

  private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    var (x, y) = (a, b)
    while y != 0 { (x, y) = (y, x % y) }
    return x
  }
}
