// What is known about a schema before the first value comes: patterns made ready, names in tables, and
// which verdicts are worth keeping.

import JSON
import Patterns

/// A node of a schema, prepared for judgements.
///
/// A class, because a judgement takes one up at each step: that must not copy all keywords.
final class PlannedNode: Sendable {
  /// The node.
  let node: SchemaNode
  /// Whether a verdict on a part may be asked for more than once.
  let isShared: Bool
  /// Whether the node looks at what others have not.
  let hasUnevaluated: Bool
  /// Whether dynamic references find targets in the node's resource.
  let isDynamic: Bool
  /// The node's own pattern.
  let pattern: PatternMatcher?
  /// The patterns of names, with the schemas of the members.
  let patternProperties: [(pattern: PatternMatcher, schema: SchemaID)]
  private let properties: [JSONKey: SchemaID]

  /// From how many properties on a table beats a scan.
  private static let scanLimit = 8

  init(
    _ node: SchemaNode, isShared: Bool, isDynamic: Bool, pattern: PatternMatcher?,
    patternProperties: [(pattern: PatternMatcher, schema: SchemaID)]
  ) {
    self.node = node
    self.isShared = isShared
    self.isDynamic = isDynamic
    self.pattern = pattern
    self.patternProperties = patternProperties
    hasUnevaluated =
      node.arrays.unevaluatedItems != nil || node.objects.unevaluatedProperties != nil
    var table: [JSONKey: SchemaID] = [:]
    if node.objects.properties.count > Self.scanLimit {
      for (name, schema) in node.objects.properties { table[JSONKey(name)] = schema }
    }
    properties = table
  }

  /// Returns the schema of a named member.
  func property(_ name: String) -> SchemaID? {
    if !properties.isEmpty { return properties[JSONKey(name)] }
    return node.objects.properties.first { $0.name.utf8.elementsEqual(name.utf8) }?.schema
  }
}

/// A schema prepared for judgements, shared by all of them.
struct SchemaPlan: Sendable {
  let schema: Schema
  private let nodes: [PlannedNode?]

  /// Prepares all that the root leads to.
  ///
  /// - Throws: `SchemaError` for a keyword that can matter and cannot be judged.
  init(_ schema: Schema) throws(SchemaError) {
    self.schema = schema
    let ways = schema.ways
    let resources = Set(schema.dynamicAnchors.keys.map(\.resource))
    var patterns = PatternTable()
    var nodes = [PlannedNode?](repeating: nil, count: schema.nodes.count)
    for (place, node) in schema.nodes.enumerated() where ways[place] > 0 {
      var named: [(pattern: PatternMatcher, schema: SchemaID)] = []
      for (pattern, schema) in node.objects.patternProperties {
        named.append((try patterns.matcher(pattern, "patternProperties", node), schema))
      }
      var own: PatternMatcher?
      if let pattern = node.strings.pattern {
        own = try patterns.matcher(pattern, "pattern", node)
      }
      nodes[place] = PlannedNode(
        node, isShared: ways[place] > 1, isDynamic: resources.contains(node.resource),
        pattern: own, patternProperties: named)
    }
    self.nodes = nodes
  }

  /// Returns a node that the root leads to; nil for others, which a caller may still ask for by number.
  func node(_ id: SchemaID) -> PlannedNode? { nodes[id.index] }
}

/// The patterns of a schema, each made ready once.
private struct PatternTable {
  private var matchers: [String: PatternMatcher] = [:]

  mutating func matcher(
    _ pattern: String, _ keyword: String, _ node: SchemaNode
  ) throws(SchemaError) -> PatternMatcher {
    if let known = matchers[pattern] { return known }
    do throws(PatternError) {
      let matcher = try PatternMatcher(Pattern(pattern))
      matchers[pattern] = matcher
      return matcher
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
}
