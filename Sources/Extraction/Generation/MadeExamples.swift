// Worked examples that are made from a schema alone, for queues whose values may be missing.
//
// A small model writes what it has seen: in front of a schema that merely allows {"not_found": true} it hardly
// ever writes the word, whatever the document says. So two documents are made up and shown with their outputs: one
// states nothing, the other everything. None states some values and not others, since a model takes up from
// examples which values are missing.

import JSON
import JSONSchema

/// The examples of one schema.
struct MadeExamples {
  /// The documents with their outputs in the shape that the model writes, none where the schema demands
  /// values that cannot be made up.
  let examples: [PromptExample]
  /// The texts that were made up: where one is in an answer, the model has copied it from an example.
  let inventions: Set<String>

  /// A document that states nothing.
  private static let blank = "This page was left blank."

  /// Makes the examples of a schema.
  ///
  /// - Parameters:
  ///   - schema: The user's schema.
  ///   - generation: The schema that the model sees, made from it.
  init(_ schema: JSONValue, _ generation: GenerationSchema) {
    guard let target = try? Schema(generation.document, options: SchemaOptions()),
      let validator = try? SchemaValidator(target, formats: .assert)
    else {
      examples = []
      inventions = []
      return
    }
    var texts: Set<String> = []
    let made = [false, true].compactMap { statesAll -> PromptExample? in
      var author = ExampleAuthor(SchemaReading(schema), generation, statesAll: statesAll)
      guard let output = author.value(schema, generation.root, named: [], depth: 0),
        (try? validator.violations(of: output, limit: 1).isEmpty) == true
      else { return nil }
      texts.formUnion(author.inventions)
      return PromptExample(
        document: author.lines.isEmpty ? Self.blank : author.lines.joined(separator: "\n"),
        output: output.spacedText)
    }
    examples = made.count == 2 ? made : []
    inventions = examples.isEmpty ? [] : texts
  }
}

/// The author of one made-up document and its output.
private struct ExampleAuthor {
  private let reading: SchemaReading
  private let generation: GenerationSchema
  /// Whether the document states all values, or none of those that may be missing.
  private let statesAll: Bool
  /// The lines of the document.
  private(set) var lines: [String] = []
  /// The texts that it made up.
  private(set) var inventions: Set<String> = []
  /// The shapes that the value being made stands in: none holds itself.
  private var surrounding: Set<Int> = []
  /// The number of values so far, so that no two are alike.
  private var valueCount = 0

  private static let depthLimit = 12

  init(_ reading: SchemaReading, _ generation: GenerationSchema, statesAll: Bool) {
    self.reading = reading
    self.generation = generation
    self.statesAll = statesAll
  }

  /// Makes up the value of one place and writes it into the document.
  ///
  /// - Parameter names: The names of the members around it, without those of lists.
  /// - Returns: The value with what the model writes around it, nil if none can be made up.
  mutating func value(
    _ schema: JSONValue, _ place: WrappedPlace, named names: [String], depth: Int
  ) -> JSONValue? {
    guard depth < Self.depthLimit, !surrounding.contains(place.shape) else { return nil }
    if place.abstains, !statesAll { return .object(Wrapper.notFoundObject) }
    let before = self
    if place.shape > 0 { surrounding.insert(place.shape) }
    defer { surrounding.remove(place.shape) }
    if let stated = stated(schema, place, named: names, depth: depth) { return stated }
    self = before
    if place.abstains { return .object(Wrapper.notFoundObject) }
    return place.acceptsNull && !place.quotes ? .null : nil
  }

  private mutating func stated(
    _ schema: JSONValue, _ place: WrappedPlace, named names: [String], depth: Int
  ) -> JSONValue? {
    guard let schema = definite(schema, depth: depth), let object = schema.object else {
      return nil
    }
    let shape = generation.shapes[place.shape]
    if let properties = object["properties"]?.object, !place.quotes {
      var members = JSONObject()
      for member in properties.members {
        let inner = shape.members[JSONKey(member.key)] ?? .plain
        if let value = value(
          member.value, inner, named: names + [member.key], depth: depth + 1)
        {
          members[member.key] = value
        } else if object["required"]?.array?.contains(.string(member.key)) == true {
          return nil
        }
      }
      return .object(members)
    }
    if let items = object["items"], items.object != nil, !place.quotes {
      let count = max(object["minItems"]?.int ?? 0, statesAll ? 1 : 0)
      guard count <= 3, object["maxItems"]?.int ?? 1 >= count else { return nil }
      var elements: [JSONValue] = []
      for _ in 0..<count {
        guard
          let value = value(items, shape.items ?? .plain, named: names, depth: depth + 1)
        else { return nil }
        elements.append(value)
      }
      return .array(elements)
    }
    valueCount += 1
    let name = names.last ?? "value"
    guard let value = scalar(object, named: name.replacing("_", with: " ")) else { return nil }
    var text = value.string ?? value.text
    if object["format"]?.string == "date" { text = written(date) }
    if object["enum"] == nil, object["const"] == nil, let invention = value.string {
      inventions.insert(invention)
    }
    let label = names.joined(separator: " ").replacing("_", with: " ")
    lines.append(label.isEmpty ? text : "\(label): \(text)")
    guard place.quotes else { return value }
    var quoted = JSONObject()
    quoted[Wrapper.quoteKey] = .string(text)
    quoted[Wrapper.valueKey] = value
    return .object(quoted)
  }

  /// Returns a schema without references and alternatives: the first one that is not null.
  private func definite(_ schema: JSONValue, depth: Int) -> JSONValue? {
    let schema = reading.resolved(schema)
    guard depth < Self.depthLimit else { return nil }
    for key in ["anyOf", "oneOf"] {
      guard let alternatives = schema[key]?.array else { continue }
      let others = alternatives.filter { reading.types($0) != .null }
      return others.first.flatMap { definite($0, depth: depth + 1) }
    }
    return schema
  }

  /// Returns a value that the plain keywords of a schema allow; the whole output is judged afterwards.
  private func scalar(_ schema: JSONObject, named name: String) -> JSONValue? {
    if let value = schema["const"] {
      return value.array == nil && value.object == nil ? value : nil
    }
    if let values = schema["enum"]?.array {
      let choices = values.filter { $0 != .null && $0.array == nil && $0.object == nil }
      return choices.isEmpty ? nil : choices[valueCount % choices.count]
    }
    guard schema["pattern"] == nil, schema["x-verbatim"]?.bool != true || schema["format"] == nil
    else { return nil }
    let types = reading.types(.object(schema))
    if types.contains(.string) { return text(schema, named: name).map(JSONValue.string) }
    if !types.isDisjoint(with: .number) { return number(schema) }
    return types.contains(.boolean) ? .bool(valueCount % 2 == 0) : nil
  }

  /// A day that differs from value to value, at least the tenth.
  private var date: (year: Int, month: Int, day: Int) {
    (2017 + 3 * valueCount % 8, 1 + 5 * valueCount % 12, 10 + 7 * valueCount % 19)
  }

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]

  /// A date as documents write it.
  private func written(_ date: (year: Int, month: Int, day: Int)) -> String {
    "\(date.day) \(Self.months[date.month - 1]) \(date.year)"
  }

  private func text(_ schema: JSONObject, named name: String) -> String? {
    let (year, month, day) = date
    let iso = "\(year)-\(month < 10 ? "0" : "")\(month)-\(day)"
    switch schema["format"]?.string {
    case nil: break
    case "date": return iso
    case "date-time": return "\(iso)T08:30:00Z"
    case "time": return "08:\(day):00Z"
    case "email": return "person\(day)@example.org"
    case "uri", "uri-reference", "iri": return "https://example.org/\(day)"
    case "hostname": return "host\(day).example.org"
    case "ipv4": return "192.0.2.\(day)"
    case "uuid": return "00000000-0000-4000-8000-0000000000\(day)"
    default: return nil
    }
    let text = "Example \(name) \(day)"
    let least = schema["minLength"]?.int ?? 0
    let greatest = schema["maxLength"]?.int ?? .max
    guard least <= text.unicodeScalars.count else { return nil }
    return greatest >= text.unicodeScalars.count
      ? text : String(String.UnicodeScalarView(text.unicodeScalars.suffix(greatest)))
  }

  private func number(_ schema: JSONObject) -> JSONValue? {
    var value = 20 + valueCount
    if let step = schema["multipleOf"]?.int, step > 0 { value = step * value }
    if let least = schema["minimum"]?.int, value < least { value = least }
    if let greatest = schema["maximum"]?.int, value > greatest { value = greatest }
    return .number(JSONNumber(value))
  }
}
