// One line of a result or error file, read back.

import Digests
package import JSON

/// A line that a worker wrote.
package struct ResultLine: Sendable {
  /// The whole line.
  package let value: JSONValue

  /// Reads a line, nil if it is no result and no error of this program.
  package init?(_ bytes: [UInt8]) {
    guard let value = try? JSONValue.parse(bytes), value["v"]?.int == 1,
      ["result", "error"].contains(value["type"]?.string ?? "")
    else { return nil }
    self.value = value
  }

  /// How the job ended: ok, partial, failed, duplicate, quarantined or cancelled.
  package var status: String { value["status"]?.string ?? "" }

  /// The name under which the document was dropped.
  package var name: String { value["input"]?["name"]?.string ?? "" }

  /// The SHA-256 of the document's bytes in hexadecimal digits, nil where they could not be read.
  package var documentHash: String? {
    guard let hash = value["input"]?["sha256"]?.string, hash.utf8.count == 64,
      hash.utf8.allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) })
    else { return nil }
    return hash
  }

  /// The output, nil in error lines.
  package var output: JSONValue? { value["output"] }

  /// The job's id.
  package var job: String { value["job"]?.string ?? "" }

  /// The path of the file that holds what made the line too long, relative to the spool.
  package var sidecarPath: String? { value["sidecar"]?["path"]?.string }

  /// Returns the hash of a document's bytes as lines state it.
  package static func hash(of bytes: [UInt8]) -> String { SHA256.hash(bytes).hex }

  var key: String { value["key"]?.string ?? "" }
  var done: String { value["run"]?["done"]?.string ?? "" }

  /// Returns the line with the members that its sidecar holds.
  package func completed(with sidecar: JSONValue) -> ResultLine {
    var object = value.object ?? JSONObject()
    if let evidence = sidecar["evidence"]?.object {
      var fields = object["fields"]?.object ?? JSONObject()
      for part in evidence.members {
        var field = fields[part.key]?.object ?? JSONObject()
        field["evidence"] = part.value
        fields[part.key] = .object(field)
      }
      object["fields"] = .object(fields)
    }
    if object["labels"] == nil, let labels = sidecar["labels"] { object["labels"] = labels }
    return ResultLine(value: .object(object))
  }

  private init(value: JSONValue) { self.value = value }
}

extension ResultLine {
  /// Returns the lines that hold: of several for one key the one that was done last, duplicates apart.
  ///
  /// A retried job leaves its earlier line in place. The order of the lines is kept.
  package static func latest(_ lines: [ResultLine]) -> [ResultLine] {
    var last: [String: Int] = [:]
    for (index, line) in lines.enumerated() where line.status != "duplicate" {
      if let known = last[line.key], lines[known].done > line.done { continue }
      last[line.key] = index
    }
    return lines.enumerated().filter { index, line in
      line.status == "duplicate" || line.key.isEmpty || last[line.key] == index
    }.map(\.element)
  }
}
