// The rules that cut text into words before bytes are merged: no merge crosses a word's border.
//
// Written as scanners that take the first alternative that matches, like the regular expressions
// by which the rules are published:
//
//   gpt2    's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//   smollm  every \p{N} alone; gpt2 within each stretch between them
//   qwen2   (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*
//           |\s*[\r\n]+|\s+(?!\S)|\s+

/// The rules that cut a text into words.
package enum PreTokenizer: String, CaseIterable, Sendable {
  /// The rules of SmolLM and SmolLM2.
  case smollm
  /// The rules of Qwen2 and Qwen2.5.
  case qwen2

  /// Returns the ends of all words as byte offsets, ascending; the last is the byte count.
  func wordEnds(_ bytes: [UInt8]) -> [Int32] {
    let text = ClassifiedText(bytes)
    let count = text.classes.count
    var ends: [Int32] = []
    ends.reserveCapacity(count / 4 + 1)
    var scanner = WordScanner(bytes: bytes, text: text)
    switch self {
    case .smollm:
      while scanner.position < count {
        if text.classes[scanner.position] == TextClass.number {
          scanner.position += 1
        } else {
          if scanner.position >= scanner.limit { scanner.limit = scanner.nextNumber() }
          scanner.takeGPT2Word()
        }
        ends.append(text.starts[scanner.position])
      }
    case .qwen2:
      scanner.limit = count
      while scanner.position < count {
        scanner.takeQwen2Word()
        ends.append(text.starts[scanner.position])
      }
    }
    return ends
  }
}

/// A position in a text that moves on by one word at a time.
private struct WordScanner {
  let bytes: [UInt8]
  let classes: [UInt8]
  let starts: [Int32]
  /// The scalar at which the next word begins.
  var position = 0
  /// The scalar that counts as the end of the text.
  var limit = 0

  /// What `classes[limit]` counts as: no class at all.
  private static let end: UInt8 = 255

  init(bytes: [UInt8], text: ClassifiedText) {
    self.bytes = bytes
    self.classes = text.classes
    self.starts = text.starts
  }

  /// Returns the index of the first number at or after the position, or the count.
  func nextNumber() -> Int {
    var i = position
    while i < classes.count && classes[i] != TextClass.number { i += 1 }
    return i
  }

  @inline(__always)
  private func classAt(_ i: Int) -> UInt8 { i < limit ? classes[i] : Self.end }

  /// Moves over one word of the gpt2 rules.
  mutating func takeGPT2Word() {
    let first = classes[position]
    if first == TextClass.apostrophe, let length = contraction(ignoringCase: false) {
      position += length
      return
    }
    let isBlank = first == TextClass.blank
    let kind = isBlank ? classAt(position + 1) : first
    if kind == TextClass.letter || kind == TextClass.number {
      position += isBlank ? 1 : 0
      takeRun(of: kind)
    } else if TextClass.isOther(kind) {
      position += isBlank ? 1 : 0
      takeOthers()
    } else {
      takeSpaces()
    }
  }

  /// Moves over one word of the qwen2 rules.
  mutating func takeQwen2Word() {
    let first = classes[position]
    if first == TextClass.apostrophe, let length = contraction(ignoringCase: true) {
      position += length
      return
    }
    if first == TextClass.number {
      position += 1
      return
    }
    let next = classAt(position + 1)
    if first == TextClass.letter || (first != TextClass.newline && next == TextClass.letter) {
      position += 1
      takeRun(of: TextClass.letter)
      return
    }
    let isBlank = first == TextClass.blank
    if TextClass.isOther(isBlank ? next : first) {
      position += isBlank ? 1 : 0
      takeOthers()
      takeRun(of: TextClass.newline)
      return
    }
    // The longest white space that ends in a line break, else the general rule.
    var i = position
    var afterLineBreak = position
    while TextClass.isSpace(classAt(i)) {
      i += 1
      if classes[i - 1] == TextClass.newline { afterLineBreak = i }
    }
    if afterLineBreak > position {
      position = afterLineBreak
    } else {
      takeSpaces()
    }
  }

  private mutating func takeRun(of kind: UInt8) {
    while classAt(position) == kind { position += 1 }
  }

  private mutating func takeOthers() {
    while TextClass.isOther(classAt(position)) { position += 1 }
  }

  /// Moves over white space; before a word one character is left to it.
  private mutating func takeSpaces() {
    let start = position
    while TextClass.isSpace(classAt(position)) { position += 1 }
    if position < limit && position - start > 1 { position -= 1 }
  }

  /// Returns the length of the contraction at the position, if one stands there.
  private func contraction(ignoringCase: Bool) -> Int? {
    func ascii(_ i: Int) -> UInt8 {
      // A scalar beyond ASCII never equals the letters asked for.
      guard i < limit, starts[i + 1] - starts[i] == 1 else { return 0 }
      let byte = bytes[Int(starts[i])]
      return ignoringCase && byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }
    switch (ascii(position + 1), ascii(position + 2)) {
    case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _),
      (UInt8(ascii: "d"), _):
      return 2
    case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
      (UInt8(ascii: "l"), UInt8(ascii: "l")):
      return 3
    default:
      return nil
    }
  }
}
