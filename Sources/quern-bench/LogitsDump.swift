// The logits of given token ids, raw, to be set beside another program's.
//
// Each line of the ids file is a prompt, as ids with commas between, and after a bar the continuation to be
// forced. Without a bar `--tokens` tokens are chosen, the most probable one each, the lowest id of equals.

import JSON
import Models
import Posix
import Tokens

/// Logits of prompts and their continuations, and the ids of the continuations.
struct LogitsDump {
  let model: any Model
  let name: String
  let precision: String

  private struct BadLine: Error, CustomStringConvertible {
    let number: Int
    var description: String { "line \(number) of the ids is not token ids with commas between" }
  }

  /// Writes one row of little-endian f32 logits for each token of each continuation.
  ///
  /// - Parameters:
  ///   - ids: The text of the ids file.
  ///   - output: The file to be made; it must not exist.
  ///   - tokens: How many tokens to choose where a line forces none.
  func run(ids: String, output: FilePath, tokens: Int) throws {
    let file = try FileDescriptor.open(output, .createExclusive)
    var offset = 0
    for (index, line) in ids.split(separator: "\n").enumerated() {
      let parts = line.split(separator: "|", omittingEmptySubsequences: false).map(parse)
      guard let prompt = parts[0], !prompt.isEmpty, parts.count <= 2,
        let forced = parts.count == 2 ? parts[1] : []
      else { throw BadLine(number: index + 1) }
      let chosen = try follow(prompt, forced: forced, tokens: tokens, into: file, at: &offset)
      try report([
        "bench": "logits", "model": .string(name), "precision": .string(precision),
        "prompt": .number(JSONNumber(prompt.count)),
        "ids": .array(chosen.map { .number(JSONNumber($0.index)) }),
      ])
    }
  }

  private func parse(_ text: Substring) -> [TokenID]? {
    var ids: [TokenID] = []
    for word in text.split(separator: ",") {
      guard let id = Int(word), (0..<model.vocabularyCount).contains(id) else { return nil }
      ids.append(TokenID(id))
    }
    return ids
  }

  private func follow(
    _ prompt: [TokenID], forced: [TokenID], tokens: Int, into file: borrowing FileDescriptor,
    at offset: inout Int
  ) throws -> [TokenID] {
    let count = forced.isEmpty ? tokens : forced.count
    let cache = try model.makeCache(capacity: prompt.count + count)
    var input = prompt
    var chosen: [TokenID] = []
    for step in 0..<count {
      _ = try model.forward([SequenceInput(tokens: input, cache: cache, keep: .last)])
      guard case .all(let row) = try model.logits(rows: [0], requests: [.all])[0] else { break }
      let bytes = bytes(of: row)
      try PosixFileSystem().writeAll(bytes, to: file, at: offset)
      offset += bytes.count
      var best = 0
      for id in row.indices where row[id] > row[best] { best = id }
      chosen.append(forced.isEmpty ? TokenID(best) : forced[step])
      input = [chosen[step]]
    }
    return chosen
  }

  private func bytes(of row: [Float]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(row.count * 4)
    for value in row {
      let bits = value.bitPattern
      for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
    }
    return bytes
  }
}
