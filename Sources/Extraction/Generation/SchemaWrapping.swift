// The rewriting of a user's schema into the one that the model sees.
//
// Definitions are rewritten where they stand. One that is also used at a place that is not plain stays as it
// is: the rewriting then starts anew with that definition set apart, at most once for each definition.

import JSON
import JSONSchema

/// One rewriting.
struct SchemaWrapping {
  private let reading: SchemaReading
  private let abstention: Abstention
  private let evidence: EvidenceMode
  /// The shapes made so far; shape 0 has no parts.
  private(set) var shapes: [WrappedShape] = []
  /// Definitions in their new form with the shape of their values.
  private var rewritten: [SchemaReading.Definition: (schema: JSONValue?, shape: Int)] = [:]
  private var order: [SchemaReading.Definition] = []
  /// Definitions that stay as they are.
  private var apart: Set<SchemaReading.Definition> = []
  private var usesNotFound = false
  private let notFoundName: String
  private let isClosed: Bool

  /// Keywords beside which the parts of a value may be described twice.
  private static let obstacles = [
    "allOf", "not", "if", "then", "else", "dependentSchemas", "dependencies", "patternProperties",
    "$dynamicRef", "$recursiveRef", "unevaluatedProperties", "unevaluatedItems", "contains",
    "enum", "const", "uniqueItems",
  ]
  /// Keywords that say something about a value without restricting it; they move to the outside.
  private static let remarks = ["title", "description"]
  private static let abstainMark = "x-abstain"
  private static let evidenceMark = "x-evidence"

  init(_ schema: JSONValue, abstention: Abstention, evidence: EvidenceMode) {
    reading = SchemaReading(schema)
    self.abstention = abstention
    self.evidence = evidence
    var name = Wrapper.notFoundKey
    while schema["$defs"]?[name] != nil { name += "_" }
    notFoundName = name
    isClosed = !Self.hasOnlyPlainReferences(schema, reading)
  }

  /// What the rewriting yields.
  struct Wrapped {
    let document: JSONValue
    let root: WrappedPlace
  }

  /// Returns the schema in its new form.
  mutating func wrapped() throws(JobFailure) -> Wrapped {
    while true {
      shapes = [WrappedShape()]
      rewritten = [:]
      order = []
      usesNotFound = false
      var opaque: Set<SchemaReading.Definition> = []
      var (document, root) = try place(
        reading.root, required: true, isMember: false, at: JSONPointer(), &opaque)
      var clashes: Set<SchemaReading.Definition> = []
      for definition in order where opaque.contains(definition) {
        if let new = rewritten[definition]?.schema, new.bytes != reading.schema(definition)?.bytes {
          clashes.insert(definition)
        }
      }
      if !clashes.isEmpty {
        apart.formUnion(clashes)
        continue
      }
      guard var object = document.object else { return Wrapped(document: document, root: root) }
      for definition in order {
        guard let new = rewritten[definition]?.schema, var home = object[definition.home]?.object
        else { continue }
        home[definition.text] = new
        object[definition.home] = .object(home)
      }
      if usesNotFound {
        var home = object["$defs"]?.object ?? JSONObject()
        home[notFoundName] = Self.notFound
        object["$defs"] = .object(home)
      }
      document = .object(object)
      return Wrapped(document: document, root: root)
    }
  }

  private static let notFound: JSONValue = [
    "description": "Stands for a value that the document does not state",
    "type": "object", "properties": .object(onlyTrue(Wrapper.notFoundKey)),
    "required": [.string(Wrapper.notFoundKey)], "additionalProperties": false,
  ]

  private static func onlyTrue(_ key: String) -> JSONObject {
    var object = JSONObject()
    object[key] = ["enum": [true]]
    return object
  }

  // MARK: - Places

  /// Rewrites the schema of one place.
  private mutating func place(
    _ schema: JSONValue, required: Bool, isMember: Bool, at pointer: JSONPointer,
    _ opaque: inout Set<SchemaReading.Definition>
  ) throws(JobFailure) -> (JSONValue, WrappedPlace) {
    var (inner, shape) = try inside(schema, at: pointer, &opaque)
    var place = WrappedPlace(
      acceptsNull: reading.acceptsNull(schema), isRequired: required, shape: shape)
    let types = reading.types(schema)
    let isScalar = types.isDisjoint(with: [.array, .object])
    place.quotes =
      isMarked(schema, Self.evidenceMark) && evidence != .none
      || evidence == .quote && isMember && isScalar && !isClosed
    place.abstains =
      isMarked(schema, Self.abstainMark)
      || isMember && !isClosed && policyWraps(schema, place, isScalar: isScalar)
    if place.quotes || place.abstains, isClosed {
      throw .schema(
        pointer: pointer.description,
        problem: "a marked value stands in a schema with $id, anchors, or references to "
          + "places other than definitions; move what is referred to into $defs")
    }
    if place.abstains, !place.quotes, types.contains(.object),
      !reading.demandsMember(otherThan: Wrapper.notFoundKey, schema)
    {
      throw .schema(
        pointer: pointer.description,
        problem: "\(Self.abstainMark) cannot be told from the value, an object that demands no "
          + "member; demand one or mark the members")
    }
    place.mayBeObject = types.contains(.object)
    if place.abstains, !place.quotes { place.labels = reading.labels(schema) }
    guard place.quotes || place.abstains else { return (inner, place) }
    inner = Self.without([Self.abstainMark, Self.evidenceMark], inner)
    var remarks = JSONObject()
    for key in Self.remarks {
      if let remark = inner[key] { remarks[key] = remark }
    }
    inner = Self.without(Self.remarks, inner)
    if place.quotes { inner = Self.quoted(inner) }
    if place.abstains {
      usesNotFound = true
      let other: JSONValue = ["$ref": .string("#/$defs/" + Self.escaped(notFoundName))]
      if let object = inner.object, object.keys == ["anyOf"], let known = object["anyOf"]?.array {
        inner = ["anyOf": .array(known + [other])]
      } else {
        inner = ["anyOf": [inner, other]]
      }
    }
    var object = inner.object ?? JSONObject()
    for member in remarks.members { object[member.key] = member.value }
    return (.object(object), place)
  }

  private func policyWraps(_ schema: JSONValue, _ place: WrappedPlace, isScalar: Bool) -> Bool {
    // An enumeration with null among its labels already says that nothing fits.
    if let values = reading.resolved(schema)["enum"]?.array, values.contains(.null) { return false }
    if reading.resolved(schema)["const"] != nil { return false }
    switch abstention {
    case .never: return false
    case .optional: return isScalar && (place.acceptsNull || !place.isRequired)
    case .all:
      if isScalar { return true }
      let least = reading.resolved(schema)["minItems"]?.int ?? 0
      return least > 0 && reading.types(schema).isDisjoint(with: [.object])
    }
  }

  private func isMarked(_ schema: JSONValue, _ mark: String) -> Bool {
    schema[mark]?.bool == true || reading.resolved(schema)[mark]?.bool == true
  }

  private static func quoted(_ value: JSONValue) -> JSONValue {
    [
      "type": "object",
      "properties": ["quote": ["type": "string", "x-verbatim": true], "value": value],
      "required": ["quote", "value"], "additionalProperties": false,
    ]
  }

  private static func without(_ keys: [String], _ schema: JSONValue) -> JSONValue {
    guard var object = schema.object else { return schema }
    for key in keys { object[key] = nil }
    return .object(object)
  }

  private static func escaped(_ step: String) -> String {
    String(JSONPointer(steps: [step]).description.dropFirst())
  }

  // MARK: - The inside of values

  /// Rewrites the schemas of a value's parts.
  ///
  /// - Returns: The schema and the number of the shape.
  private mutating func inside(
    _ schema: JSONValue, at pointer: JSONPointer, _ opaque: inout Set<SchemaReading.Definition>
  ) throws(JobFailure) -> (JSONValue, Int) {
    guard var object = schema.object else { return (schema, 0) }
    if let reference = object["$ref"]?.string {
      let isAlone = object.keys.allSatisfy {
        ["$ref", "$defs", "definitions", "$schema", "$comment"].contains($0)
          || Self.remarks.contains($0) || $0.hasPrefix("x-") || $0 == "default" || $0 == "examples"
      }
      guard isAlone, !isClosed, let definition = reading.definition(reference),
        !apart.contains(definition), let target = reading.schema(definition)
      else { return try leave(schema, at: pointer, &opaque) }
      if let known = rewritten[definition] { return (schema, known.shape) }
      shapes.append(WrappedShape())
      let number = shapes.count - 1
      rewritten[definition] = (nil, number)
      order.append(definition)
      let there = JSONPointer(steps: [definition.home, definition.text])
      let (new, shape) = try inside(target, at: there, &opaque)
      shapes[number] = shapes[shape]
      // The marks of a definition were heeded where it is referred to.
      rewritten[definition] = (
        Self.without([Self.abstainMark, Self.evidenceMark], new), number
      )
      return (schema, number)
    }
    let isUnobstructed = Self.obstacles.allSatisfy {
      object[$0] == nil || object[$0]?.bool == false
    }
    guard !isClosed, isUnobstructed else { return try leave(schema, at: pointer, &opaque) }
    for key in ["anyOf", "oneOf"] {
      guard let alternatives = object[key]?.array else { continue }
      let composite = alternatives.indices.filter {
        !reading.types(alternatives[$0]).isDisjoint(with: [.array, .object])
      }
      let isShared = ["properties", "items", "prefixItems", "anyOf", "oneOf"].contains {
        $0 != key && object[$0] != nil
      }
      guard composite.count == 1, !isShared, let index = composite.first else {
        return try leave(schema, at: pointer, &opaque)
      }
      let there = pointer.appending(key).appending(String(index))
      let (new, shape) = try inside(alternatives[index], at: there, &opaque)
      var list = alternatives
      list[index] = new
      object[key] = .array(list)
      return (.object(object), shape)
    }
    return try parts(object, at: pointer, &opaque)
  }

  private mutating func parts(
    _ object: JSONObject, at pointer: JSONPointer, _ opaque: inout Set<SchemaReading.Definition>
  ) throws(JobFailure) -> (JSONValue, Int) {
    var object = object
    var shape = WrappedShape()
    if var properties = object["properties"]?.object {
      let required = object["required"]?.array ?? []
      for member in properties.members {
        let (new, place) = try place(
          member.value, required: required.contains(.string(member.key)), isMember: true,
          at: pointer.appending("properties").appending(member.key), &opaque)
        properties[member.key] = new
        shape.members[JSONKey(member.key)] = place
      }
      object["properties"] = .object(properties)
    }
    if let prefix = object["prefixItems"]?.array {
      var list: [JSONValue] = []
      for (index, schema) in prefix.enumerated() {
        let there = pointer.appending("prefixItems").appending(String(index))
        let (new, place) = try place(
          schema, required: false, isMember: false, at: there, &opaque)
        list.append(new)
        shape.prefix.append(place)
      }
      object["prefixItems"] = .array(list)
    }
    if let items = object["items"], items.object != nil {
      let (new, place) = try place(
        items, required: false, isMember: false, at: pointer.appending("items"), &opaque)
      object["items"] = new
      shape.items = place
    }
    // What describes members and elements that are not declared stays as it is.
    for key in ["additionalProperties", "additionalItems", "propertyNames"] {
      if let other = object[key] {
        _ = try leave(.array([other]), at: pointer.appending(key), &opaque)
      }
    }
    if let list = object["items"]?.array {
      _ = try leave(.array(list), at: pointer.appending("items"), &opaque)
    }
    guard !shape.members.isEmpty || !shape.prefix.isEmpty || shape.items != nil else {
      return (.object(object), 0)
    }
    shapes.append(shape)
    return (.object(object), shapes.count - 1)
  }

  /// Leaves a schema as it is, notes the definitions that it uses, and refuses marks inside it.
  private func leave(
    _ schema: JSONValue, at pointer: JSONPointer, _ opaque: inout Set<SchemaReading.Definition>
  ) throws(JobFailure) -> (JSONValue, Int) {
    var waiting = [(schema, pointer, isOuter: true)]
    while let (value, place, isOuter) = waiting.popLast() {
      if let elements = value.array {
        for (index, element) in elements.enumerated() {
          waiting.append((element, place.appending(String(index)), false))
        }
      }
      guard let object = value.object else { continue }
      for mark in [Self.abstainMark, Self.evidenceMark]
      where !isOuter && object[mark]?.bool == true {
        throw .schema(
          pointer: place.description,
          problem: "\(mark) stands where several schemas describe one value, or under an "
            + "unnamed member; it is possible on members under properties, and on elements")
      }
      if let reference = object["$ref"]?.string, let definition = reading.definition(reference),
        opaque.insert(definition).inserted, let target = reading.schema(definition)
      {
        waiting.append(
          (target, JSONPointer(steps: [definition.home, definition.text]), isOuter))
      }
      for member in object.members
      where !["$defs", "definitions", "enum", "const", "default", "examples"].contains(member.key) {
        waiting.append((member.value, place.appending(member.key), false))
      }
    }
    return (schema, 0)
  }

  /// Returns whether all references name definitions at the root and nothing else can be named.
  private static func hasOnlyPlainReferences(
    _ schema: JSONValue, _ reading: SchemaReading
  ) -> Bool {
    var waiting = [(schema, isRoot: true)]
    while let (value, isRoot) = waiting.popLast() {
      for element in value.array ?? [] { waiting.append((element, false)) }
      guard let object = value.object else { continue }
      for member in object.members {
        switch member.key {
        case "$ref":
          if let text = member.value.string, reading.definition(text) == nil { return false }
        case "$anchor", "$dynamicAnchor", "$recursiveAnchor":
          if member.value.string != nil || member.value.bool == true { return false }
        case "$id", "id":
          if !isRoot, member.value.string != nil { return false }
        case "enum", "const", "default", "examples": continue
        default: break
        }
        waiting.append((member.value, false))
      }
    }
    return true
  }
}
