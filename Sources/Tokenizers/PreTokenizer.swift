// The rules that cut text into words before bytes are merged: no merge crosses a word's border.
//
// Written as scanners that take the first alternative that matches, like the regular expressions
// by which the rules are published:
//
//   gpt-2        's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//   smollm       every \p{N} alone; gpt-2 within each stretch between them
//   qwen2        (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*
//                |\s*[\r\n]+|\s+(?!\S)|\s+
//   llama-bpe    as qwen2, with \p{N}{1,3} for \p{N}
//   deepseek-v3  \p{N}{1,3} alone; [一-龥぀-ゟ゠-ヿ]+ alone; within each of these and each stretch between
//                [!-/:-@[-`{-~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*
//                |\s*[\r\n]+|\s+(?!\S)|\s+, and what lies between two matches is a word too

/// The rules that cut a text into words.
package enum PreTokenizer: String, CaseIterable, Sendable {
  /// The rules of GPT-2.
  case gpt2 = "gpt-2"
  /// The rules of SmolLM and SmolLM2.
  case smollm
  /// The rules of Qwen2, Qwen2.5 and Qwen3.
  case qwen2
  /// The rules of Llama 3.
  case llama3 = "llama-bpe"
  /// The rules of DeepSeek-V3 and DeepSeek-V4.
  case deepSeek3 = "deepseek-v3"

  /// Returns the rules that GGUF files call by a name.
  package static func named(_ name: String) -> PreTokenizer? {
    switch name {
    case "llama3", "llama-v3": .llama3
    case "joyai-llm": .deepSeek3
    case "deepseek-r1-qwen": .qwen2
    default: PreTokenizer(rawValue: name)
    }
  }

  /// Returns the ends of all words as byte offsets, ascending; the last is the byte count.
  func wordEnds(_ bytes: [UInt8]) -> [Int32] {
    let text = ClassifiedText(bytes)
    let count = text.classes.count
    var ends: [Int32] = []
    ends.reserveCapacity(count / 4 + 1)
    var scanner = WordScanner(bytes: bytes, text: text)
    while scanner.position < count {
      switch self {
      case .gpt2:
        scanner.limit = count
        scanner.takeGPT2Word()
      case .smollm:
        if text.classes[scanner.position] == TextClass.number {
          scanner.position += 1
        } else {
          if scanner.position >= scanner.limit { scanner.limit = scanner.nextNumber() }
          scanner.takeGPT2Word()
        }
      case .qwen2, .llama3:
        scanner.limit = count
        scanner.takeQwen2Word(digits: self == .qwen2 ? 1 : 3)
      case .deepSeek3:
        if scanner.position >= scanner.limit { scanner.limit = scanner.endOfDeepSeekStretch() }
        scanner.takeDeepSeekWord()
      }
      ends.append(text.starts[scanner.position])
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
  ///
  /// - Parameter digits: The greatest number of numbers in one word.
  mutating func takeQwen2Word(digits: Int) {
    let first = classes[position]
    if first == TextClass.apostrophe, let length = contraction(ignoringCase: true) {
      position += length
      return
    }
    if first == TextClass.number {
      takeNumbers(atMost: digits)
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
    takeLineBreaksOrSpaces()
  }

  // MARK: - The rules of DeepSeek

  /// Returns the end of the stretch that the first two rules isolate at the position.
  func endOfDeepSeekStretch() -> Int {
    var end = position
    if classes[position] == TextClass.number {
      while end < classes.count, end < position + 3, classes[end] == TextClass.number { end += 1 }
      return end
    }
    let isIdeographic = isHanOrKana(position)
    while end < classes.count, classes[end] != TextClass.number,
      isHanOrKana(end) == isIdeographic
    {
      end += 1
    }
    return end
  }

  /// Moves over one word of the third rule, or over all that no alternative matches.
  mutating func takeDeepSeekWord() {
    let first = classAt(position)
    if isASCIISymbol(position), isASCIILetter(position + 1) {
      position += 1
      while isASCIILetter(position) { position += 1 }
    } else if beginsDeepSeekLetters(position) {
      if !TextClass.isLetterOrMark(first) { position += 1 }
      while TextClass.isLetterOrMark(classAt(position)) { position += 1 }
    } else if TextClass.isSymbol(first == TextClass.blank ? classAt(position + 1) : first) {
      position += 1
      while TextClass.isSymbol(classAt(position)) { position += 1 }
      takeRun(of: TextClass.newline)
    } else if TextClass.isSpace(first) {
      takeLineBreaksOrSpaces()
    } else {
      repeat {
        position += 1
      } while position < limit && !TextClass.isSpace(classAt(position))
        && !TextClass.isSymbol(classAt(position)) && !beginsDeepSeekLetters(position)
    }
  }

  /// Returns whether letters or marks begin at an index, perhaps after one other scalar.
  private func beginsDeepSeekLetters(_ i: Int) -> Bool {
    let first = classAt(i)
    if TextClass.isLetterOrMark(first) { return true }
    return first != TextClass.newline && !TextClass.isSymbol(first)
      && TextClass.isLetterOrMark(classAt(i + 1))
  }

  /// Returns whether U+3040 to U+30FF or U+4E00 to U+9FA5 stands at an index.
  private func isHanOrKana(_ i: Int) -> Bool {
    guard starts[i + 1] - starts[i] == 3 else { return false }
    let at = Int(starts[i])
    let code =
      UInt32(bytes[at] & 0x0F) << 12 | UInt32(bytes[at + 1] & 0x3F) << 6
      | UInt32(bytes[at + 2] & 0x3F)
    return (0x3040...0x30FF).contains(code) || (0x4E00...0x9FA5).contains(code)
  }

  private func isASCIILetter(_ i: Int) -> Bool {
    guard classAt(i) == TextClass.letter, starts[i + 1] - starts[i] == 1 else { return false }
    return true
  }

  private func isASCIISymbol(_ i: Int) -> Bool {
    TextClass.isSymbol(classAt(i)) && starts[i + 1] - starts[i] == 1
  }

  // MARK: - Runs

  private mutating func takeNumbers(atMost most: Int) {
    let end = min(position + most, limit)
    while position < end && classes[position] == TextClass.number { position += 1 }
  }

  /// Moves over the longest white space that ends in a line break, else by the general rule.
  private mutating func takeLineBreaksOrSpaces() {
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
