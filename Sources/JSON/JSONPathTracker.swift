// Where in a value a place in its text lies. For texts that are known to be JSON or the beginning of one.

/// A reader of JSON text that knows the pointer of each value and the bytes that spell it.
package struct JSONPathTracker: Sendable {
  private enum Level {
    case array(next: Int)
    case object(key: String)
  }

  private enum State {
    case between
    case scalar
    case string(isKey: Bool)
    case escape(isKey: Bool)
  }

  /// The values that have ended, with the bytes that spell them.
  package private(set) var values: [(pointer: JSONPointer, range: Range<Int>)] = []
  private var levels: [Level] = []
  private var starts: [Int] = []
  private var state = State.between
  private var awaitsKey = false
  /// Whether a value may begin with the next byte that is no space.
  package private(set) var awaitsValue = true
  private var key: [UInt8] = []
  private var position = 0
  private var start = 0

  /// Creates a reader before the first byte.
  package init() {}

  /// The pointer of the value that begins next or has begun last.
  package var pointer: JSONPointer {
    JSONPointer(
      steps: levels.map {
        switch $0 {
        case .array(let next): String(next)
        case .object(let key): key
        }
      })
  }

  /// Reads on.
  package mutating func take(_ bytes: some Sequence<UInt8>) {
    for byte in bytes {
      take(byte)
      position += 1
    }
  }

  /// Ends a number or a word at the end of the text.
  package mutating func end() { endScalar() }

  private mutating func take(_ byte: UInt8) {
    switch state {
    case .escape(let isKey):
      if isKey { key.append(byte) }
      state = .string(isKey: isKey)
    case .string(let isKey):
      if isKey { key.append(byte) }
      if byte == UInt8(ascii: "\\") {
        state = .escape(isKey: isKey)
      } else if byte == UInt8(ascii: "\"") {
        state = .between
        if isKey {
          let text = (try? JSONValue.parse(key))?.string ?? ""
          levels[levels.count - 1] = .object(key: text)
          awaitsKey = false
        } else {
          values.append((pointer, start..<position + 1))
        }
      }
    case .scalar, .between: structure(byte)
    }
  }

  private mutating func structure(_ byte: UInt8) {
    let isSpace = byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    if !isSpace { awaitsValue = false }
    switch byte {
    case UInt8(ascii: "{"):
      open(.object(key: ""))
      awaitsKey = true
    case UInt8(ascii: "["):
      open(.array(next: 0))
      awaitsValue = true
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      endScalar()
      guard levels.popLast() != nil, let start = starts.popLast() else { return }
      awaitsKey = false
      values.append((pointer, start..<position + 1))
    case UInt8(ascii: ","):
      endScalar()
      switch levels.last {
      case .array(let next):
        levels[levels.count - 1] = .array(next: next + 1)
        awaitsValue = true
      case .object: awaitsKey = true
      case nil: break
      }
    case UInt8(ascii: "\""):
      if awaitsKey, case .object = levels.last {
        key = [byte]
        state = .string(isKey: true)
      } else {
        start = position
        state = .string(isKey: false)
      }
    case UInt8(ascii: ":"): awaitsValue = true
    case _ where isSpace: endScalar()
    default:
      if case .scalar = state { return }
      start = position
      state = .scalar
    }
  }

  private mutating func open(_ level: Level) {
    levels.append(level)
    starts.append(position)
  }

  private mutating func endScalar() {
    guard case .scalar = state else { return }
    state = .between
    values.append((pointer, start..<position))
  }
}
