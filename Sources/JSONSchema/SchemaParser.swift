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
    self.documents = [:]
    for (uri, document) in documents {
      self.documents[Dialect.withoutEmptyFragment(uri)] = document
    }
  }
}

extension Schema {
  /// Reads a schema.
  ///
  /// - Throws: `SchemaError` with the place of the first fault.
  package init(_ document: JSONValue, options: SchemaOptions = SchemaOptions()) throws(SchemaError)
  {
    var parser = SchemaParser(options: options)
    let root = try parser.parseDocument(document, uri: "")
    try parser.resolveReferences()
    self.init(
      nodes: parser.nodes, root: root, draft: parser.nodes[root.index].draft,
      dynamicAnchors: parser.dynamicTargets)
  }
}

/// A reader of schemas that keeps its place.
struct SchemaParser {
  static let greatestDepth = 256
  static let greatestNodeCount = 200_000
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

  /// How a reference finds its target.
  private enum Reach {
    case fixed, dynamic, recursive
  }

  private struct Pending {
    var node: SchemaID
    var reference: String
    var base: String
    var document: Int
    var dialect: Dialect
    var reach: Reach
  }

  /// What holds for all schemas of one resource.
  private struct Resource {
    var base: String
    var dialect: Dialect
  }

  private(set) var nodes: [SchemaNode] = []
  /// The targets of dynamic references, by resource and name.
  private(set) var dynamicTargets: [DynamicName: SchemaID] = [:]
  /// The rules of the current resource.
  private var dialect = Dialect.implied

  private let options: SchemaOptions
  private var documents: [JSONValue] = []
  private var places: [Place: SchemaID] = [:]
  private var resources: [String: Place] = [:]
  private var resourceAt: [Place: Resource] = [:]
  private var resourceNumbers: [String: Int] = [:]
  private var anchors: [Anchor: SchemaID] = [:]
  private var pending: [Pending] = []
  private var document = 0
  private var base = ""
  private var depth = 0

  init(options: SchemaOptions) {
    self.options = options
  }

  /// The draft of the current resource.
  var draft: Draft { dialect.draft }

  /// Whether the current metaschema says that formats restrict strings.
  var assertsFormats: Bool { dialect.assertsFormats }

  /// Whether nothing says which draft the current resource is written in.
  var dialectIsImplied: Bool { dialect.isImplied }

  static func escaped(_ step: String) -> String {
    if !step.utf8.contains(where: { $0 == 0x7E || $0 == 0x2F }) { return step }
    return String(JSONPointer(steps: [step]).description.dropFirst())
  }

  mutating func parseDocument(_ value: JSONValue, uri: String) throws(SchemaError) -> SchemaID {
    let saved = (document, base, depth, dialect)
    defer { (document, base, depth, dialect) = saved }
    document = documents.count
    base = uri
    depth = 0
    documents.append(value)
    let place = Place(document: document, pointer: "")
    resources[uri] = place
    if let object = value.object { try enterDialect(SchemaObject(object, at: "")) }
    resourceAt[place] = Resource(base: uri, dialect: dialect)
    return try parse(value, at: "")
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
    node.resource = resourceNumber(base)
    node.draft = draft
    nodes.append(node)
    places[place] = id
    switch value {
    case .bool(let flag): node.boolean = flag
    case .object(let object):
      let saved = (base, dialect)
      defer { (base, dialect) = saved }
      try parse(SchemaObject(object, at: pointer), into: &node, id: id)
    default: throw .notASchema(pointer: pointer, found: value.typeName)
    }
    nodes[id.index] = node
    return id
  }

  private mutating func parse(
    _ object: SchemaObject, into node: inout SchemaNode, id: SchemaID
  ) throws(SchemaError) {
    node.keywords = object.keys
    if draft < .draft2019, let reference = object["$ref"]?.string {
      pending.append(
        Pending(
          node: id, reference: reference, base: base, document: document, dialect: dialect,
          reach: .fixed))
      for name in object.keys where name != "$ref" && !Self.holdsDefinitions(name) {
        node.withoutEffect.append((name, "in this draft \"$ref\" hides what stands beside it"))
      }
      _ = try map("definitions", object)
      return
    }
    try enterResource(object, into: &node)
    try checkNames(object, into: &node)
    let object = withoutInactive(object, &node)
    try parseIdentifiers(object, into: &node, id: id)
    _ = try map("definitions", object)
    _ = try map("$defs", object)
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

  /// The identifier of a schema, under the name that its draft gives it.
  private func identifier(_ object: SchemaObject) -> String? {
    let identifier = draft >= .draft6 ? object["$id"]?.string : nil
    return identifier ?? (draft == .draft4 || dialectIsImplied ? object["id"]?.string : nil)
  }

  /// Follows `$schema`, which only the root of a resource may have.
  private mutating func enterDialect(
    _ object: SchemaObject
  ) throws(SchemaError) {
    guard let name = object["$schema"]?.string else { return }
    let named = try Dialect.named(
      name, documents: options.documents, pointer: object.pointer)
    if let named { dialect = named }
  }

  /// Follows an identifier that begins a resource.
  private mutating func enterResource(
    _ object: SchemaObject, into node: inout SchemaNode
  ) throws(SchemaError) {
    guard let identifier = identifier(object) else { return }
    let uri = Reference(identifier).document
    guard !uri.isEmpty else { return }
    if !node.pointer.isEmpty { try enterDialect(object) }
    base = Reference.resolve(uri, against: base)
    let place = Place(document: document, pointer: node.pointer)
    if resources[base] == nil { resources[base] = place }
    resourceAt[place] = Resource(base: base, dialect: dialect)
    node.resource = resourceNumber(base)
    node.draft = draft
  }

  private mutating func resourceNumber(_ base: String) -> Int {
    if let known = resourceNumbers[base] { return known }
    let number = resourceNumbers.count
    resourceNumbers[base] = number
    return number
  }

  /// Returns a schema without the keywords that its metaschema leaves out.
  private func withoutInactive(_ object: SchemaObject, _ node: inout SchemaNode) -> SchemaObject {
    guard let active = dialect.vocabularies else { return object }
    var result = JSONObject()
    for member in object.members {
      if let keyword = KeywordTable.keyword(member.key), !active.contains(keyword.vocabulary) {
        node.withoutEffect.append((member.key, "its metaschema leaves it out"))
      } else {
        result[member.key] = member.value
      }
    }
    return SchemaObject(result, at: object.pointer)
  }

  private mutating func parseIdentifiers(
    _ object: SchemaObject, into node: inout SchemaNode, id: SchemaID
  ) throws(SchemaError) {
    if let identifier = identifier(object), let name = Reference(identifier).fragment,
      !name.isEmpty, !name.hasPrefix("/")
    {
      anchors[Anchor(resource: base, name: name)] = id
    }
    if draft >= .draft2019, let name = object["$anchor"]?.string {
      anchors[Anchor(resource: base, name: name)] = id
    }
    if draft >= .draft2020, let name = object["$dynamicAnchor"]?.string {
      anchors[Anchor(resource: base, name: name)] = id
      dynamicTargets[DynamicName(resource: node.resource, name: name)] = id
    }
    if draft == .draft2019, object["$recursiveAnchor"]?.bool == true {
      dynamicTargets[DynamicName(resource: node.resource, name: DynamicName.recursive)] = id
    }
    try note("$ref", .fixed, object, id)
    if draft >= .draft2020 { try note("$dynamicRef", .dynamic, object, id) }
    if draft == .draft2019 { try note("$recursiveRef", .recursive, object, id) }
  }

  /// Notes a reference, to be followed when all schemas are known.
  private mutating func note(
    _ keyword: String, _ reach: Reach, _ object: SchemaObject, _ id: SchemaID
  ) throws(SchemaError) {
    guard let value = object[keyword] else { return }
    guard let reference = value.string else {
      throw .badKeyword(pointer: object.pointer, keyword: keyword, expected: "a string")
    }
    pending.append(
      Pending(
        node: id, reference: reference, base: base, document: document, dialect: dialect,
        reach: reach))
  }

  private mutating func checkNames(
    _ object: SchemaObject, into node: inout SchemaNode
  ) throws(SchemaError) {
    for name in object.keys {
      guard let keyword = KeywordTable.keyword(name) else {
        if options.unknownKeywords == .refuse, let meant = KeywordTable.nearMiss(of: name) {
          throw .nearMiss(pointer: object.pointer, keyword: name, meant: meant.name)
        }
        node.withoutEffect.append((name, "it is no keyword"))
        continue
      }
      let isOlder = keyword.until < draft
      let keepsOlderMeaning =
        dialectIsImplied && ["dependencies", "id", "additionalItems"].contains(name)
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
    _ object: SchemaObject, into node: inout SchemaNode
  ) throws(SchemaError) {
    if let value = object["type"] {
      let names = value.array ?? [value]
      var types: SchemaTypes = []
      for name in names {
        guard let text = name.string, let type = SchemaTypes.named(text, in: draft) else {
          throw .badKeyword(
            pointer: object.pointer, keyword: "type",
            expected: "null, boolean, integer, number, string, array, object, or a list of these")
        }
        types.formUnion(type)
      }
      node.types = types
    }
    if let value = object["enum"] {
      guard let values = value.array else {
        throw .badKeyword(pointer: object.pointer, keyword: "enum", expected: "a list of values")
      }
      var kept: [JSONValue] = []
      for value in values {
        let hash = ValueHash.of(value)
        let same = node.enumerated[hash] ?? []
        guard !same.contains(where: { kept[$0] == value }) else { continue }
        node.enumerated[hash] = same + [kept.count]
        kept.append(value)
      }
      node.enumeration = kept
    }
    if draft >= .draft6 { node.constant = object["const"] }
  }

  // MARK: - Parts of a schema that are schemas

  mutating func schema(
    _ keyword: String, _ object: SchemaObject
  ) throws(SchemaError) -> SchemaID? {
    guard let value = object[keyword] else { return nil }
    return try parse(value, at: object.pointer + "/" + keyword)
  }

  mutating func list(
    _ keyword: String, _ object: SchemaObject, mayBeEmpty: Bool
  ) throws(SchemaError) -> [SchemaID] {
    guard let value = object[keyword] else { return [] }
    guard let elements = value.array, mayBeEmpty || !elements.isEmpty else {
      throw .badKeyword(
        pointer: object.pointer, keyword: keyword,
        expected: mayBeEmpty ? "a list of schemas" : "a list of one or more schemas")
    }
    var result: [SchemaID] = []
    for (i, element) in elements.enumerated() {
      result.append(try parse(element, at: "\(object.pointer)/\(keyword)/\(i)"))
    }
    return result
  }

  mutating func map(
    _ keyword: String, _ object: SchemaObject
  ) throws(SchemaError) -> [(String, SchemaID)] {
    guard let value = object[keyword] else { return [] }
    guard let members = value.object else {
      throw .badKeyword(pointer: object.pointer, keyword: keyword, expected: "an object of schemas")
    }
    var result: [(String, SchemaID)] = []
    for member in members.members {
      let place = object.pointer + "/" + keyword + "/" + Self.escaped(member.key)
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
      dialect = item.dialect
      var found = try find(uri: uri, fragment: fragment)
      if found == nil, reference.document.isEmpty, item.dialect.isImplied {
        // An "id" that was not meant as one: the place is meant from the root of the document.
        found = try find(place: fragment, document: item.document)
      }
      guard let target = found else {
        throw .unresolvedReference(
          pointer: nodes[item.node.index].pointer, reference: item.reference)
      }
      let resource = nodes[target.index].resource
      let name = item.reach == .recursive ? DynamicName.recursive : fragment
      switch item.reach {
      case .fixed: nodes[item.node.index].combinators.ref = target
      case .dynamic, .recursive:
        // Only a target that is itself movable makes the reference depend on the path.
        let isMovable = dynamicTargets[DynamicName(resource: resource, name: name)] == target
        nodes[item.node.index].combinators.dynamicRef = DynamicReference(
          initial: target, anchor: isMovable ? name : nil)
      }
    }
  }

  private mutating func find(uri: String, fragment: String) throws(SchemaError) -> SchemaID? {
    if resources[uri] == nil, let value = options.documents[uri] ?? Metaschemas.document(uri) {
      _ = try parseDocument(value, uri: uri)
    }
    guard let resource = resources[uri] else { return nil }
    if !fragment.isEmpty, !fragment.hasPrefix("/") {
      return anchors[Anchor(resource: uri, name: fragment)]
    }
    return try find(place: resource.pointer + fragment, document: resource.document)
  }

  /// Returns the schema at a place of a document, which may become one only now.
  private mutating func find(
    place text: String, document number: Int
  ) throws(SchemaError) -> SchemaID? {
    let place = Place(document: number, pointer: text)
    if let known = places[place] { return known }
    guard let pointer = JSONPointer(place.pointer),
      let value = pointer.find(in: documents[place.document])
    else { return nil }
    // The pointer may be spelled in another way than the parser spells it.
    let canonical = pointer.description
    if let known = places[Place(document: place.document, pointer: canonical)] { return known }
    let saved = (document, base, depth, dialect)
    defer { (document, base, depth, dialect) = saved }
    document = place.document
    if let resource = enclosingResource(of: pointer, in: place.document) {
      (base, dialect) = (resource.base, resource.dialect)
    }
    depth = 0
    return try parse(value, at: canonical)
  }

  /// Returns the nearest resource around a place.
  private func enclosingResource(of pointer: JSONPointer, in document: Int) -> Resource? {
    var steps = pointer.steps
    while true {
      let place = Place(document: document, pointer: JSONPointer(steps: steps).description)
      if let found = resourceAt[place] { return found }
      if steps.isEmpty { return nil }
      steps.removeLast()
    }
  }
}
