// Decimals between bounds, single values in all their spellings, and multiples.

import JSON
import JSONSchema

/// The tightest bounds of the keywords of one node.
struct NumberBounds: Sendable {
  var lower: Decimal?
  var upper: Decimal?
  var lowerIsExclusive = false
  var upperIsExclusive = false

  init(_ keywords: NumberKeywords) {
    for (bound, exclusive) in [(keywords.minimum, false), (keywords.exclusiveMinimum, true)] {
      guard let bound else { continue }
      if let lower, bound < lower || (bound == lower && !exclusive) { continue }
      lower = bound
      lowerIsExclusive = exclusive
    }
    for (bound, exclusive) in [(keywords.maximum, false), (keywords.exclusiveMaximum, true)] {
      guard let bound else { continue }
      if let upper, upper < bound || (bound == upper && !exclusive) { continue }
      upper = bound
      upperIsExclusive = exclusive
    }
  }

  /// The least whole number within the bounds.
  var first: Decimal? {
    lower.map { NumberLowering.firstInteger($0, exclusive: lowerIsExclusive) }
  }

  /// The greatest whole number within the bounds.
  var last: Decimal? {
    upper.map { NumberLowering.lastInteger($0, exclusive: upperIsExclusive) }
  }
}

extension NumberLowering {
  /// A bound of a magnitude.
  private struct Bound {
    var value: Decimal
    var isExclusive: Bool

    /// The digits before the point as a number.
    var whole: Decimal {
      guard value.scale > 0 else { return .zero }
      return Decimal(
        isNegative: false, digits: Array(value.digits.prefix(value.scale)), scale: value.scale)
    }

    /// The digits after the point, without trailing zeros.
    var fraction: [UInt8] {
      if value.isZero { return [] }
      if value.scale >= value.digits.count { return [] }
      if value.scale > 0 { return Array(value.digits.dropFirst(value.scale)) }
      return [UInt8](repeating: 0, count: -value.scale) + value.digits
    }
  }

  /// Returns all spellings without exponent of the decimals within bounds.
  func decimals(_ bounds: NumberBounds, into regexes: inout RegexSet) -> Term {
    var parts: [Term] = []
    let zero = Decimal.zero
    // Positive numbers and zero.
    if bounds.upper.map({ $0 < zero }) != true {
      let lower = bounds.lower.flatMap {
        $0 < zero ? nil : Bound(value: $0, isExclusive: bounds.lowerIsExclusive)
      }
      let upper = bounds.upper.map { Bound(value: $0, isExclusive: bounds.upperIsExclusive) }
      parts.append(magnitudes(lower, upper, &regexes))
    }
    if bounds.lower.map({ zero < $0 }) != true {
      let lower = bounds.upper.flatMap {
        zero < $0 ? nil : Bound(value: $0.magnitude, isExclusive: bounds.upperIsExclusive)
      }
      let upper = bounds.lower.map {
        Bound(value: $0.magnitude, isExclusive: bounds.lowerIsExclusive)
      }
      parts.append(regexes.concat(regexes.byte(0x2D), magnitudes(lower, upper, &regexes)))
    }
    return regexes.alternatives(parts)
  }

  private func magnitudes(
    _ lower: Bound?, _ upper: Bound?, _ regexes: inout RegexSet
  ) -> Term {
    let low = lower ?? Bound(value: .zero, isExclusive: false)
    if let upper {
      if upper.value < low.value { return RegexSet.nothing }
      if upper.value == low.value, upper.isExclusive || low.isExclusive { return RegexSet.nothing }
    }
    let digit = regexes.bytes(.digits)
    let digits = regexes.repetition(digit, 0)
    let any = regexes.optional(
      regexes.concat(regexes.byte(0x2E), regexes.repetition(digit, 1)))
    func whole(_ value: Decimal, _ regexes: inout RegexSet) -> Term {
      regexes.literal(value.isZero ? [0x30] : Self.digits(of: value).map { $0 + 0x30 })
    }
    let atLow = fraction(from: low.fraction, low.isExclusive, digit, digits, &regexes)
    let afterLow = low.whole.adding(Decimal(1)) ?? low.whole
    guard let upper else {
      return regexes.alternatives([
        regexes.concat(whole(low.whole, &regexes), atLow),
        regexes.concat(magnitudes(afterLow, nil, 0, &regexes), any),
      ])
    }
    let atHigh = fraction(upTo: upper.fraction, upper.isExclusive, digit, digits, &regexes)
    if low.whole == upper.whole {
      return regexes.concat(
        whole(low.whole, &regexes), regexes.intersection([atLow, atHigh]))
    }
    var parts = [
      regexes.concat(whole(low.whole, &regexes), atLow),
      regexes.concat(whole(upper.whole, &regexes), atHigh),
    ]
    let beforeHigh = upper.whole.adding(Decimal(-1)) ?? upper.whole
    if !(beforeHigh < afterLow) {
      parts.append(regexes.concat(magnitudes(afterLow, beforeHigh, 0, &regexes), any))
    }
    return regexes.alternatives(parts)
  }

  /// Returns fractions, with the point if there is one, of at least some digits.
  private func fraction(
    from least: [UInt8], _ isExclusive: Bool, _ digit: Term, _ digits: Term,
    _ regexes: inout RegexSet
  ) -> Term {
    let point = regexes.byte(0x2E)
    let nonzero = regexes.concat([
      regexes.repetition(regexes.byte(0x30), 0), regexes.bytes(ByteSet(0x31...0x39)), digits,
    ])
    if least.isEmpty {
      if isExclusive { return regexes.concat(point, nonzero) }
      return regexes.optional(regexes.concat(point, regexes.repetition(digit, 1)))
    }
    var rest = isExclusive ? nonzero : digits
    for value in least.reversed() {
      var parts = [regexes.concat(regexes.byte(0x30 + value), rest)]
      if value < 9 {
        parts.append(regexes.concat(regexes.bytes(ByteSet((0x31 + value)...0x39)), digits))
      }
      rest = regexes.alternatives(parts)
    }
    return regexes.concat(point, rest)
  }

  /// Returns fractions, with the point if there is one, of at most some digits.
  private func fraction(
    upTo greatest: [UInt8], _ isExclusive: Bool, _ digit: Term, _ digits: Term,
    _ regexes: inout RegexSet
  ) -> Term {
    let point = regexes.byte(0x2E)
    if greatest.isEmpty {
      if isExclusive { return RegexSet.nothing }
      return regexes.optional(
        regexes.concat(point, regexes.repetition(regexes.byte(0x30), 1)))
    }
    var rest = isExclusive ? RegexSet.nothing : regexes.repetition(regexes.byte(0x30), 0)
    for (place, value) in greatest.enumerated().reversed() {
      var parts = [regexes.concat(regexes.byte(0x30 + value), rest)]
      if value > 0 {
        parts.append(regexes.concat(regexes.bytes(ByteSet(0x30...(0x2F + value))), digits))
      }
      // Fewer digits are less, but a point wants at least one.
      if place > 0 { parts.append(RegexSet.epsilon) }
      rest = regexes.alternatives(parts)
    }
    return regexes.optional(regexes.concat(point, rest))
  }

  /// Returns every spelling without exponent of the whole numbers between two bounds.
  func wholes(_ first: Decimal?, _ last: Decimal?, into regexes: inout RegexSet) -> Term {
    let zeros = regexes.optional(
      regexes.concat(regexes.byte(0x2E), regexes.repetition(regexes.byte(0x30), 1)))
    var digits = [integers(first, last, place: 0, into: &regexes)]
    if !((first ?? .zero) > .zero), !((last ?? .zero) < .zero) {
      digits.append(regexes.literal([0x2D, 0x30]))
    }
    return regexes.concat(regexes.alternatives(digits), zeros)
  }

  // MARK: - Single values

  /// Returns every spelling of a value without exponent.
  func value(_ value: Decimal, into regexes: inout RegexSet) -> Term {
    guard abs(value.scale) <= Self.greatestDigitCount else { return RegexSet.nothing }
    let zeros = regexes.repetition(regexes.byte(0x30), 0)
    let text = regexes.literal(Array(value.plainText.utf8))
    let tail =
      value.isInteger
      ? regexes.optional(
        regexes.concat(regexes.byte(0x2E), regexes.repetition(regexes.byte(0x30), 1)))
      : zeros
    let result = regexes.concat(text, tail)
    return value.isZero
      ? regexes.concat(regexes.optional(regexes.byte(0x2D)), result) : result
  }

  /// Returns the spelling of a value that is written.
  func spelling(_ number: JSONNumber, into regexes: inout RegexSet) -> Term {
    regexes.literal(Self.spelling(of: .number(number)))
  }

  /// The canonical bytes of a scalar: of a number the schema's own spelling where that is plain.
  static func spelling(of value: JSONValue) -> [UInt8] {
    guard case .number(let number) = value, abs(number.decimal.scale) <= greatestDigitCount else {
      return value.bytes
    }
    let bytes = value.bytes
    let isPlain = !bytes.contains { $0 | 0x20 == 0x65 }
    return isPlain && !number.decimal.isInteger ? bytes : Array(number.decimal.plainText.utf8)
  }

  // MARK: - Multiples

  /// Returns a divisor, nil if it is too large.
  ///
  /// Whole multiples of a divisor with a fraction are multiples of a whole number.
  func divisor(
    _ step: Decimal, isWhole: Bool, allowsFraction: Bool, allowsZeros: Bool
  ) -> Divisor? {
    let scale = max(0, step.digits.count - step.scale)
    var modulus = 0
    for index in 0..<(step.scale + scale) where modulus <= Divisor.greatestModulus {
      modulus = modulus * 10 + Int(index < step.digits.count ? step.digits[index] : 0)
    }
    guard modulus <= Divisor.greatestModulus else { return nil }
    var left = scale
    if isWhole {
      // n is a multiple of m / 10^s exactly if it is one of m / gcd(m, 10^s).
      while left > 0, modulus % 10 == 0 {
        modulus /= 10
        left -= 1
      }
      for factor in [2, 5] {
        var count = left
        while count > 0, modulus % factor == 0 {
          modulus /= factor
          count -= 1
        }
      }
      left = 0
    }
    guard modulus > 0, modulus <= Divisor.greatestModulus, left <= 40 else { return nil }
    return Divisor(
      modulus: Int32(modulus), scale: Int32(left),
      allowsFraction: allowsFraction && (left > 0 || allowsZeros),
      allowsZeros: allowsZeros)
  }

  /// Returns the multiples of a divisor with their sign.
  ///
  /// - Parameter signsZero: Whether "-0" is a spelling of zero.
  func multiples(
    of divisor: Divisor, signsZero: Bool, into regexes: inout RegexSet
  ) -> Term {
    let digits: Int32 =
      limits.integerDigits >= Int(Int32.max) ? -1 : Int32(limits.integerDigits)
    let unsigned = regexes.multiples(of: divisor, digits: digits)
    let signed =
      signsZero
      ? unsigned : regexes.multiples(of: divisor, digits: digits, phase: Divisor.signed)
    return regexes.alternatives([unsigned, regexes.concat(regexes.byte(0x2D), signed)])
  }
}
