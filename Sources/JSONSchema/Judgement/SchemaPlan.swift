// What is known about a schema before the first value comes: patterns made ready, names in tables, and
// which verdicts are worth keeping.

import JSON
import Patterns

/// A schema prepared for judgements, shared by all of them.
struct SchemaPlan: Sendable {
  let schema: Schema
  /// Whether a verdict on a part may be asked for more than once, by node.
  let isShared: [Bool]
  /// Whether the node looks at what others have not, by node.
  let hasUnevaluated: [Bool]
  /// The resources in which dynamic references find targets.
  let dynamicResources: Set<Int>
  private var patterns: [String: PatternMatcher] = [:]
  private var properties: [Int: [JSONKey: SchemaID]] = [:]

  /// From how many properties on a table beats a scan.
  private static let scanLimit = 8

  /// Prepares a schema.
  ///
  /// - Throws: `SchemaError` for a keyword that can matter and cannot be judged.
  init(_ schema: Schema, assertsFormats: Bool) throws(SchemaError) {
    self.schema = schema
    var visits = [Int](repeating: 0, count: schema.nodes.count)
    var isReached = [Bool](repeating: false, count: schema.nodes.count)
    var reached: [SchemaID] = []
    func reach(_ id: SchemaID) {
      visits[id.index] += 1
      if isReached[id.index] { return }
      isReached[id.index] = true
      reached.append(id)
    }
    reach(schema.root)
    var next = 0
    while next < reached.count {
      let node = schema[reached[next]]
      next += 1
      for id in node.applied { reach(id) }
      guard node.combinators.dynamicRef?.anchor != nil else { continue }
      for target in schema.dynamicAnchors.values {
        reach(target)
        reach(target)
      }
    }
    isShared = visits.map { $0 > 1 }
    hasUnevaluated = schema.nodes.map {
      $0.arrays.unevaluatedItems != nil || $0.objects.unevaluatedProperties != nil
    }
    dynamicResources = Set(schema.dynamicAnchors.keys.map(\.resource))
    for id in reached { try prepare(schema[id], id, assertsFormats) }
  }

  private mutating func prepare(
    _ node: SchemaNode, _ id: SchemaID, _ assertsFormats: Bool
  ) throws(SchemaError) {
    if let pattern = node.strings.pattern { try prepare(pattern, "pattern", node) }
    for (pattern, _) in node.objects.patternProperties {
      try prepare(pattern, "patternProperties", node)
    }
    if let format = node.strings.format, assertsFormats || node.strings.assertsFormat,
      !FormatChecks.isSupported(format)
    {
      throw .unsupported(
        pointer: node.pointer, keyword: "format", detail: "the format \"\(format)\" is not checked")
    }
    guard node.objects.properties.count > Self.scanLimit else { return }
    var table: [JSONKey: SchemaID] = [:]
    for (name, schema) in node.objects.properties { table[JSONKey(name)] = schema }
    properties[id.index] = table
  }

  private mutating func prepare(
    _ pattern: String, _ keyword: String, _ node: SchemaNode
  ) throws(SchemaError) {
    guard patterns[pattern] == nil else { return }
    do throws(PatternError) {
      patterns[pattern] = try PatternMatcher(Pattern(pattern))
    } catch {
      if case .syntax = error {
        throw .badKeyword(
          pointer: node.pointer, keyword: keyword,
          expected: "a regular expression of ECMA-262; \"\(pattern)\" is none: \(error.description)"
        )
      }
      throw .unsupported(pointer: node.pointer, keyword: keyword, detail: error.description)
    }
  }

  /// Returns the matcher of a pattern of the schema.
  func matcher(_ pattern: String) -> PatternMatcher? { patterns[pattern] }

  /// Returns the schema of a named member.
  func property(_ name: String, of id: SchemaID) -> SchemaID? {
    if let table = properties[id.index] { return table[JSONKey(name)] }
    return schema[id].objects.properties.first { $0.name.utf8.elementsEqual(name.utf8) }?.schema
  }
}
