// The outputs of a document's windows become one output.
//
// Elements of lists from all windows stand in the order of their places in the document. Two elements from
// different windows are one row if at least half of the values that tie the smaller one to the text lie at the
// same offsets; of such a pair the better supported stays. Of scalars the best supported value stays: one
// that occurs before one that does not, one that more windows state, the first.

package import JSON

/// What one window of a document yielded.
package struct WindowOutput: Sendable {
  /// The output.
  package var output: JSONValue
  /// The place of each value that occurs, in offsets of the whole document.
  package var places: [JSONPointer: Range<Int>]
  /// The window's place in the document.
  package var range: Range<Int>

  /// Creates the yield of a window.
  package init(output: JSONValue, places: [JSONPointer: Range<Int>], range: Range<Int>) {
    self.output = output
    self.places = places
    self.range = range
  }
}

/// The outputs of all windows as one.
package struct WindowMerge: Sendable {
  /// A value in one window.
  private struct Source {
    var window: Int
    var pointer: JSONPointer
    var value: JSONValue
  }

  private let windows: [WindowOutput]
  /// The joined output.
  package private(set) var output: JSONValue = .null
  /// Other values that windows state, with where they stand, by pointers into the joined output.
  package private(set) var alternatives: [JSONPointer: [JSONValue]] = [:]
  /// Where parts of the joined output come from: the window and the pointer there.
  private var origins: [JSONPointer: (window: Int, pointer: JSONPointer)] = [:]

  /// Joins the outputs of windows that stand in the order of the document.
  package init(_ windows: [WindowOutput]) {
    self.windows = windows
    let sources = windows.indices.map {
      Source(window: $0, pointer: JSONPointer(), value: windows[$0].output)
    }
    output = merge(sources, at: JSONPointer())
  }

  /// Returns the window and the place in its output from which a part of the joined output comes.
  package func origin(of pointer: JSONPointer) -> (window: Int, pointer: JSONPointer)? {
    var head = pointer
    var rest: [String] = []
    while true {
      if let origin = origins[head] {
        return (origin.window, JSONPointer(steps: origin.pointer.steps + rest.reversed()))
      }
      guard let last = head.steps.popLast() else { return nil }
      rest.append(last)
    }
  }

  private mutating func merge(_ sources: [Source], at pointer: JSONPointer) -> JSONValue {
    let stated = sources.filter { $0.value != .null }
    guard let first = stated.first else {
      if let source = sources.first { origins[pointer] = (source.window, source.pointer) }
      return .null
    }
    if stated.allSatisfy({ $0.value.array != nil }) { return mergeLists(stated, at: pointer) }
    if stated.allSatisfy({ $0.value.object != nil }) {
      var keys: [String] = []
      var known: Set<JSONKey> = []
      // A member that all windows leave out stays out; null is a value that any other replaces.
      for source in stated {
        for key in source.value.object?.keys ?? [] where known.insert(JSONKey(key)).inserted {
          keys.append(key)
        }
      }
      var object = JSONObject()
      for key in keys {
        let parts = stated.compactMap { source -> Source? in
          source.value[key].map {
            Source(window: source.window, pointer: source.pointer.appending(key), value: $0)
          }
        }
        object[key] = merge(parts, at: pointer.appending(key))
      }
      return .object(object)
    }
    guard stated.count > 1 else {
      origins[pointer] = (first.window, first.pointer)
      return first.value
    }
    return best(stated, at: pointer)
  }

  // MARK: - Scalars

  private struct Choice {
    var value: JSONValue
    var places: [Range<Int>] = []
    var windowCount = 0
  }

  private mutating func best(_ sources: [Source], at pointer: JSONPointer) -> JSONValue {
    var choices: [Choice] = []
    for source in sources {
      let index =
        choices.firstIndex { $0.value == source.value }
        ?? {
          choices.append(Choice(value: source.value))
          return choices.count - 1
        }()
      choices[index].windowCount += 1
      if let place = windows[source.window].places[source.pointer],
        !choices[index].places.contains(place)
      {
        choices[index].places.append(place)
      }
    }
    var chosen = 0
    for index in choices.indices.dropFirst() {
      let (old, new) = (choices[chosen], choices[index])
      if new.places.isEmpty != old.places.isEmpty {
        if old.places.isEmpty { chosen = index }
      } else if new.windowCount > old.windowCount {
        chosen = index
      }
    }
    let others = choices.indices.filter { $0 != chosen && !choices[$0].places.isEmpty }
    if !others.isEmpty {
      alternatives[pointer] = others.map { index in
        var object = JSONObject()
        object["value"] = choices[index].value
        object["evidence"] = .array(
          choices[index].places.prefix(FieldEvidence.spanLimit).map { place in
            [
              "doc": 0, "start": .number(JSONNumber(place.lowerBound)),
              "end": .number(JSONNumber(place.upperBound)), "by": "match",
            ]
          })
        return .object(object)
      }
    }
    let value = choices[chosen].value
    let holders = sources.filter { $0.value == value }
    if let source = holders.first(where: { windows[$0.window].places[$0.pointer] != nil })
      ?? holders.first
    {
      origins[pointer] = (source.window, source.pointer)
    }
    return value
  }

  // MARK: - Lists

  private struct Mark: Hashable {
    var path: [String]
    var place: Range<Int>
  }

  private struct Row {
    var window: Int
    var index: Int
    var value: JSONValue
    var marks: Set<Mark>
    var position: Int
  }

  private mutating func mergeLists(_ sources: [Source], at pointer: JSONPointer) -> JSONValue {
    var rows: [Row] = []
    var byMark: [Mark: [Int]] = [:]
    for source in sources {
      let places = placesByElement(of: source)
      var position = windows[source.window].range.lowerBound
      for (index, element) in (source.value.array ?? []).enumerated() {
        let marks = places[index] ?? []
        let starts = marks.map(\.place.lowerBound).sorted()
        if !starts.isEmpty { position = starts[starts.count / 2] }
        let row = Row(
          window: source.window, index: index, value: element, marks: marks, position: position)
        if let twin = twin(of: row, among: rows, byMark) {
          if row.marks.count > rows[twin].marks.count {
            for mark in row.marks { byMark[mark, default: []].append(twin) }
            rows[twin] = row
          }
          continue
        }
        for mark in marks { byMark[mark, default: []].append(rows.count) }
        rows.append(row)
      }
    }
    rows.sort { ($0.position, $0.window, $0.index) < ($1.position, $1.window, $1.index) }
    let parents = Dictionary(
      sources.map { ($0.window, $0.pointer) }, uniquingKeysWith: { first, _ in first })
    for (index, row) in rows.enumerated() {
      guard let parent = parents[row.window] else { continue }
      origins[pointer.appending(String(index))] = (
        row.window, parent.appending(String(row.index))
      )
    }
    return .array(rows.map(\.value))
  }

  /// Returns the row of another window that stands at the same place.
  private func twin(of row: Row, among rows: [Row], _ byMark: [Mark: [Int]]) -> Int? {
    if row.marks.isEmpty {
      return rows.firstIndex {
        $0.window == row.window - 1 && $0.marks.isEmpty && $0.value == row.value
      }
    }
    var shared: [Int: Int] = [:]
    for mark in row.marks {
      for other in byMark[mark] ?? [] { shared[other, default: 0] += 1 }
    }
    return shared.filter { other, count in
      rows[other].window != row.window
        && 2 * count >= max(1, min(row.marks.count, rows[other].marks.count))
    }.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key
  }

  /// Returns where the values of each element of a list stand.
  private func placesByElement(of source: Source) -> [Int: Set<Mark>] {
    let depth = source.pointer.steps.count
    var result: [Int: Set<Mark>] = [:]
    for (pointer, place) in windows[source.window].places
    where pointer.steps.count > depth && pointer.steps.starts(with: source.pointer.steps) {
      guard let index = Int(pointer.steps[depth]) else { continue }
      result[index, default: []].insert(
        Mark(path: Array(pointer.steps[(depth + 1)...]), place: place))
    }
    return result
  }
}
