// Result lines as a table: RFC 4180, one row a line, or one row an element of a list.
//
//   job,queue,name,sha256,status,finish,review,reasons,error,message,/total,/lines/0/amount,…
//   job,queue,name,sha256,status,finish,review,reasons,error,message,row,/total,/lines/*/amount,…     by rows of /lines
//
// The first columns are always the same. The others are the JSON pointers of all leaves, in the order in which
// the outputs have them; elements of lists stand in the order of their numbers.

package import JSON

/// A table of result lines.
package struct CSVExport: Sendable {
  private let list: JSONPointer?

  /// The columns that every table begins with.
  package static let head = [
    "job", "queue", "name", "sha256", "status", "finish", "review", "reasons", "error", "message",
  ]

  /// Creates a table; a pointer names the list whose elements become rows.
  package init(rowsOf list: JSONPointer? = nil) { self.list = list }

  /// Returns the whole table.
  package func table(_ lines: [ResultLine]) -> [UInt8] {
    let rows = lines.flatMap(rows(of:))
    var columns = Columns()
    for row in rows { columns.add(row.cells.map(\.pointer)) }
    let names = columns.names
    var head = Self.head
    if list != nil { head.append("row") }
    var table: [UInt8] = []
    Self.append(
      (head + names.map { $0.steps.isEmpty ? "output" : $0.description }).map { .text($0) },
      to: &table)
    for row in rows {
      var cells: [JSONPointer: Cell] = [:]
      for cell in row.cells { cells[cell.pointer] = cell.cell }
      Self.append(row.head + names.map { cells[$0] ?? .empty }, to: &table)
    }
    return table
  }
}

// MARK: - Rows

extension CSVExport {
  private enum Cell {
    case empty
    /// Written as it stands.
    case plain(String)
    /// Guarded, since a spreadsheet may take it for a formula.
    case text(String)
  }

  private struct Row {
    var head: [Cell]
    var cells: [(pointer: JSONPointer, cell: Cell)]
  }

  private func rows(of line: ResultLine) -> [Row] {
    let value = line.value
    let reasons = value["review"]?["reasons"]?.array?.compactMap(\.string) ?? []
    func text(_ value: JSONValue?) -> Cell { value?.string.map { .text($0) } ?? .empty }
    let head: [Cell] = [
      text(value["job"]), text(value["queue"]), text(value["input"]?["name"]),
      text(value["input"]?["sha256"]), .text(line.status), text(value["finish"]),
      value["review"]?["needed"]?.bool.map { .plain($0 ? "true" : "false") } ?? .empty,
      reasons.isEmpty ? .empty : .text(reasons.joined(separator: "; ")),
      text(value["error"]?["code"]), text(value["error"]?["message"]),
    ]
    guard let list else {
      return [Row(head: head, cells: line.output.map { Self.cells($0, under: nil) } ?? [])]
    }
    guard let output = line.output else { return [Row(head: head + [.empty], cells: [])] }
    let shared = Self.cells(output, under: nil).filter {
      !$0.pointer.steps.starts(with: list.steps)
    }
    let elements = list.find(in: output)?.array ?? []
    guard !elements.isEmpty else { return [Row(head: head + [.empty], cells: shared)] }
    return elements.enumerated().map { index, element in
      let own = Self.cells(element, under: list.appending("*"))
      return Row(head: head + [.plain(String(index + 1))], cells: shared + own)
    }
  }

  private static func cells(
    _ value: JSONValue, under start: JSONPointer?
  ) -> [(pointer: JSONPointer, cell: Cell)] {
    var cells: [(pointer: JSONPointer, cell: Cell)] = []
    OutputLeaves.forEach(in: value) { pointer, leaf in
      let cell: Cell
      switch leaf {
      case .null: cell = .empty
      case .bool(let truth): cell = .plain(truth ? "true" : "false")
      case .number(let number): cell = .plain(number.literal)
      case .string(let text): cell = .text(text)
      // A list without elements is no value, and gives no column.
      case .array, .object: return
      }
      cells.append((JSONPointer(steps: (start?.steps ?? []) + pointer.steps), cell))
    }
    return cells
  }
}

// MARK: - Columns

extension CSVExport {
  /// The columns of all rows as a tree of steps, so that each stands beside its neighbors.
  private struct Columns {
    private struct Node {
      var parts: [(step: String, node: Int)] = []
      var places: [JSONKey: Int] = [:]
      var isLeaf = false
    }

    private var nodes = [Node()]

    mutating func add(_ pointers: [JSONPointer]) {
      for pointer in pointers {
        var node = 0
        for step in pointer.steps {
          if let known = nodes[node].places[JSONKey(step)] {
            node = known
          } else {
            nodes.append(Node())
            nodes[node].places[JSONKey(step)] = nodes.count - 1
            nodes[node].parts.append((step, nodes.count - 1))
            node = nodes.count - 1
          }
        }
        nodes[node].isLeaf = true
      }
    }

    var names: [JSONPointer] {
      var names: [JSONPointer] = []
      func visit(_ node: Int, _ pointer: JSONPointer) {
        if nodes[node].isLeaf { names.append(pointer) }
        var parts = nodes[node].parts
        if parts.allSatisfy({ Int($0.step) != nil }) {
          parts.sort { (Int($0.step) ?? 0) < (Int($1.step) ?? 0) }
        }
        for part in parts { visit(part.node, pointer.appending(part.step)) }
      }
      visit(0, JSONPointer())
      return names
    }
  }
}

// MARK: - Text

extension CSVExport {
  private static func append(_ row: [Cell], to table: inout [UInt8]) {
    for (index, cell) in row.enumerated() {
      if index > 0 { table.append(UInt8(ascii: ",")) }
      switch cell {
      case .empty: break
      case .plain(let text): table.append(contentsOf: text.utf8)
      case .text(let text): append(guarded(text), to: &table)
      }
    }
    table.append(contentsOf: [0x0D, 0x0A])
  }

  /// Returns a text that no spreadsheet takes for a formula: one that begins like one gets an apostrophe.
  private static func guarded(_ text: String) -> String {
    guard let first = text.unicodeScalars.first(where: { $0 != " " }) else { return text }
    let starts: Set<Unicode.Scalar> = [
      "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
    ]
    return starts.contains(first) ? "'" + text : text
  }

  private static func append(_ text: String, to table: inout [UInt8]) {
    let needsQuotes =
      text.utf8.contains { [0x22, 0x2C, 0x0D, 0x0A].contains($0) }
      || text.utf8.first == 0x20 || text.utf8.last == 0x20
    guard needsQuotes else {
      table.append(contentsOf: text.utf8)
      return
    }
    table.append(0x22)
    for byte in text.utf8 {
      if byte == 0x22 { table.append(0x22) }
      table.append(byte)
    }
    table.append(0x22)
  }
}
