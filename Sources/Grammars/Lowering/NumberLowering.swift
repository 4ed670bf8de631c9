// Numbers as regular expressions over their digits.
//
// The canonical spelling has no exponent, no plus, no leading zero and no "-0" without a fraction. Ranges
// are exact for bounds of any size: digits are compared from the left, as one does by hand.

import JSON

/// The lowering of numbers.
struct NumberLowering {
  /// The greatest number of digits of a bound.
  static let greatestDigitCount = 2000

  let limits: GenerationLimits

  /// Returns whole numbers between two bounds, either of which may be absent.
  func integers(
    _ lower: Decimal?, _ upper: Decimal?, place: Int32, into regexes: inout RegexSet
  ) -> Term {
    var parts: [Term] = []
    let zero = Decimal.zero
    if (lower ?? zero) <= zero && zero <= (upper ?? zero) { parts.append(regexes.byte(0x30)) }
    if upper.map({ $0.isZero || $0.isNegative }) != true {
      let least = lower.map { $0.isNegative || $0.isZero ? Decimal(1) : $0 } ?? Decimal(1)
      parts.append(magnitudes(least, upper, place, &regexes))
    }
    if lower.map({ $0.isZero || !$0.isNegative }) != true {
      let least = upper.map { $0.isNegative ? $0.magnitude : Decimal(1) } ?? Decimal(1)
      let digits = magnitudes(least, lower.map { $0.magnitude }, place, &regexes)
      parts.append(regexes.concat(regexes.byte(0x2D), digits))
    }
    return regexes.alternatives(parts)
  }

  /// Returns the least whole number that a lower bound allows.
  static func firstInteger(_ bound: Decimal, exclusive: Bool) -> Decimal {
    if bound.isInteger { return exclusive ? (bound.adding(Decimal(1)) ?? bound) : bound }
    let cut = truncated(bound)
    return bound.isNegative ? cut : (cut.adding(Decimal(1)) ?? cut)
  }

  /// Returns the greatest whole number that an upper bound allows.
  static func lastInteger(_ bound: Decimal, exclusive: Bool) -> Decimal {
    -firstInteger(-bound, exclusive: exclusive)
  }

  private static func truncated(_ value: Decimal) -> Decimal {
    guard value.scale > 0 else { return .zero }
    return Decimal(
      isNegative: value.isNegative, digits: Array(value.digits.prefix(value.scale)),
      scale: value.scale)
  }

  /// Returns decimals of any size within the limits.
  func decimals(place: Int32, into regexes: inout RegexSet) -> Term {
    let digit = regexes.bytes(.digits)
    let sign = regexes.optional(regexes.byte(0x2D))
    let nonzero = magnitudes(Decimal(1), nil, place, &regexes)
    let whole = regexes.alternatives([regexes.byte(0x30), nonzero])
    let integer = regexes.alternatives([
      regexes.byte(0x30), regexes.concat(sign, nonzero),
    ])
    guard limits.fractionDigits > 0 else { return integer }
    let fraction = digits(1, limits.fractionDigits, digit, place, &regexes)
    return regexes.alternatives([
      integer, regexes.concat([sign, whole, regexes.byte(0x2E), fraction]),
    ])
  }

  /// Returns digit strings of bounded length that end in a note where the limit forbids more.
  func digits(
    _ least: Int, _ greatest: Int, _ digit: Term, _ place: Int32, _ regexes: inout RegexSet
  ) -> Term {
    guard greatest < GenerationLimits.unbounded else {
      return regexes.repetition(digit, Int32(clamping: least))
    }
    let count = Int32(clamping: greatest)
    let full = regexes.concat(
      regexes.repetition(digit, count, count), regexes.limit(place))
    guard greatest > least else { return full }
    return regexes.alternatives([
      regexes.repetition(digit, Int32(clamping: least), count - 1), full,
    ])
  }

  /// Returns whole numbers from a positive least one on, without sign.
  func magnitudes(
    _ least: Decimal, _ greatest: Decimal?, _ place: Int32, _ regexes: inout RegexSet
  ) -> Term {
    if let greatest, greatest < least { return RegexSet.nothing }
    let digit = regexes.bytes(.digits)
    let leading = regexes.bytes(ByteSet(0x31...0x39))
    let low = Self.digits(of: least)
    guard let greatest else {
      let count = low.count
      var parts: [Term] = []
      let longest = max(limits.integerDigits, count)
      if count == 1 && low[0] == 1 {
        return regexes.concat(
          leading, digits(0, longest == .max ? .max : longest - 1, digit, place, &regexes))
      }
      parts.append(fromLow(low[...], digit, &regexes, isFirst: true))
      if longest > count {
        let more = digits(count, longest == .max ? .max : longest - 1, digit, place, &regexes)
        parts.append(regexes.concat(leading, more))
      }
      return regexes.alternatives(parts)
    }
    let high = Self.digits(of: greatest)
    if low.count == high.count {
      return between(low[...], high[...], digit, &regexes, isFirst: true)
    }
    var parts = [
      fromLow(low[...], digit, &regexes, isFirst: true),
      upToHigh(high[...], digit, &regexes, isFirst: true),
    ]
    if high.count - low.count > 1 {
      let more = regexes.repetition(
        digit, Int32(clamping: low.count), Int32(clamping: high.count - 2))
      parts.append(regexes.concat(leading, more))
    }
    return regexes.alternatives(parts)
  }

  static func digits(of value: Decimal) -> [UInt8] {
    value.digits + [UInt8](repeating: 0, count: max(0, value.scale - value.digits.count))
  }

  private func digitSet(_ from: UInt8, _ to: UInt8) -> ByteSet {
    from > to ? ByteSet() : ByteSet((0x30 + from)...(0x30 + to))
  }

  /// Digit strings of the same length that are not below `low`.
  private func fromLow(
    _ low: ArraySlice<UInt8>, _ digit: Term, _ regexes: inout RegexSet, isFirst: Bool
  ) -> Term {
    // From the right: equal so far, or greater here and free after.
    var result = RegexSet.epsilon
    for i in low.indices.reversed() {
      let count = Int32(clamping: low.endIndex - i - 1)
      let greater = regexes.concat(
        regexes.bytes(digitSet(low[i] + 1, 9)), regexes.repetition(digit, count, count))
      result = regexes.alternatives([
        regexes.concat(regexes.byte(0x30 + low[i]), result), greater,
      ])
    }
    return result
  }

  /// Digit strings of the same length that are not above `high`.
  private func upToHigh(
    _ high: ArraySlice<UInt8>, _ digit: Term, _ regexes: inout RegexSet, isFirst: Bool
  ) -> Term {
    var result = RegexSet.epsilon
    for i in high.indices.reversed() {
      let count = Int32(clamping: high.endIndex - i - 1)
      let bottom: UInt8 = isFirst && i == high.startIndex ? 1 : 0
      let smaller =
        high[i] == 0
        ? RegexSet.nothing
        : regexes.concat(
          regexes.bytes(digitSet(bottom, high[i] - 1)), regexes.repetition(digit, count, count))
      result = regexes.alternatives([
        regexes.concat(regexes.byte(0x30 + high[i]), result), smaller,
      ])
    }
    return result
  }

  private func between(
    _ low: ArraySlice<UInt8>, _ high: ArraySlice<UInt8>, _ digit: Term, _ regexes: inout RegexSet,
    isFirst: Bool
  ) -> Term {
    var shared = 0
    while shared < low.count, low[low.startIndex + shared] == high[high.startIndex + shared] {
      shared += 1
    }
    let prefix = regexes.literal(low.prefix(shared).map { $0 + 0x30 })
    if shared == low.count { return prefix }
    let lowRest = low.dropFirst(shared)
    let highRest = high.dropFirst(shared)
    let a = lowRest[lowRest.startIndex]
    let b = highRest[highRest.startIndex]
    let count = Int32(clamping: lowRest.count - 1)
    var parts = [
      regexes.concat(
        regexes.byte(0x30 + a), fromLow(lowRest.dropFirst(), digit, &regexes, isFirst: false)),
      regexes.concat(
        regexes.byte(0x30 + b), upToHigh(highRest.dropFirst(), digit, &regexes, isFirst: false)),
    ]
    if b > a + 1 {
      parts.append(
        regexes.concat(
          regexes.bytes(digitSet(a + 1, b - 1)), regexes.repetition(digit, count, count)))
    }
    return regexes.concat(prefix, regexes.alternatives(parts))
  }
}
