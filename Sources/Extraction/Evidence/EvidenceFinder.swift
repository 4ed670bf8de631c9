// Ties the values of an output to the places of the document where they stand.
//
// A text matches where it occurs, white space folded; a number or date also where the document spells it in
// its own way. Of several occurrences the one nearest to the other values of the same row counts as the place: a
// row is the nearest element of a list around a value, or the whole output. Rows of a list are placed one after
// the other, each on text that no earlier row has taken, so that equal rows get different places.

package import JSON

/// A finder of evidence in one document.
package struct EvidenceFinder: Sendable {
  /// The document.
  package let places: DocumentPlaces
  private let locale: QueueLocale?

  /// Creates a finder.
  package init(_ places: DocumentPlaces, locale: QueueLocale?) {
    self.places = places
    self.locale = locale
  }

  /// Returns where the values of an output stand.
  ///
  /// - Parameters:
  ///   - quotes: The texts that the model wrote down before some of the values.
  ///   - isChosen: Whether a value was chosen from a list of the schema, so that it need not occur.
  package func evidence(
    for output: JSONValue, quotes: [JSONPointer: String] = [:],
    isChosen: (JSONPointer, JSONValue) -> Bool
  ) -> OutputEvidence {
    var leaves = Self.leaves(of: output, quotes: quotes)
    let isSearched = findCandidates(of: &leaves)
    for leaf in leaves.indices {
      for index in leaves[leaf].candidates.indices {
        let start = leaves[leaf].candidates[index].range.lowerBound
        leaves[leaf].candidates[index].line = places.line(of: start)
      }
    }
    place(&leaves)
    var result = OutputEvidence()
    for leaf in leaves {
      guard let chosen = leaf.chosen else {
        if !isChosen(leaf.pointer, leaf.value) {
          result.reasons.append(
            isSearched
              ? "\(leaf.pointer): does not occur in the document"
              : "\(leaf.pointer): not looked for, the document is too large")
        }
        continue
      }
      if leaf.quote != nil && !leaf.isByQuote {
        result.reasons.append("\(leaf.pointer): its quote does not occur in the document")
      }
      let spans = Self.ordered(leaf.candidates, first: chosen)
      if spans.allSatisfy({ !$0.readings.isEmpty }), let first = spans.first {
        result.reasons.append(
          "\(leaf.pointer): \(JSONValue.string(places.text(first.range)).text) can be read as "
            + first.readings.joined(separator: " or "))
      }
      result.fields.append(
        FieldEvidence(
          pointer: leaf.pointer, raw: places.text(leaf.candidates[chosen].range),
          spans: spans.map {
            EvidenceSpan(
              $0.range, in: places, source: leaf.isByQuote ? .quote : .match, readings: $0.readings)
          }))
    }
    return result
  }

  private static func ordered(_ candidates: [Candidate], first: Int) -> [Candidate] {
    let others = candidates.indices.filter { $0 != first }.prefix(FieldEvidence.spanLimit - 1)
    return [candidates[first]] + others.map { candidates[$0] }
  }
}

// MARK: - Leaves and their occurrences

extension EvidenceFinder {
  /// A place where a value may stand.
  private struct Candidate {
    var range: Range<Int>
    var readings: [String] = []
    /// The line of its start.
    var line = 0

    /// Returns how far apart two places are: rows are lines more often than not.
    func distance(to other: Candidate) -> Int {
      abs(range.lowerBound - other.range.lowerBound) + EvidenceFinder.lineCost
        * abs(line - other.line)
    }
  }

  /// A text or number of the output.
  private struct Leaf {
    let pointer: JSONPointer
    let value: JSONValue
    /// The number of steps of the pointer that name the row.
    let rowDepth: Int
    /// The text that the model wrote down before the value.
    let quote: String?
    /// Whether the places are those of the quote.
    var isByQuote = false
    var candidates: [Candidate] = []
    var chosen: Int?

    var row: ArraySlice<String> { pointer.steps[..<rowDepth] }
  }

  private static func leaves(of output: JSONValue, quotes: [JSONPointer: String]) -> [Leaf] {
    var leaves: [Leaf] = []
    func add(_ value: JSONValue, _ pointer: JSONPointer, _ rowDepth: Int) {
      let quote = quotes[pointer].flatMap { $0.isEmpty ? nil : $0 }
      leaves.append(Leaf(pointer: pointer, value: value, rowDepth: rowDepth, quote: quote))
    }
    func visit(_ value: JSONValue, _ pointer: JSONPointer, _ rowDepth: Int) {
      switch value {
      case .object(let object):
        for member in object.members {
          visit(member.value, pointer.appending(member.key), rowDepth)
        }
      case .array(let elements):
        for (index, element) in elements.enumerated() {
          visit(element, pointer.appending(String(index)), pointer.steps.count + 1)
        }
      case .string(let text) where !text.isEmpty: add(value, pointer, rowDepth)
      case .number: add(value, pointer, rowDepth)
      case .string, .bool, .null: if quotes[pointer] != nil { add(value, pointer, rowDepth) }
      }
    }
    visit(output, JSONPointer(), 0)
    return leaves
  }

  /// Fills in where the values occur; returns whether all were looked for.
  private func findCandidates(of leaves: inout [Leaf]) -> Bool {
    var needles: [JSONKey: Int] = [:]
    var texts: [String] = []
    for leaf in leaves {
      for text in [leaf.value.string, leaf.quote].compactMap({ $0 })
      where needles[JSONKey(text)] == nil {
        needles[JSONKey(text)] = texts.count
        texts.append(text)
      }
    }
    let found = zip(texts, LiteralSearch(places.scalars).occurrences(of: texts)).map {
      text, ranges in ranges.map { preferred($0, for: text) }
    }
    let numbers = numberTable(for: leaves)
    let dates = dateTable(for: leaves)
    var isSearched = true
    for index in leaves.indices {
      if let quote = leaves[index].quote, let place = needles[JSONKey(quote)],
        let ranges = found[place], !ranges.isEmpty
      {
        leaves[index].candidates = ranges.map { Candidate(range: $0) }
        leaves[index].isByQuote = true
        continue
      }
      switch leaves[index].value {
      case .number(let number): leaves[index].candidates = numbers[number.decimal] ?? []
      case .string(let text):
        guard let place = needles[JSONKey(text)], let ranges = found[place] else {
          isSearched = false
          continue
        }
        var candidates = ranges.map { Candidate(range: $0) }
        if candidates.isEmpty, let other = dates[text] { candidates = other }
        if candidates.isEmpty, let value = Decimal(text) { candidates = numbers[value] ?? [] }
        leaves[index].candidates = candidates
      default: break
      }
    }
    return isSearched
  }

  /// Returns the occurrences that are whole words, or all if none is; exact ones before folded ones.
  private func preferred(_ all: [Range<Int>], for text: String) -> [Range<Int>] {
    let scalars = places.scalars
    let exact = all.filter { scalars[$0].elementsEqual(text.unicodeScalars) }
    let ranges = exact.isEmpty ? all : exact
    let whole = ranges.filter { range in
      guard let last = range.last else { return false }
      let start = range.lowerBound
      let end = range.upperBound
      let begins =
        start == 0 || !scalars[start - 1].continuesWord || !scalars[start].continuesWord
      let ends =
        end == scalars.count || !scalars[end].continuesWord
        || (!scalars[last].continuesWord && !scalars[end].properties.isGraphemeExtend)
      return begins && ends
    }
    return whole.isEmpty ? ranges : whole
  }

  private func numberTable(for leaves: [Leaf]) -> [Decimal: [Candidate]] {
    var wanted = Set<Decimal>()
    for leaf in leaves {
      switch leaf.value {
      case .number(let number): wanted.insert(number.decimal)
      case .string(let text): if let value = Decimal(text) { wanted.insert(value) }
      default: break
      }
    }
    guard !wanted.isEmpty else { return [:] }
    var table: [Decimal: [Candidate]] = [:]
    for occurrence in NumberReader(places.scalars, locale: locale).occurrences()
    where wanted.contains(occurrence.value) {
      table[occurrence.value, default: []].append(
        Candidate(
          range: occurrence.range,
          readings: Self.readings(occurrence.value, occurrence.others, Self.spelled)))
    }
    return Self.certainFirst(table)
  }

  private func dateTable(for leaves: [Leaf]) -> [String: [Candidate]] {
    var wanted = Set<String>()
    for leaf in leaves {
      if let text = leaf.value.string, Self.looksLikeDate(text) { wanted.insert(text) }
    }
    guard !wanted.isEmpty else { return [:] }
    var table: [String: [Candidate]] = [:]
    for occurrence in DateReader(places.scalars, locale: locale).occurrences()
    where wanted.contains(occurrence.value) {
      table[occurrence.value, default: []].append(
        Candidate(
          range: occurrence.range,
          readings: Self.readings(occurrence.value, occurrence.others, { $0 })))
    }
    return Self.certainFirst(table)
  }

  /// Leaves out ambiguous places of values that have an unambiguous one, and bounds the number of places.
  private static func certainFirst<Key>(_ table: [Key: [Candidate]]) -> [Key: [Candidate]] {
    table.mapValues { candidates in
      let certain = candidates.filter(\.readings.isEmpty)
      return Array(
        (certain.isEmpty ? candidates : certain).prefix(LiteralSearch.occurrenceLimit))
    }
  }

  private static func readings<Value>(
    _ value: Value, _ others: [Value], _ spelled: (Value) -> String
  ) -> [String] {
    others.isEmpty ? [] : ([value] + others).map(spelled).sorted()
  }

  private static func spelled(_ value: Decimal) -> String { value.plainText }

  /// Whether a text may be a date as ISO 8601 writes it, or a year and month.
  static func looksLikeDate(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == 10 || bytes.count == 7, bytes[4] == 0x2D else { return false }
    return bytes.enumerated().allSatisfy { index, byte in
      index == 4 || index == 7 ? byte == 0x2D : byte >= 0x30 && byte <= 0x39
    }
  }
}

// MARK: - Choosing among occurrences

extension EvidenceFinder {
  /// The distance in scalars beyond which two places are equally far apart.
  private static let farthest = 2000
  /// The scalars that a step to another line counts for.
  private static let lineCost = 300
  /// What a place before the earlier row costs.
  private static let outOfOrder = 400
  /// What a place that another row has taken costs.
  private static let taken = 1_000_000

  /// Chooses a place for each leaf, row by row.
  private func place(_ leaves: inout [Leaf]) {
    var cursors: [[String]: Int] = [:]
    var used: [[String]: Set<Int>] = [:]
    var start = 0
    // Rows are runs of leaves but for members that stand behind a list; those are rows of their own.
    while start < leaves.count {
      var end = start + 1
      while end < leaves.count, leaves[end].row == leaves[start].row { end += 1 }
      let list = Array(leaves[start].row.dropLast())
      placeRow(&leaves, start..<end, list: list, &cursors, &used)
      start = end
    }
  }

  private func placeRow(
    _ leaves: inout [Leaf], _ row: Range<Int>, list: [String], _ cursors: inout [[String]: Int],
    _ used: inout [[String]: Set<Int>]
  ) {
    let isElement = leaves[row.lowerBound].rowDepth > 0
    let known = row.filter { !leaves[$0].candidates.isEmpty }
      .sorted { (leaves[$0].candidates.count, $0) < (leaves[$1].candidates.count, $1) }
    guard let anchor = known.first else { return }
    /// The name of a leaf that its fellows in the other rows share.
    func column(_ index: Int) -> [String] {
      list + ["*"] + leaves[index].pointer.steps.dropFirst(leaves[index].rowDepth)
    }
    func cost(_ index: Int, _ start: Int) -> Int {
      guard isElement else { return 0 }
      var cost = used[column(index)]?.contains(start) == true ? Self.taken : 0
      if let cursor = cursors[list], start < cursor { cost += Self.outOfOrder }
      return cost
    }
    // The anchor goes where the other values of the row are nearest.
    var best: (cost: Int, place: Int)?
    for (place, candidate) in leaves[anchor].candidates.enumerated() {
      let start = candidate.range.lowerBound
      var total = cost(anchor, start)
      for other in known.dropFirst() {
        total += Self.distance(to: candidate, from: leaves[other].candidates)
        if total >= best?.cost ?? .max { break }
      }
      if total < best?.cost ?? .max { best = (total, place) }
    }
    guard let best else { return }
    choose(anchor, best.place)
    var settled = [leaves[anchor].candidates[best.place]]
    for index in known.dropFirst() {
      var nearest: (cost: Int, place: Int)?
      for (place, candidate) in leaves[index].candidates.enumerated() {
        let start = candidate.range.lowerBound
        // In a row of a list all values belong to the anchor; elsewhere to the nearest neighbor.
        var gap = candidate.distance(to: settled[0])
        if !isElement {
          for other in settled.dropFirst() { gap = min(gap, candidate.distance(to: other)) }
        }
        let total = gap + (cost(index, start) >= Self.taken ? Self.taken : 0)
        if total < nearest?.cost ?? .max { nearest = (total, place) }
      }
      if let nearest {
        choose(index, nearest.place)
        settled.append(leaves[index].candidates[nearest.place])
      }
    }
    if isElement { cursors[list] = settled[0].range.lowerBound + 1 }

    func choose(_ index: Int, _ place: Int) {
      leaves[index].chosen = place
      if isElement {
        used[column(index), default: []].insert(leaves[index].candidates[place].range.lowerBound)
      }
    }
  }

  /// Returns how far the nearest of some places is, at most `farthest`.
  private static func distance(to place: Candidate, from candidates: [Candidate]) -> Int {
    let start = place.range.lowerBound
    var low = 0
    var high = candidates.count
    while low < high {
      let middle = (low + high) / 2
      if candidates[middle].range.lowerBound < start { low = middle + 1 } else { high = middle }
    }
    // On either side the nearest one is on the nearest line as well.
    var distance = farthest
    if low < candidates.count { distance = min(distance, place.distance(to: candidates[low])) }
    if low > 0 { distance = min(distance, place.distance(to: candidates[low - 1])) }
    return distance
  }
}
