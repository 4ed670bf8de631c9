// A folder with a small checkpoint and cases.json, the expectations of a reference implementation.
//
//   {"cases": [{"name": …, "tokens": [id …], "positions": [{"position", "ids", "values"} …],
//               "last_logits_f32le_base64": …, "greedy": [id …],
//               "mtp_last_logits_f32le_base64": … where the model has a draft head} …]}

import JSON
package import Models
import Posix
import Tokens

/// Why a golden folder cannot be used.
package enum GoldenFolderError: Error, Equatable, CustomStringConvertible {
  /// The file cannot be read.
  case unreadable(file: String, reason: String)
  /// The file is not what it should be.
  case malformed(file: String, reason: String)

  package var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file) cannot be read: \(reason)"
    case .malformed(let file, let reason): "\(file) is not a list of golden cases: \(reason)"
    }
  }
}

/// Reads the cases of golden folders.
package enum GoldenFolder {
  /// Reads `cases.json` in a folder.
  ///
  /// - Parameter vocabularyCount: The model's; a case with other ids or logits is refused.
  package static func cases(
    in folder: String, vocabularyCount: Int
  ) throws(GoldenFolderError) -> [GoldenCase] {
    let file = "\(folder)/cases.json"
    let bytes: [UInt8]
    do throws(PosixError) {
      let mapped = try MappedFile(FilePath(file))
      bytes = mapped.bytes(0..<mapped.byteCount)
    } catch {
      throw .unreadable(file: file, reason: error.errno?.description ?? "\(error)")
    }
    let root: JSONValue
    do throws(JSONError) {
      root = try JSONValue.parse(bytes)
    } catch {
      throw .malformed(file: file, reason: "\(error)")
    }
    guard let items = root["cases"]?.array else {
      throw .malformed(file: file, reason: "it has no member cases")
    }
    var cases: [GoldenCase] = []
    for item in items {
      guard let golden = golden(item, vocabularyCount: vocabularyCount) else {
        throw .malformed(
          file: file, reason: "case \(item["name"]?.string ?? "without a name") is incomplete")
      }
      cases.append(golden)
    }
    return cases
  }

  private static func golden(_ item: JSONValue, vocabularyCount: Int) -> GoldenCase? {
    func ids(_ value: JSONValue?) -> [TokenID]? {
      guard let items = value?.array else { return nil }
      let ids = items.compactMap(\.int).filter { (0..<vocabularyCount).contains($0) }
      return ids.count == items.count ? ids.map { TokenID($0) } : nil
    }
    guard let name = item["name"]?.string, let tokens = ids(item["tokens"]), !tokens.isEmpty,
      let greedy = ids(item["greedy"]), let places = item["positions"]?.array,
      let text = item["last_logits_f32le_base64"]?.string, let logits = base64(text),
      logits.count == 4 * vocabularyCount
    else { return nil }
    var positions: [GoldenCase.Position] = []
    for place in places {
      guard let position = place["position"]?.int, tokens.indices.contains(position),
        let best = ids(place["ids"]), let values = place["values"]?.array,
        values.count == best.count
      else { return nil }
      positions.append(
        GoldenCase.Position(
          position: position, ids: best,
          values: values.map { Float($0.number?.double ?? .nan) }))
    }
    var drafts: [Float]?
    if let text = item["mtp_last_logits_f32le_base64"]?.string {
      guard let bytes = base64(text), bytes.count == 4 * vocabularyCount else { return nil }
      drafts = floats(bytes)
    }
    return GoldenCase(
      name: name, tokens: tokens, positions: positions, lastLogits: floats(logits),
      greedy: greedy, draftLogits: drafts)
  }

  private static func floats(_ bytes: [UInt8]) -> [Float] {
    stride(from: 0, to: bytes.count, by: 4).map { place in
      Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << (8 * $1) })
    }
  }

  /// Decodes base64 with padding, nil if the text is not that.
  static func base64(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count % 4 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 4 * 3)
    for start in stride(from: 0, to: digits.count, by: 4) {
      var word: UInt32 = 0
      var padding = 0
      for index in start..<start + 4 {
        let value: UInt32
        switch digits[index] {
        case 0x41...0x5A: value = UInt32(digits[index]) - 0x41
        case 0x61...0x7A: value = UInt32(digits[index]) - 0x61 + 26
        case 0x30...0x39: value = UInt32(digits[index]) - 0x30 + 52
        case 0x2B: value = 62
        case 0x2F: value = 63
        case 0x3D where start + 4 == digits.count && index >= start + 2:
          value = 0
          padding += 1
        default: return nil
        }
        // Nothing but padding follows padding.
        if padding > 0, digits[index] != 0x3D { return nil }
        word = word << 6 | value
      }
      for byte in 0..<3 - padding {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(16 - 8 * byte)))
      }
    }
    return bytes
  }
}
