// Exact decimal numbers: comparison and sums without a double in between.
//
// A nonzero value is sign × 0.d₁d₂d₃… × 10^scale with d₁ ≠ 0 and the last digit ≠ 0, so every value
// has one representation and equality is equality of the parts.

/// An exact decimal number of any size.
package struct Decimal: Hashable, Sendable {
  /// Whether the value is below zero.
  package let isNegative: Bool
  /// The significant digits, 0 through 9, most significant first, none for zero.
  package let digits: [UInt8]
  /// The power of ten by which `0.digits` is multiplied, 0 for zero.
  package let scale: Int

  /// The greatest absolute value of an exponent that a literal may have.
  package static let exponentLimit = 1_000_000_000

  /// The value zero.
  package static let zero = Decimal(isNegative: false, digits: [], scale: 0)

  /// Creates a value from a whole number.
  package init(_ value: Int) {
    self.init(
      isNegative: value < 0, digits: String(value.magnitude).utf8.map { $0 - 0x30 },
      scale: String(value.magnitude).utf8.count)
  }

  /// Creates a value from parts that need not be normalized.
  package init(isNegative: Bool, digits: [UInt8], scale: Int) {
    let leading = digits.prefix { $0 == 0 }.count
    var end = digits.count
    while end > leading && digits[end - 1] == 0 { end -= 1 }
    if leading == end {
      self.isNegative = false
      self.digits = []
      self.scale = 0
    } else {
      self.isNegative = isNegative
      self.digits = Array(digits[leading..<end])
      self.scale = scale - leading
    }
  }

  /// Reads a JSON number literal, nil if it is none or its exponent is beyond the limit.
  package init?(literal: some Sequence<UInt8>) {
    let text = Array(literal)
    var i = 0
    var negative = false
    if i < text.count && text[i] == 0x2D {
      negative = true
      i += 1
    }
    var digits: [UInt8] = []
    var scale = 0
    let start = i
    while i < text.count, text[i] >= 0x30, text[i] <= 0x39 {
      digits.append(text[i] - 0x30)
      i += 1
    }
    guard i > start, i == start + 1 || text[start] != 0x30 else { return nil }
    scale = digits.count
    if i < text.count && text[i] == 0x2E {
      i += 1
      let fraction = i
      while i < text.count, text[i] >= 0x30, text[i] <= 0x39 {
        digits.append(text[i] - 0x30)
        i += 1
      }
      guard i > fraction else { return nil }
    }
    if i < text.count && (text[i] | 0x20) == 0x65 {
      i += 1
      var negativeExponent = false
      if i < text.count && (text[i] == 0x2B || text[i] == 0x2D) {
        negativeExponent = text[i] == 0x2D
        i += 1
      }
      let exponentStart = i
      var exponent = 0
      while i < text.count, text[i] >= 0x30, text[i] <= 0x39 {
        exponent = exponent * 10 + Int(text[i] - 0x30)
        guard exponent <= Self.exponentLimit else { return nil }
        i += 1
      }
      guard i > exponentStart else { return nil }
      scale += negativeExponent ? -exponent : exponent
    }
    guard i == text.count else { return nil }
    self.init(isNegative: negative, digits: digits, scale: scale)
  }

  /// Reads a JSON number literal, nil if it is none or its exponent is beyond the limit.
  package init?(_ text: String) { self.init(literal: text.utf8) }

  /// Whether the value is zero.
  package var isZero: Bool { digits.isEmpty }

  /// Whether the value has no fractional part.
  package var isInteger: Bool { digits.count <= scale || digits.isEmpty }

  /// The number of digits after the decimal point in the shortest plain spelling.
  package var fractionDigitCount: Int { isZero ? 0 : max(0, digits.count - scale) }

  /// The value as a native integer, if it is one and fits.
  package var int: Int? {
    guard isInteger, scale <= 19 else { return nil }
    var result = 0
    for i in 0..<(isZero ? 0 : scale) {
      let digit = Int(i < digits.count ? digits[i] : 0)
      let (product, overflow) = result.multipliedReportingOverflow(by: 10)
      let (difference, underflow) = product.subtractingReportingOverflow(digit)
      if overflow || underflow { return nil }
      result = difference
    }
    if isNegative { return result }
    return result == Int.min ? nil : -result
  }

  /// The value with the opposite sign.
  package static prefix func - (value: Decimal) -> Decimal {
    Decimal(
      isNegative: !value.isNegative && !value.isZero, digits: value.digits, scale: value.scale)
  }

  /// The absolute value.
  package var magnitude: Decimal { isNegative ? -self : self }

  /// The plain spelling without an exponent.
  ///
  /// - Precondition: The scale is small enough to write out; callers check `scale` first.
  package var plainText: String {
    if isZero { return "0" }
    var text: [UInt8] = isNegative ? [0x2D] : []
    if scale <= 0 {
      text.append(contentsOf: [0x30, 0x2E])
      text.append(contentsOf: repeatElement(0x30, count: -scale))
      text.append(contentsOf: digits.map { $0 + 0x30 })
    } else {
      for i in 0..<max(scale, digits.count) {
        if i == scale { text.append(0x2E) }
        text.append(0x30 + (i < digits.count ? digits[i] : 0))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension Decimal: Comparable {
  package static func < (a: Decimal, b: Decimal) -> Bool {
    if a.isZero { return !b.isZero && !b.isNegative }
    if b.isZero { return a.isNegative }
    if a.isNegative != b.isNegative { return a.isNegative }
    return a.isNegative ? magnitudeIsLess(b, a) : magnitudeIsLess(a, b)
  }

  private static func magnitudeIsLess(_ a: Decimal, _ b: Decimal) -> Bool {
    if a.scale != b.scale { return a.scale < b.scale }
    return a.digits.lexicographicallyPrecedes(b.digits)
  }
}

extension Decimal {
  /// The number of digits that a sum or a remainder may have to be aligned to.
  package static let alignmentLimit = 100_000

  /// The exact sum, nil if the operands lie too far apart to align.
  package func adding(_ other: Decimal) -> Decimal? {
    if isZero { return other }
    if other.isZero { return self }
    let top = max(scale, other.scale)
    let bottom = min(scale - digits.count, other.scale - other.digits.count)
    guard top - bottom <= Self.alignmentLimit else { return nil }
    let a = aligned(top: top, bottom: bottom)
    let b = other.aligned(top: top, bottom: bottom)
    if isNegative == other.isNegative {
      var sum = [UInt8](repeating: 0, count: a.count + 1)
      var carry: UInt8 = 0
      for i in stride(from: a.count - 1, through: 0, by: -1) {
        let digit = a[i] + b[i] + carry
        sum[i + 1] = digit % 10
        carry = digit / 10
      }
      sum[0] = carry
      return Decimal(isNegative: isNegative, digits: sum, scale: top + 1)
    }
    let aIsLarger = !a.lexicographicallyPrecedes(b)
    let (large, small) = aIsLarger ? (a, b) : (b, a)
    var difference = [UInt8](repeating: 0, count: a.count)
    var borrow: Int8 = 0
    for i in stride(from: a.count - 1, through: 0, by: -1) {
      var digit = Int8(large[i]) - Int8(small[i]) - borrow
      borrow = digit < 0 ? 1 : 0
      if digit < 0 { digit += 10 }
      difference[i] = UInt8(digit)
    }
    return Decimal(
      isNegative: aIsLarger ? isNegative : other.isNegative, digits: difference, scale: top)
  }

  /// Whether the value is a whole multiple of a nonzero divisor, nil if the divisor is too long.
  ///
  /// Long division digit by digit; the divisor may have at most 17 significant digits.
  package func isMultiple(of divisor: Decimal) -> Bool? {
    if isZero { return true }
    guard !divisor.isZero else { return false }
    guard divisor.digits.count <= 17 else { return nil }
    // Both as whole multiples of 10^bottom.
    let bottom = min(scale - digits.count, divisor.scale - divisor.digits.count)
    let divisorZeros = divisor.scale - divisor.digits.count - bottom
    let valueZeros = scale - digits.count - bottom
    // A normalized value ends in a digit other than zero, which a divisor that ends in zeros at the
    // same alignment cannot divide.
    if divisorZeros > 0 { return false }
    let modulus = divisor.digits.reduce(0) { $0 * 10 + UInt64($1) }
    var rest: UInt64 = 0
    for digit in digits { rest = (rest * 10 + UInt64(digit)) % modulus }
    return Self.product(rest, Self.powerOfTen(valueZeros, modulo: modulus), modulo: modulus) == 0
  }

  private static func product(_ a: UInt64, _ b: UInt64, modulo modulus: UInt64) -> UInt64 {
    modulus.dividingFullWidth((a % modulus).multipliedFullWidth(by: b % modulus)).remainder
  }

  private static func powerOfTen(_ exponent: Int, modulo modulus: UInt64) -> UInt64 {
    var result = 1 % modulus
    var square = 10 % modulus
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result = product(result, square, modulo: modulus) }
      square = product(square, square, modulo: modulus)
      rest >>= 1
    }
    return result
  }

  private func aligned(top: Int, bottom: Int) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: top - bottom)
    for (i, digit) in digits.enumerated() { result[top - scale + i] = digit }
    return result
  }
}
