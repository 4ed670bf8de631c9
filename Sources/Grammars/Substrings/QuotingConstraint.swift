// A grammar's constraint with one rule more: strings at certain places are parts of the document.
//
// The rule is a product of two automata: inside such a string a token must be allowed by both. Outside, only tokens
// that open such a string and go on in it are looked at. At every place between scalars the quote may end, so
// the rule leads to no dead end where the grammar alone bounds the length of the string.

import JSON
package import Tokens

/// A constraint whose marked strings quote one document.
package struct QuotingConstraint: WrappingConstraint {
  package var base: any TokenConstraint
  private let text: QuotableText
  private let table: QuoteTable
  /// Whether the string at a path is a quote.
  private let isQuote: @Sendable ([String]) -> Bool
  private var place = QuotePlace()

  /// Adds the rule to a constraint at the start of its answer.
  package init(
    _ base: any TokenConstraint, text: QuotableText, table: QuoteTable,
    isQuote: @escaping @Sendable ([String]) -> Bool
  ) {
    self.base = base
    self.text = text
    self.table = table
    self.isQuote = isQuote
  }

  package mutating func fillMask(_ mask: inout TokenMask, remaining: Int) {
    base.fillMask(&mask, remaining: remaining)
    if let quote = place.quote {
      var both = TokenMask(count: mask.count)
      for match in text.matches(from: quote) where mask.contains(match.token) {
        if match.closes && after(match.token) == nil { continue }
        both.insert(match.token)
      }
      mask = both
    } else {
      for token in table.openingTokens where mask.contains(token) && after(token) == nil {
        mask.remove(token)
      }
    }
  }

  package mutating func accept(_ token: TokenID) -> Bool {
    guard vocabulary.kind(of: token) == .text else { return base.accept(token) }
    guard let next = after(token), base.accept(token) else { return false }
    place = next
    return true
  }

  /// Returns the place after a token, nil where it breaks the rule.
  private func after(_ token: TokenID) -> QuotePlace? {
    var next = place
    for byte in vocabulary.bytes(of: token) {
      guard next.take(byte, text, isQuote) else { return nil }
    }
    return next
  }

  package mutating func dictatedText(limit: Int) -> DictatedText {
    if let quote = place.quote, !quote.isBetweenScalars {
      return DictatedText(bytes: [], endsAnswer: false)
    }
    return base.dictatedText(limit: limit)
  }
}

/// Where in a JSON text an answer is, and where in the document its quote is.
private struct QuotePlace: Sendable {
  private enum Frame {
    case object(key: String, expectsKey: Bool)
    case array(index: Int)
  }

  private enum StringKind {
    case key
    case value
    case quote
  }

  private var frames: [Frame] = []
  /// The kind of the string that is open.
  private var open: StringKind?
  private var isEscaped = false
  private var key: [UInt8] = []
  private var state = QuotableText.State()

  /// The state of the quote that is open, nil outside quotes.
  var quote: QuotableText.State? { open == .quote ? state : nil }

  /// The names and numbers that lead to the value here.
  private var path: [String] {
    frames.map { frame in
      switch frame {
      case .object(let key, _): key
      case .array(let index): String(index)
      }
    }
  }

  /// Moves on by one byte; returns whether it obeys the rule.
  mutating func take(_ byte: UInt8, _ text: QuotableText, _ isQuote: ([String]) -> Bool) -> Bool {
    guard let kind = open else {
      takeOutside(byte, isQuote)
      return true
    }
    if kind == .quote {
      if byte == UInt8(ascii: "\"") && state.isBetweenScalars {
        open = nil
        return true
      }
      guard let next = text.step(state, byte) else { return false }
      state = next
      return true
    }
    if kind == .key { key.append(byte) }
    if isEscaped {
      isEscaped = false
    } else if byte == UInt8(ascii: "\\") {
      isEscaped = true
    } else if byte == UInt8(ascii: "\"") {
      open = nil
      if kind == .key, !frames.isEmpty {
        frames[frames.count - 1] = .object(key: Self.unescaped(key.dropLast()), expectsKey: false)
      }
    }
    return true
  }

  private mutating func takeOutside(_ byte: UInt8, _ isQuote: ([String]) -> Bool) {
    switch byte {
    case UInt8(ascii: "{"): frames.append(.object(key: "", expectsKey: true))
    case UInt8(ascii: "["): frames.append(.array(index: 0))
    case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = frames.popLast()
    case UInt8(ascii: ","):
      switch frames.last {
      case .array(let index): frames[frames.count - 1] = .array(index: index + 1)
      case .object(let key, _): frames[frames.count - 1] = .object(key: key, expectsKey: true)
      case nil: break
      }
    case UInt8(ascii: "\""):
      isEscaped = false
      if case .object(_, expectsKey: true) = frames.last {
        open = .key
        key = []
      } else if isQuote(path) {
        open = .quote
        state = QuotableText.State()
      } else {
        open = .value
      }
    default: break
    }
  }

  /// Returns a key as text.
  private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
    guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
    let literal = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
    return (try? JSONValue.parse(literal))?.string ?? ""
  }
}
