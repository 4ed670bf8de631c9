// The algebra of schemas: what must hold for one value, as a set of schema nodes, is taken apart into
// alternatives without combinators. Nested values stay sets of nodes, so that intersections of recursive
// schemas are new positions and not endless expansions.

import JSON
import JSONSchema

/// What one value must satisfy: all of these nodes.
///
/// The empty set is every value.
struct Goal: Hashable, Sendable {
  /// Ascending, without repeats.
  private(set) var nodes: [SchemaID] = []

  static let anything = Goal()

  init() {}

  init(_ node: SchemaID) { nodes = [node] }

  mutating func insert(_ node: SchemaID) {
    if let i = nodes.firstIndex(where: { $0 >= node }) {
      if nodes[i] != node { nodes.insert(node, at: i) }
    } else {
      nodes.append(node)
    }
  }

  mutating func formUnion(_ other: Goal) {
    for node in other.nodes { insert(node) }
  }
}

/// A conjunction of restrictions without combinators.
struct Shape: Sendable {
  var types: SchemaTypes = .any
  /// The only values, if there is a list of them.
  var values: [JSONValue]?

  var lower: Decimal?
  var upper: Decimal?
  var lowerIsExclusive = false
  var upperIsExclusive = false

  var minLength = 0
  var maxLength: Int?
  var formats: [String] = []

  var prefixItems: [Goal] = []
  var items = Goal.anything
  var minItems = 0
  var maxItems: Int?

  /// What each of the schemas says about members; a member must satisfy all of them.
  var scopes: [MemberScope] = []
  var required: [String] = []

  /// What one schema says about the members of an object.
  struct MemberScope: Sendable {
    var properties: [(name: String, schema: SchemaID)]
    var byName: [JSONKey: SchemaID]
    var additional: SchemaID?

    /// Returns the schema of a member, nil if the scope does not restrict it.
    func schema(_ name: JSONKey) -> SchemaID? { byName[name] ?? additional }
  }

  /// Adds what a node itself says.
  mutating func apply(_ node: SchemaNode) {
    if let types = node.types { self.types.formIntersection(types) }
    if let values = node.enumeration { restrict(to: values) }
    if let value = node.constant { restrict(to: [value]) }
    apply(node.numbers)
    if let least = node.strings.minLength { minLength = max(minLength, least) }
    if let greatest = node.strings.maxLength { maxLength = min(maxLength ?? .max, greatest) }
    if let format = node.strings.format, !formats.contains(format) { formats.append(format) }
    apply(node.arrays)
    apply(node.objects)
  }

  private mutating func restrict(to values: [JSONValue]) {
    guard let old = self.values else {
      self.values = values
      return
    }
    let kept = Set(values)
    self.values = old.filter { kept.contains($0) }
  }

  private mutating func apply(_ numbers: NumberKeywords) {
    for (bound, exclusive) in [(numbers.minimum, false), (numbers.exclusiveMinimum, true)] {
      guard let bound else { continue }
      if let lower, bound < lower || (bound == lower && !exclusive) { continue }
      lower = bound
      lowerIsExclusive = exclusive
    }
    for (bound, exclusive) in [(numbers.maximum, false), (numbers.exclusiveMaximum, true)] {
      guard let bound else { continue }
      if let upper, upper < bound || (bound == upper && !exclusive) { continue }
      upper = bound
      upperIsExclusive = exclusive
    }
  }

  private mutating func apply(_ arrays: ArrayKeywords) {
    if let least = arrays.minItems { minItems = max(minItems, least) }
    if let greatest = arrays.maxItems { maxItems = min(maxItems ?? .max, greatest) }
    let count = max(prefixItems.count, arrays.prefixItems.count)
    while prefixItems.count < count { prefixItems.append(items) }
    for i in 0..<count {
      if i < arrays.prefixItems.count {
        prefixItems[i].insert(arrays.prefixItems[i])
      } else if let schema = arrays.items {
        prefixItems[i].insert(schema)
      }
    }
    if let schema = arrays.items { items.insert(schema) }
  }

  private mutating func apply(_ objects: ObjectKeywords) {
    for name in objects.required where !required.contains(where: { JSONKey($0) == JSONKey(name) }) {
      required.append(name)
    }
    guard !objects.properties.isEmpty || objects.additionalProperties != nil else { return }
    var byName: [JSONKey: SchemaID] = [:]
    for (name, schema) in objects.properties { byName[JSONKey(name)] = schema }
    scopes.append(
      MemberScope(
        properties: objects.properties, byName: byName, additional: objects.additionalProperties))
  }

  /// Whether the restrictions contradict each other at first sight.
  var isContradiction: Bool { types.isEmpty || values?.isEmpty == true }
}

/// Takes goals apart.
struct ShapeExpander {
  let schema: Schema

  static let greatestShapeCount = 4096

  /// Returns the alternatives of a goal; none means that no value satisfies it.
  func shapes(of goal: Goal) throws(GrammarError) -> [Shape] {
    var shapes = [Shape()]
    for node in goal.nodes { shapes = try restrict(shapes, by: node, path: []) }
    return shapes
  }

  private func restrict(
    _ shapes: [Shape], by id: SchemaID, path: [SchemaID]
  ) throws(GrammarError) -> [Shape] {
    if shapes.isEmpty { return [] }
    let node = schema[id]
    if let flag = node.boolean { return flag ? shapes : [] }
    // A schema that is reached again without going into a part of the value accepts nothing.
    if path.contains(id) { return [] }
    let path = path + [id]
    var result: [Shape] = []
    for var shape in shapes {
      shape.apply(node)
      if !shape.isContradiction { result.append(shape) }
    }
    let combinators = node.combinators
    if let target = combinators.ref { result = try restrict(result, by: target, path: path) }
    if let target = combinators.dynamicRef?.initial {
      result = try restrict(result, by: target, path: path)
    }
    for member in combinators.allOf { result = try restrict(result, by: member, path: path) }
    if !combinators.anyOf.isEmpty {
      var united: [Shape] = []
      for member in combinators.anyOf {
        united.append(contentsOf: try restrict(result, by: member, path: path))
        guard united.count <= Self.greatestShapeCount else {
          throw .tooManyAlternatives(pointer: node.pointer, limit: Self.greatestShapeCount)
        }
      }
      result = united
    }
    return result
  }
}
