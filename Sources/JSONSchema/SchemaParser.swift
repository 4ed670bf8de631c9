// From JSON to a table of schema nodes.
//
// First every subschema that stands under a keyword becomes a node; identifiers and anchors are noted
// on the way. Then references are resolved; one that leads to a place that no keyword announced makes
// that place a schema, which may add more references, until none is left.

package import JSON

/// How a schema is read.
package struct SchemaOptions: Sendable {
  /// What happens to names that look like a misspelled keyword.
  package enum UnknownKeywords: Sendable {
    /// They are refused.
    case refuse
    /// They have no effect, like every other unknown name.
    case allow
  }

  /// What happens to names that look like a misspelled keyword.
  package var unknownKeywords: UnknownKeywords
  /// Documents that references may lead to, by URI.
  package var documents: [String: JSONValue]

  /// Creates options.
  package init(
    unknownKeywords: UnknownKeywords = .refuse, documents: [String: JSONValue] = [:]
  ) {
    self.unknownKeywords = unknownKeywords
    self.documents = documents
  }
}

extension Schema {
  /// Reads a schema.
  ///
  /// - Throws: `SchemaError` with the place of the first fault.
  package init(_ document: JSONValue, options: SchemaOptions = SchemaOptions()) throws(SchemaError)
  {
    var parser = SchemaParser(document: document, options: options)
    let root = try parser.parseDocument(document, uri: "")
    try parser.resolveReferences()
    self.init(nodes: parser.nodes, root: root, draft: parser.draft)
  }
}

/// A reader of schemas that keeps its place.
struct SchemaParser {
  static let greatestDepth = 256
  static let greatestNodeCount = 400_000
  static let greatestCount = 1 << 40

  /// A place inside one of the documents.
  private struct Place: Hashable {
    var document: Int
    var pointer: String
  }

  /// A name inside a resource.
  private struct Anchor: Hashable {
    var resource: String
    var name: String
  }

  private struct Pending {
    var node: SchemaID
    var reference: String
    var base: String
    var isDynamic: Bool
  }

  private(set) var nodes: [SchemaNode] = []
  private(set) var draft: Draft = .draft2020
  /// Whether the document does not say which draft it is written in.
  private(set) var dialectIsImplied = true

  private let options: SchemaOptions
  private var documents: [JSONValue] = []
  private var places: [Place: SchemaID] = [:]
  private var resources: [String: Place] = [:]
  private var baseOfResource: [Place: String] = [:]
  private var anchors: [Anchor: SchemaID] = [:]
  private var dynamicAnchors: Set<Anchor> = []
  private var pending: [Pending] = []
  private var document = 0
  private var base = ""
  private var depth = 0

  init(document: JSONValue, options: SchemaOptions) {
    self.options = options
    if let name = document["$schema"]?.string {
      var text = name
      if text.hasSuffix("#") { text.removeLast() }
      let known: [(String, Draft)] = [
        ("draft-04/schema", .draft4), ("draft-06/schema", .draft6), ("draft-07/schema", .draft7),
        ("draft/2020-12/schema", .draft2020),
      ]
      for (end, draft) in known where text.hasSuffix("json-schema.org/" + end) {
        self.draft = draft
        dialectIsImplied = false
      }
    }
  }

  static func escaped(_ step: String) -> String {
    String(JSONPointer(steps: [step]).description.dropFirst())
  }

  mutating func parseDocument(_ value: JSONValue, uri: String) throws(SchemaError) -> SchemaID {
    let (savedDocument, savedBase, savedDepth) = (document, base, depth)
    document = documents.count
    base = uri
    depth = 0
    documents.append(value)
    resources[uri] = Place(document: document, pointer: "")
    baseOfResource[Place(document: document, pointer: "")] = uri
    let root = try parse(value, at: "")
    (document, base, depth) = (savedDocument, savedBase, savedDepth)
    return root
  }

  /// Reads one schema of the current document.
  mutating func parse(_ value: JSONValue, at pointer: String) throws(SchemaError) -> SchemaID {
    let place = Place(document: document, pointer: pointer)
    if let known = places[place] { return known }
    guard depth < Self.greatestDepth else {
      throw .tooDeep(pointer: pointer, limit: Self.greatestDepth)
    }
    guard nodes.count < Self.greatestNodeCount else {
      throw .tooLarge(limit: Self.greatestNodeCount)
    }
    depth += 1
    defer { depth -= 1 }
    let id = SchemaID(nodes.count)
    var node = SchemaNode(pointer: pointer)
    nodes.append(node)
    places[place] = id
    switch value {
    case .bool(let flag): node.boolean = flag
    case .object(let object):
      let savedBase = base
      defer { base = savedBase }
      try parse(object, into: &node, id: id)
    default: throw .notASchema(pointer: pointer, found: value.typeName)
    }
    nodes[id.index] = node
    return id
  }

  private mutating func parse(
    _ object: JSONObject, into node: inout SchemaNode, id: SchemaID
  ) throws(SchemaError) {
    node.keywords = object.keys
    let referenceHidesSiblings = draft < .draft2020 && !dialectIsImplied
    if referenceHidesSiblings, let reference = object["$ref"]?.string {
      pending.append(Pending(node: id, reference: reference, base: base, isDynamic: false))
      for name in object.keys where name != "$ref" && !Self.holdsDefinitions(name) {
        node.withoutEffect.append((name, "in this draft \"$ref\" hides what stands beside it"))
      }
      _ = try map("definitions", object, node)
      return
    }
    try parseIdentifiers(object, into: &node, id: id)
    try checkNames(object, into: &node)
    _ = try map("definitions", object, node)
    _ = try map("$defs", object, node)
    try parseValues(object, into: &node)
    try parseNumbers(object, into: &node)
    try parseStrings(object, into: &node)
    try parseArrays(object, into: &node)
    try parseObjects(object, into: &node)
    try parseCombinators(object, into: &node)
  }

  private static func holdsDefinitions(_ name: String) -> Bool {
    name == "definitions" || name == "$defs"
  }

  private mutating func parseIdentifiers(
    _ object: JSONObject, into node: inout SchemaNode, id: SchemaID
  ) throws(SchemaError) {
    var identifier = draft >= .draft6 ? object["$id"]?.string : nil
    if identifier == nil, draft == .draft4 || dialectIsImplied {
      identifier = object["id"]?.string
    }
    if let identifier {
      let parts = Reference(identifier)
      if !parts.document.isEmpty {
        base = Reference.resolve(parts.document, against: base)
        let place = Place(document: document, pointer: node.pointer)
        if resources[base] == nil { resources[base] = place }
        baseOfResource[place] = base
      }
      if let name = parts.fragment, !name.isEmpty, !name.hasPrefix("/") {
        anchors[Anchor(resource: base, name: name)] = id
      }
    }
    if draft >= .draft2020 {
      for keyword in ["$anchor", "$dynamicAnchor"] {
        guard let name = object[keyword]?.string else { continue }
        let anchor = Anchor(resource: base, name: name)
        anchors[anchor] = id
        if keyword == "$dynamicAnchor" { dynamicAnchors.insert(anchor) }
      }
    }
    let references = draft >= .draft2020 ? ["$ref", "$dynamicRef"] : ["$ref"]
    for keyword in references {
      guard let value = object[keyword] else { continue }
      guard let reference = value.string else {
        throw .badKeyword(pointer: node.pointer, keyword: keyword, expected: "a string")
      }
      pending.append(
        Pending(
          node: id, reference: reference, base: base, isDynamic: keyword == "$dynamicRef"))
    }
  }

  private mutating func checkNames(
    _ object: JSONObject, into node: inout SchemaNode
  ) throws(SchemaError) {
    for name in object.keys {
      guard let keyword = KeywordTable.keyword(name) else {
        if options.unknownKeywords == .refuse, let meant = KeywordTable.nearMiss(of: name) {
          throw .nearMiss(pointer: node.pointer, keyword: name, meant: meant.name)
        }
        node.withoutEffect.append((name, "it is no keyword"))
        continue
      }
      let isOlder = keyword.until < draft
      let keepsOlderMeaning =
        dialectIsImplied && (["dependencies", "id", "additionalItems"].contains(name))
      if keyword.role == .annotation {
        node.withoutEffect.append((name, "an annotation"))
      } else if (isOlder && !keepsOlderMeaning) || keyword.since > draft,
        !Self.holdsDefinitions(name)
      {
        node.withoutEffect.append((name, "this draft does not have it"))
      }
    }
  }

  private mutating func parseValues(
    _ object: JSONObject, into node: inout SchemaNode
  ) throws(SchemaError) {
    if let value = object["type"] {
      let names = value.array ?? [value]
      var types: SchemaTypes = []
      for name in names {
        guard let text = name.string, let type = SchemaTypes.named(text) else {
          throw .badKeyword(
            pointer: node.pointer, keyword: "type",
            expected: "null, boolean, integer, number, string, array, object, or a list of these")
        }
        types.formUnion(type)
      }
      node.types = types
    }
    if let value = object["enum"] {
      guard let values = value.array else {
        throw .badKeyword(pointer: node.pointer, keyword: "enum", expected: "a list of values")
      }
      node.enumeration = values.filter { node.enumerated.insert($0).inserted }
    }
    if draft >= .draft6 { node.constant = object["const"] }
  }

  // MARK: - Parts of a schema that are schemas

  mutating func schema(
    _ keyword: String, _ object: JSONObject, _ node: SchemaNode
  ) throws(SchemaError) -> SchemaID? {
    guard let value = object[keyword] else { return nil }
    return try parse(value, at: node.pointer + "/" + keyword)
  }

  mutating func list(
    _ keyword: String, _ object: JSONObject, _ node: SchemaNode, mayBeEmpty: Bool
  ) throws(SchemaError) -> [SchemaID] {
    guard let value = object[keyword] else { return [] }
    guard let elements = value.array, mayBeEmpty || !elements.isEmpty else {
      throw .badKeyword(
        pointer: node.pointer, keyword: keyword,
        expected: mayBeEmpty ? "a list of schemas" : "a list of one or more schemas")
    }
    var result: [SchemaID] = []
    for (i, element) in elements.enumerated() {
      result.append(try parse(element, at: "\(node.pointer)/\(keyword)/\(i)"))
    }
    return result
  }

  mutating func map(
    _ keyword: String, _ object: JSONObject, _ node: SchemaNode
  ) throws(SchemaError) -> [(String, SchemaID)] {
    guard let value = object[keyword] else { return [] }
    guard let members = value.object else {
      throw .badKeyword(pointer: node.pointer, keyword: keyword, expected: "an object of schemas")
    }
    var result: [(String, SchemaID)] = []
    for member in members.members {
      let place = node.pointer + "/" + keyword + "/" + Self.escaped(member.key)
      result.append((member.key, try parse(member.value, at: place)))
    }
    return result
  }

  // MARK: - References

  mutating func resolveReferences() throws(SchemaError) {
    var next = 0
    while next < pending.count {
      let item = pending[next]
      next += 1
      let reference = Reference(item.reference)
      let uri = Reference.resolve(reference.document, against: item.base)
      let fragment = reference.fragment ?? ""
      guard let target = try find(uri: uri, fragment: fragment) else {
        throw .unresolvedReference(
          pointer: nodes[item.node.index].pointer, reference: item.reference)
      }
      if item.isDynamic {
        let isMovable = dynamicAnchors.contains(Anchor(resource: uri, name: fragment))
        nodes[item.node.index].combinators.dynamicRef = DynamicReference(
          initial: target, anchor: isMovable ? fragment : nil)
      } else {
        nodes[item.node.index].combinators.ref = target
      }
    }
  }

  private mutating func find(uri: String, fragment: String) throws(SchemaError) -> SchemaID? {
    if resources[uri] == nil, let value = options.documents[uri] {
      _ = try parseDocument(value, uri: uri)
    }
    guard let resource = resources[uri] else { return nil }
    if !fragment.isEmpty, !fragment.hasPrefix("/") {
      return anchors[Anchor(resource: uri, name: fragment)]
    }
    let place = Place(document: resource.document, pointer: resource.pointer + fragment)
    if let known = places[place] { return known }
    guard let pointer = JSONPointer(place.pointer),
      let value = pointer.find(in: documents[place.document])
    else { return nil }
    // The pointer may be spelled in another way than the parser spells it.
    let canonical = pointer.description
    if let known = places[Place(document: place.document, pointer: canonical)] { return known }
    let (savedDocument, savedBase, savedDepth) = (document, base, depth)
    defer { (document, base, depth) = (savedDocument, savedBase, savedDepth) }
    document = place.document
    base = enclosingBase(of: pointer, in: place.document)
    depth = 0
    return try parse(value, at: canonical)
  }

  /// Returns the base URI of the nearest resource around a place.
  private func enclosingBase(of pointer: JSONPointer, in document: Int) -> String {
    var steps = pointer.steps
    while true {
      let place = Place(document: document, pointer: JSONPointer(steps: steps).description)
      if let found = baseOfResource[place] { return found }
      if steps.isEmpty { return "" }
      steps.removeLast()
    }
  }
}
