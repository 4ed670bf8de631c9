// A small constraint without a grammar: fixed texts with stretches of letters between them.

import Tokenizers
import Tokens

/// Texts that must stand as they are, and between them at most so many letters a, b and c.
struct FormConstraint: TokenConstraint {
  enum Part: Equatable, Sendable {
    case text([UInt8])
    case letters(atMost: Int)
  }

  let vocabulary: Vocabulary
  let rise = 0
  private let parts: [Part]
  private var part = 0
  /// How many bytes of the present part have been taken.
  private var taken = 0
  private(set) var hasEnded = false
  /// Whether fixed text is reported as dictated.
  private let dictates: Bool

  init(_ vocabulary: Vocabulary, _ parts: [Part], dictates: Bool = true) {
    self.vocabulary = vocabulary
    self.parts = parts
    self.dictates = dictates
    skipEmpty()
  }

  /// `{"x":"` letters `","y":"` letters `"}`.
  static func record(_ vocabulary: Vocabulary, atMost: Int, dictates: Bool = true) -> Self {
    Self(
      vocabulary,
      [
        .text(Array("{\"x\":\"".utf8)), .letters(atMost: atMost),
        .text(Array("\",\"y\":\"".utf8)), .letters(atMost: atMost), .text(Array("\"}".utf8)),
      ], dictates: dictates)
  }

  private mutating func skipEmpty() {
    while part < parts.count {
      switch parts[part] {
      case .text(let text) where taken == text.count: break
      case .letters(let limit) where taken == limit: break
      default: return
      }
      part += 1
      taken = 0
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    while part < parts.count {
      switch parts[part] {
      case .text(let text):
        guard text[taken] == byte else { return false }
        taken += 1
        skipEmpty()
        return true
      case .letters:
        if (UInt8(ascii: "a")...UInt8(ascii: "c")).contains(byte) {
          taken += 1
          skipEmpty()
          return true
        }
        part += 1
        taken = 0
        skipEmpty()
      }
    }
    return false
  }

  private func after(_ token: TokenID) -> Self? {
    var copy = self
    switch vocabulary.kind(of: token) {
    case .text:
      for byte in vocabulary.bytes(of: token) where !copy.take(byte) { return nil }
      return copy
    case .control:
      guard isComplete, vocabulary.endOfText.contains(token) else { return nil }
      copy.hasEnded = true
      return copy
    case .unused: return nil
    }
  }

  mutating func fillMask(_ mask: inout TokenMask, remaining: Int) {
    mask.removeAll()
    for id in 0..<vocabulary.count {
      guard let next = after(TokenID(id)) else { continue }
      if remaining > need + rise || next.hasEnded || next.need <= remaining - 1 {
        mask.insert(TokenID(id))
      }
    }
  }

  mutating func accept(_ token: TokenID) -> Bool {
    guard let next = after(token) else { return false }
    self = next
    return true
  }

  mutating func dictatedText(limit: Int) -> DictatedText {
    guard dictates else { return DictatedText(bytes: [], endsAnswer: isOver) }
    var bytes: [UInt8] = []
    var at = part
    var from = taken
    while at < parts.count, case .text(let text) = parts[at] {
      bytes += text[from...]
      at += 1
      from = 0
    }
    return DictatedText(
      bytes: Array(bytes.prefix(limit)), endsAnswer: at == parts.count && bytes.count <= limit)
  }

  private var isOver: Bool { part == parts.count }

  func labels() -> [[UInt8]]? { nil }
  var startsCheckedValue: String? { nil }

  var need: Int {
    var total = 1
    for (i, each) in parts.enumerated().dropFirst(part) {
      if case .text(let text) = each { total += text.count - (i == part ? taken : 0) }
    }
    return total
  }

  var isComplete: Bool { need == 1 }
  var limitsMet: [String] { [] }
}
