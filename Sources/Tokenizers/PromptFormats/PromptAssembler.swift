// Joins plain text, text of a template and control tokens into one prompt.
//
// Words are cut across the border of plain and template text, as if both were one; only the template's
// text may spell control tokens.

import Tokens

/// A prompt that grows at its end.
struct PromptAssembler {
  private let tokenizer: any Tokenizer
  private(set) var tokens: [TokenID] = []
  /// Text that is not encoded yet, since what follows may lengthen its last word.
  private var pending: [UInt8] = []

  init(_ tokenizer: any Tokenizer) { self.tokenizer = tokenizer }

  /// Adds text that never yields a control token.
  mutating func add(text: String) { pending += Array(text.utf8) }

  /// Adds text of a template, whose spellings of control tokens are meant.
  mutating func add(template: String) {
    let text = Array(template.utf8)
    var start = 0
    for marker in tokenizer.markers(in: text) {
      pending += text[start..<marker.range.lowerBound]
      add(marker.token)
      start = marker.range.upperBound
    }
    pending += text[start...]
  }

  /// Adds a control token.
  mutating func add(_ token: TokenID) {
    flush()
    tokens.append(token)
  }

  /// Encodes what is pending and returns the number of tokens so far.
  @discardableResult mutating func flush() -> Int {
    if !pending.isEmpty { tokens += tokenizer.encode(pending).tokens }
    pending = []
    return tokens.count
  }
}
