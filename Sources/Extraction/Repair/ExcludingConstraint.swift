// A constraint that does not say one text again: how a value that failed its check is made anew.

import Tokens

/// A constraint whose text may not begin with certain bytes, whatever their tokens.
struct ExcludingConstraint: WrappingConstraint {
  var base: any TokenConstraint
  /// What is missing to the excluded bytes; nil once other ones have been said.
  private var missing: [UInt8]?

  /// Excludes bytes right after the present state.
  ///
  /// - Parameter excluded: Not empty.
  init(_ base: any TokenConstraint, excluding excluded: [UInt8]) {
    self.base = base
    missing = excluded
  }

  mutating func fillMask(_ mask: inout TokenMask, remaining: Int) {
    base.fillMask(&mask, remaining: remaining)
    guard let missing else { return }
    for token in mask.allowed where completes(token, missing) { mask.remove(token) }
  }

  private func completes(_ token: TokenID, _ missing: [UInt8]) -> Bool {
    vocabulary.kind(of: token) == .text && vocabulary.bytes(of: token).starts(with: missing)
  }

  mutating func accept(_ token: TokenID) -> Bool {
    if let missing, completes(token, missing) { return false }
    guard base.accept(token) else { return false }
    if let left = missing {
      let isText = vocabulary.kind(of: token) == .text
      let bytes = isText ? Array(vocabulary.bytes(of: token)) : []
      missing = isText && left.starts(with: bytes) ? Array(left.dropFirst(bytes.count)) : nil
    }
    return true
  }

  mutating func dictatedText(limit: Int) -> DictatedText {
    let text = base.dictatedText(limit: limit)
    // What is dictated may be just what is excluded: it is looked at token by token.
    if missing != nil, !text.bytes.isEmpty { return DictatedText(bytes: [], endsAnswer: false) }
    return text
  }

  func labels() -> [[UInt8]]? { missing == nil ? base.labels() : nil }
}
