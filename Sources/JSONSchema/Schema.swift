// A schema as a flat table of nodes that refer to each other by number, so that recursive references
// are ordinary edges.

package import JSON

/// The number of a node in its schema.
package struct SchemaID: Hashable, Comparable, Sendable {
  /// The index.
  package let index: Int

  /// Creates an id from an index.
  package init(_ index: Int) { self.index = index }

  package static func < (a: SchemaID, b: SchemaID) -> Bool { a.index < b.index }
}

/// A set of the types that JSON Schema knows.
package struct SchemaTypes: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The null value.
  package static let null = SchemaTypes(rawValue: 1)
  /// Truth values.
  package static let boolean = SchemaTypes(rawValue: 2)
  /// Whole numbers that are spelled without a fraction and an exponent; "integer" of draft 4.
  package static let plainInteger = SchemaTypes(rawValue: 4)
  /// Whole numbers that are spelled with a fraction or an exponent.
  package static let spelledInteger = SchemaTypes(rawValue: 128)
  /// Whole numbers however they are spelled; "integer" since draft 6.
  package static let integer: SchemaTypes = [.plainInteger, .spelledInteger]
  /// Numbers that are not whole; a schema's "number" means all three bits.
  package static let fraction = SchemaTypes(rawValue: 8)
  /// Texts.
  package static let string = SchemaTypes(rawValue: 16)
  /// Arrays.
  package static let array = SchemaTypes(rawValue: 32)
  /// Objects.
  package static let object = SchemaTypes(rawValue: 64)
  /// Whole numbers and others.
  package static let number: SchemaTypes = [.integer, .fraction]
  /// Every value.
  package static let any = SchemaTypes(rawValue: 255)

  /// Returns the types that a name stands for in a draft, nil if it is none.
  package static func named(_ name: String, in draft: Draft = .draft2020) -> SchemaTypes? {
    switch name {
    case "null": .null
    case "boolean": .boolean
    case "integer": draft < .draft6 ? .plainInteger : .integer
    case "number": .number
    case "string": .string
    case "array": .array
    case "object": .object
    default: nil
    }
  }

  /// Returns the smallest type of a value as it is spelled.
  package static func of(_ value: JSONValue) -> SchemaTypes {
    switch value {
    case .null: .null
    case .bool: .boolean
    case .number(let number):
      if !number.decimal.isInteger {
        .fraction
      } else {
        number.isSpelledPlain ? .plainInteger : .spelledInteger
      }
    case .string: .string
    case .array: .array
    case .object: .object
    }
  }

  /// Returns the types that a value has in any of its spellings.
  package static func ofAllSpellings(_ value: JSONValue) -> SchemaTypes {
    let own = of(value)
    return SchemaTypes.integer.isSuperset(of: own) ? .integer : own
  }
}

/// One schema or subschema.
package struct SchemaNode: Sendable {
  /// The place in its document.
  package var pointer: String
  /// What a boolean schema says; nil for an object.
  package var boolean: Bool?
  /// The names of all members as written.
  package var keywords: [String] = []
  /// The members that have no effect, and why, for the report.
  package var withoutEffect: [(keyword: String, why: String)] = []
  /// The allowed types; nil if every type is.
  package var types: SchemaTypes?
  /// The allowed values.
  package var enumeration: [JSONValue]?
  /// The places of the allowed values by their hash.
  var enumerated: [Int: [Int]] = [:]
  /// The only allowed value.
  package var constant: JSONValue?
  /// Restrictions of numbers.
  package var numbers = NumberKeywords()
  /// Restrictions of strings.
  package var strings = StringKeywords()
  /// Restrictions of arrays.
  package var arrays = ArrayKeywords()
  /// Restrictions of objects.
  package var objects = ObjectKeywords()
  /// Schemas for the same value.
  package var combinators = Combinators()

  /// The number of the resource that it belongs to.
  package var resource = 0
  /// The draft by which it was read.
  package var draft = Draft.draft2020

  init(pointer: String) { self.pointer = pointer }

  /// All schemas that this one applies, to the same value or to parts of it.
  package var applied: [SchemaID] {
    var result = combinators.allOf + combinators.anyOf + combinators.oneOf + arrays.prefixItems
    for schema in [
      combinators.not, combinators.if, combinators.then, combinators.else, combinators.ref,
      combinators.dynamicRef?.initial, arrays.items, arrays.contains, arrays.unevaluatedItems,
      objects.additionalProperties, objects.propertyNames, objects.unevaluatedProperties,
    ] {
      if let schema { result.append(schema) }
    }
    result += objects.properties.map(\.schema)
    result += objects.patternProperties.map(\.schema)
    result += objects.dependentSchemas.map(\.schema)
    return result
  }
}

/// A name that dynamic references look for, in one resource.
package struct DynamicName: Hashable, Sendable {
  /// The number of the resource.
  package let resource: Int
  /// The name; `recursive` for the anchor of draft 2019-09, which has none.
  package let name: String

  /// The name that stands for `$recursiveAnchor`; no anchor is empty.
  package static let recursive = ""

  /// Creates a name.
  package init(resource: Int, name: String) {
    self.resource = resource
    self.name = name
  }
}

/// A schema with all references resolved.
package struct Schema: Sendable {
  /// All nodes.
  package let nodes: [SchemaNode]
  /// The node that judges the whole value.
  package let root: SchemaID
  /// The dialect of the document.
  package let draft: Draft
  /// What dynamic references may be moved to.
  package let dynamicAnchors: [DynamicName: SchemaID]

  /// For each node, in how many ways the root, and nodes that it leads to, lead to it.
  ///
  /// Two stand for any number where a dynamic reference may do so.
  let ways: [Int]

  init(
    nodes: [SchemaNode], root: SchemaID, draft: Draft, dynamicAnchors: [DynamicName: SchemaID]
  ) {
    self.nodes = nodes
    self.root = root
    self.draft = draft
    self.dynamicAnchors = dynamicAnchors
    var ways = [Int](repeating: 0, count: nodes.count)
    var reached: [SchemaID] = []
    func reach(_ id: SchemaID, _ count: Int = 1) {
      if ways[id.index] == 0 { reached.append(id) }
      ways[id.index] += count
    }
    reach(root)
    var next = 0
    while next < reached.count {
      let node = nodes[reached[next].index]
      next += 1
      for id in node.applied { reach(id) }
      guard node.combinators.dynamicRef?.anchor != nil else { continue }
      for target in dynamicAnchors.values { reach(target, 2) }
    }
    self.ways = ways
  }

  /// For each node, whether the root leads to it.
  package var isReached: [Bool] { ways.map { $0 > 0 } }

  /// A node; reading a part of it copies no other part.
  ///
  /// What needs the whole node and calls itself takes it from `nodes`: this way of reading costs more stack.
  package subscript(id: SchemaID) -> SchemaNode {
    _read { yield nodes[id.index] }
  }
}
