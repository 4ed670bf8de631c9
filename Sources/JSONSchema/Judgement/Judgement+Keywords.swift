// The keywords, one after another: cheap ones first, and what is unevaluated last.
//
// Groups of keywords are kept out of line: joined into one function they would need several kilobytes of
// stack for each schema inside another.

import JSON

extension Judgement {
  /// Returns whether all keywords of a node hold, and joins what they have looked at.
  mutating func check(_ at: Place, _ parts: inout EvaluatedParts) -> Bool {
    let value = instances[at.part]
    var valid = checkValue(value, at)
    switch value {
    case .number(let number):
      if let keyword = at.planned.node.numbers.violation(by: number.decimal) {
        valid = fail(at, keyword)
      }
    case .string(let text): valid = checkText(text, at) && valid
    default: break
    }
    guard valid || at.isLoud else { return false }
    valid = checkReferences(at, &parts) && valid
    guard valid || at.isLoud else { return false }
    valid = checkCombinators(at, &parts) && valid
    guard valid || at.isLoud, fault == nil else { return false }
    switch value {
    case .array(let elements): valid = checkArray(elements, at, &parts) && valid
    case .object(let object): valid = checkObject(object, at, &parts) && valid
    default: break
    }
    return valid && fault == nil
  }

  @inline(never)
  private mutating func checkValue(_ value: JSONValue, _ at: Place) -> Bool {
    var valid = true
    if let types = at.planned.node.types, !types.contains(SchemaTypes.of(value)) {
      valid = fail(at, "type")
    }
    if let values = at.planned.node.enumeration {
      let candidates = at.planned.node.enumerated[instances.hash(at.part)] ?? []
      if !candidates.contains(where: { values[$0] == value }) { valid = fail(at, "enum") }
    }
    if let constant = at.planned.node.constant, constant != value { valid = fail(at, "const") }
    return valid
  }

  @inline(never)
  private mutating func checkText(_ text: String, _ at: Place) -> Bool {
    let keywords = at.planned.node.strings
    var valid = true
    if keywords.minLength != nil || keywords.maxLength != nil {
      let length = text.unicodeScalars.count
      if let least = keywords.minLength, length < least { valid = fail(at, "minLength") }
      if let greatest = keywords.maxLength, length > greatest { valid = fail(at, "maxLength") }
    }
    if let pattern = at.planned.pattern, !matches(pattern, text) { valid = fail(at, "pattern") }
    if let format = keywords.format, assertsFormats || keywords.assertsFormat,
      !FormatChecks.accepts(text, format: format)
    {
      valid = fail(at, "format")
    }
    return valid
  }

  @inline(never)
  private mutating func checkReferences(_ at: Place, _ parts: inout EvaluatedParts) -> Bool {
    var valid = true
    if let target = at.planned.node.combinators.ref {
      valid = applies(target, at.part, at, &parts)
    }
    if let reference = at.planned.node.combinators.dynamicRef {
      valid = applies(target(reference, at), at.part, at, &parts) && valid
    }
    return valid
  }

  @inline(never)
  private mutating func checkCombinators(_ at: Place, _ parts: inout EvaluatedParts) -> Bool {
    let keywords = at.planned.node.combinators
    var valid = true
    for schema in keywords.allOf {
      valid = applies(schema, at.part, at, &parts) && valid
      guard valid || at.isLoud else { return false }
    }
    if !keywords.anyOf.isEmpty {
      var holds = false
      for schema in keywords.anyOf {
        if isAlternative(schema, at, &parts) {
          holds = true
          if !at.wantsParts { break }
        }
      }
      if !holds { valid = fail(at, "anyOf") }
    }
    if !keywords.oneOf.isEmpty {
      var count = 0
      for schema in keywords.oneOf where holdsQuietly(schema, at.part, at, &parts) {
        count += 1
        if count > 1 { break }
      }
      if count != 1 { valid = fail(at, "oneOf") }
    }
    if let schema = keywords.not {
      var ignored = EvaluatedParts()
      if holdsQuietly(schema, at.part, at, &ignored) { valid = fail(at, "not") }
    }
    if let condition = keywords.if {
      let holds = holdsQuietly(condition, at.part, at, &parts)
      if let branch = holds ? keywords.then : keywords.else {
        valid = applies(branch, at.part, at, &parts) && valid
      }
    }
    return valid
  }

  // MARK: - Arrays

  @inline(never)
  private mutating func checkArray(
    _ elements: [JSONValue], _ at: Place, _ parts: inout EvaluatedParts
  ) -> Bool {
    let keywords = at.planned.node.arrays
    var valid = true
    if let least = keywords.minItems, elements.count < least { valid = fail(at, "minItems") }
    if let greatest = keywords.maxItems, elements.count > greatest {
      valid = fail(at, "maxItems")
    }
    guard valid || at.isLoud else { return false }
    if keywords.uniqueItems, !areUnique(elements, at) { valid = fail(at, "uniqueItems") }
    for place in elements.indices {
      let isFirst = place < keywords.prefixItems.count
      guard let schema = isFirst ? keywords.prefixItems[place] : keywords.items else { break }
      var ignored = EvaluatedParts()
      valid = applies(schema, instances.child(place, of: at.part), at, &ignored) && valid
      guard valid || at.isLoud else { return false }
      if at.wantsParts, isFirst { parts.insert(place) }
    }
    if at.wantsParts, keywords.items != nil { parts.insertAll() }
    if let schema = keywords.contains {
      valid = checkContains(schema, elements.count, at, &parts) && valid
      guard valid || at.isLoud else { return false }
    }
    guard let rest = keywords.unevaluatedItems, fault == nil else { return valid }
    for place in elements.indices where !parts.contains(place) {
      var ignored = EvaluatedParts()
      valid = applies(rest, instances.child(place, of: at.part), at, &ignored) && valid
      guard valid || at.isLoud else { return false }
    }
    parts.insertAll()
    return valid
  }

  @inline(never)
  private mutating func areUnique(_ elements: [JSONValue], _ at: Place) -> Bool {
    guard spend(elements.count) else { return false }
    var seen: [Int: [Int]] = [:]
    for place in elements.indices {
      let hash = instances.hash(instances.child(place, of: at.part))
      if seen[hash, default: []].contains(where: { elements[$0] == elements[place] }) {
        return false
      }
      seen[hash, default: []].append(place)
    }
    return true
  }

  @inline(never)
  private mutating func checkContains(
    _ schema: SchemaID, _ count: Int, _ at: Place, _ parts: inout EvaluatedParts
  ) -> Bool {
    let keywords = at.planned.node.arrays
    let least = keywords.minContains ?? 1
    let needsAll = at.wantsParts && keywords.containsEvaluates
    var matches = 0
    for place in 0..<count {
      if !needsAll {
        if keywords.maxContains.map({ matches > $0 }) ?? (matches >= least) { break }
      }
      var ignored = EvaluatedParts()
      guard holdsQuietly(schema, instances.child(place, of: at.part), at, &ignored) else {
        continue
      }
      matches += 1
      if needsAll { parts.insert(place) }
    }
    if matches < least {
      return fail(at, keywords.minContains == nil ? "contains" : "minContains")
    }
    if let greatest = keywords.maxContains, matches > greatest {
      return fail(at, "maxContains")
    }
    return true
  }

  // MARK: - Objects

  @inline(never)
  private mutating func checkObject(
    _ object: JSONObject, _ at: Place, _ parts: inout EvaluatedParts
  ) -> Bool {
    let keywords = at.planned.node.objects
    var valid = spend(keywords.required.count)
    for name in keywords.required where !object.contains(name) { valid = fail(at, "required") }
    if let least = keywords.minProperties, object.count < least {
      valid = fail(at, "minProperties")
    }
    if let greatest = keywords.maxProperties, object.count > greatest {
      valid = fail(at, "maxProperties")
    }
    for (name, names) in keywords.dependentRequired where object.contains(name) {
      for needed in names where !object.contains(needed) { valid = fail(at, "dependentRequired") }
    }
    guard valid || at.isLoud else { return false }
    for (name, schema) in keywords.dependentSchemas where object.contains(name) {
      valid = applies(schema, at.part, at, &parts) && valid
      guard valid || at.isLoud else { return false }
    }
    valid = checkMembers(object, at, &parts) && valid
    guard valid || at.isLoud, fault == nil, let rest = keywords.unevaluatedProperties else {
      return valid
    }
    for place in object.members.indices where !parts.contains(place) {
      var ignored = EvaluatedParts()
      valid = applies(rest, instances.child(place, of: at.part), at, &ignored) && valid
      guard valid || at.isLoud else { return false }
    }
    parts.insertAll()
    return valid
  }

  @inline(never)
  private mutating func checkMembers(
    _ object: JSONObject, _ at: Place, _ parts: inout EvaluatedParts
  ) -> Bool {
    let keywords = at.planned.node.objects
    let hasOnlyProperties =
      keywords.patternProperties.isEmpty && keywords.additionalProperties == nil
      && keywords.propertyNames == nil
    if hasOnlyProperties, keywords.properties.count < object.count {
      return checkProperties(at, &parts)
    }
    guard spend(object.count) else { return false }
    var valid = true
    for (place, member) in object.members.enumerated() {
      let part = instances.child(place, of: at.part)
      var ignored = EvaluatedParts()
      if let names = keywords.propertyNames {
        let name = instances.name(member.key, ofMember: part)
        valid = applies(names, name, at, &ignored) && valid
      }
      var isNamed = false
      if let schema = at.planned.property(member.key) {
        isNamed = true
        valid = applies(schema, part, at, &ignored) && valid
      }
      for place in at.planned.patternProperties.indices {
        guard fault == nil else { return false }
        guard matches(at.planned.patternProperties[place].pattern, member.key) else { continue }
        let schema = at.planned.patternProperties[place].schema
        isNamed = true
        valid = applies(schema, part, at, &ignored) && valid
      }
      if !isNamed, let schema = keywords.additionalProperties {
        isNamed = true
        valid = applies(schema, part, at, &ignored) && valid
      }
      if isNamed, at.wantsParts { parts.insert(place) }
      guard valid || at.isLoud else { return false }
    }
    return valid
  }

  /// Judges named members where they are fewer than the members of the object.
  @inline(never)
  private mutating func checkProperties(_ at: Place, _ parts: inout EvaluatedParts) -> Bool {
    var valid = spend(at.planned.node.objects.properties.count)
    for (name, schema) in at.planned.node.objects.properties {
      guard let place = instances.member(name, of: at.part) else { continue }
      var ignored = EvaluatedParts()
      valid = applies(schema, instances.child(place, of: at.part), at, &ignored) && valid
      if at.wantsParts { parts.insert(place) }
      guard valid || at.isLoud else { return false }
    }
    return valid
  }
}
