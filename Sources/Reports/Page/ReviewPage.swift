// The review page: one HTML file that shows documents beside their fields and keeps a person's decisions.
//
// Nothing is loaded from elsewhere, and the page says so: its policy allows the two inline blocks by their
// hashes and nothing else. The data stand in blocks of JSON, one a document, parsed when the document is
// opened; `<` is escaped in them, so that no text can end its block.

import Digests
import JSON

/// A document with the line that it yielded.
package struct ReviewDocument: Sendable {
  /// The line.
  package var line: ResultLine
  /// The document's text, nil where it is not at hand.
  package var text: String?

  /// Creates a pair.
  package init(line: ResultLine, text: String?) {
    self.line = line
    self.text = text
  }
}

/// A page for reviewing documents.
package struct ReviewPage: Sendable {
  private let title: String

  /// Creates a page with a title.
  package init(title: String) { self.title = title }

  /// Returns the whole file.
  package func html(_ documents: [ReviewDocument]) -> [UInt8] {
    var page: [UInt8] = []
    page.append(
      contentsOf: """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="\(Self.policy)">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="referrer" content="no-referrer">
        <title>\(Self.escaped(title))</title>
        <style>\(ReviewPageStyle.text)</style>
        </head>
        <body>
        \(ReviewPageBody.text.replacing("{title}", with: Self.escaped(title)))

        """.utf8)
    Self.appendBlock("index", Self.index(of: documents), to: &page)
    for (number, document) in documents.enumerated() {
      Self.appendBlock("d\(number)", Self.data(of: document), to: &page)
    }
    page.append(contentsOf: "<script>\(ReviewPageScript.text)</script>\n</body>\n</html>\n".utf8)
    return page
  }

  /// The policy that the browser enforces.
  static var policy: String {
    func hash(_ text: String) -> String {
      "'sha256-\(base64(SHA256.hash(Array(text.utf8)).bytes))'"
    }
    return "default-src 'none'; script-src \(hash(ReviewPageScript.text)); "
      + "style-src \(hash(ReviewPageStyle.text)); base-uri 'none'; form-action 'none'"
  }

  private static func index(of documents: [ReviewDocument]) -> JSONValue {
    .array(
      documents.map { document in
        let line = document.line.value
        var lowest: JSONValue = .null
        for member in line["fields"]?.object?.members ?? [] {
          guard let p = member.value["p"]?.number else { continue }
          if let known = lowest.number, known.decimal <= p.decimal { continue }
          lowest = .number(p)
        }
        var fields = 0
        for root in [line["output"] ?? line["partial"]].compactMap({ $0 }) {
          OutputLeaves.forEach(in: root) { _, _ in fields += 1 }
        }
        return [
          .string(document.line.name), .string(document.line.status),
          .bool(line["review"]?["needed"]?.bool ?? (line["error"] != nil)), lowest,
          .number(JSONNumber(fields)), .string(line["record"]?.string ?? ""),
        ]
      })
  }

  private static func data(of document: ReviewDocument) -> JSONValue {
    let line = document.line.value
    var object = JSONObject()
    for key in [
      "status", "key", "queue", "input", "fields", "labels", "review", "checks", "finish",
      "error", "record", "job",
    ] {
      if let value = line[key] { object[key] = value }
    }
    var leaves: [JSONValue] = []
    for root in [line["output"] ?? line["partial"]].compactMap({ $0 }) {
      OutputLeaves.forEach(in: root) { pointer, value in
        let name = JSONValue.string(pointer.description)
        if case .number(let number) = value {
          leaves.append([name, .null, .string(number.literal)])
        } else {
          leaves.append([name, value])
        }
      }
    }
    object["leaves"] = .array(leaves)
    object["text"] = document.text.map { .string($0) } ?? .null
    return .object(object)
  }

  private static func appendBlock(_ id: String, _ value: JSONValue, to page: inout [UInt8]) {
    page.append(contentsOf: "<script type=\"application/json\" id=\"\(id)\">".utf8)
    // In JSON a less-than sign stands only inside strings, where its escape means the same.
    for byte in value.bytes {
      if byte == UInt8(ascii: "<") {
        page.append(contentsOf: #"\u003c"#.utf8)
      } else {
        page.append(byte)
      }
    }
    page.append(contentsOf: "</script>\n".utf8)
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let part = bytes[start..<min(start + 3, bytes.count)]
      var group = 0
      for index in 0..<3 {
        group = group << 8 | (index < part.count ? Int(part[start + index]) : 0)
      }
      for index in 0..<4 {
        text.append(
          index <= part.count ? alphabet[group >> (18 - 6 * index) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
