// The schema that model and masks use, made from the user's, and the way back.
//
//   a value that may be missing   anyOf [V, {"not_found": true}]
//   a value with evidence         {"quote": "…", "value": V}
//   both                          anyOf [{"quote": "…", "value": V}, {"not_found": true}]
//
// Only values at plain places are wrapped: members and elements that one schema alone describes, from
// the root through `properties`, `items`, `prefixItems`, references to definitions, and alternatives of which
// one alone is no scalar. Elsewhere a wrapped value would meet a second schema that knows no wrapper.

package import JSON

/// The schema of what the model writes.
package struct GenerationSchema: Sendable {
  /// The schema as the prompt shows it and the masks enforce it.
  package let document: JSONValue
  /// Whether it differs from the user's schema.
  package let isRewritten: Bool
  /// Whether the user's schema names the word itself.
  private let knowsWord: Bool
  /// The whole value.
  let root: WrappedPlace
  /// The shapes of wrapped values, by their numbers.
  let shapes: [WrappedShape]

  /// Wraps the values of a user's schema.
  ///
  /// - Throws: `JobFailure.schema` for a mark at a place where values cannot be wrapped.
  package init(
    _ schema: JSONValue, abstention: Abstention, evidence: EvidenceMode
  ) throws(JobFailure) {
    var wrapping = SchemaWrapping(schema, abstention: abstention, evidence: evidence)
    let result = try wrapping.wrapped()
    document = result.document
    isRewritten = result.document.bytes != schema.bytes
    knowsWord = schema.text.contains(Wrapper.notFoundKey)
    root = result.root
    shapes = wrapping.shapes
  }
}

// MARK: - Where values may be missing

extension GenerationSchema {
  /// Whether "not found" may stand at some place.
  var mayAbstain: Bool {
    let places = shapes.flatMap {
      Array($0.members.values) + $0.prefix + ($0.items.map { [$0] } ?? [])
    }
    return ([root] + places).contains(where: \.abstains)
  }

  /// Returns the place at a path of what the model writes, nil inside of values that are not wrapped.
  func place(at path: [String]) -> WrappedPlace? {
    var place = root
    var isInside = false
    for step in path {
      if place.quotes, !isInside {
        guard step == Wrapper.valueKey else { return nil }
        isInside = true
        continue
      }
      let shape = shapes[place.shape]
      if let member = shape.members[JSONKey(step)] {
        place = member
      } else if let index = Int(step),
        let element = index < shape.prefix.count ? shape.prefix[index] : shape.items
      {
        place = element
      } else {
        return nil
      }
      isInside = false
    }
    return isInside ? nil : place
  }
}

// MARK: - The way back

/// One leaf of an answer: where it was generated and where it stands in the output.
package struct AnsweredField: Sendable, Equatable {
  /// The pointer of its value in the generated text; of the whole wrapper if it was not found.
  package var generated: JSONPointer
  /// The pointer of what stands around it in the generated text, the same where nothing does.
  package var wrapper: JSONPointer
  /// The pointer in the output; where it would stand if it was not found and left out.
  package var output: JSONPointer
  /// Whether the document states it.
  package var isFound: Bool
  /// The quote that was generated before it.
  package var quote: String?

  /// Creates a leaf with its places.
  package init(
    generated: JSONPointer, wrapper: JSONPointer, output: JSONPointer, isFound: Bool, quote: String?
  ) {
    self.generated = generated
    self.wrapper = wrapper
    self.output = output
    self.isFound = isFound
    self.quote = quote
  }
}

/// An answer in the shape of the user's schema.
package struct RestoredAnswer: Sendable {
  /// The output, without what was not found where it can be left out.
  package var output: JSONValue
  /// All leaves in document order.
  package var fields: [AnsweredField]
  /// The pointers of values that were not found and that the schema demands.
  package var missing: [JSONPointer]

  /// Creates an answer from its parts.
  package init(output: JSONValue, fields: [AnsweredField], missing: [JSONPointer]) {
    self.output = output
    self.fields = fields
    self.missing = missing
  }
}

/// What counts as missing in an answer though a value was generated.
private struct Absent {
  var texts: Set<String>
  var places: Set<JSONPointer>

  func holds(_ value: JSONValue, at place: JSONPointer) -> Bool {
    places.contains(place) || value.string.map(texts.contains) == true
  }
}

extension GenerationSchema {
  /// Returns an answer in the shape of the user's schema.
  ///
  /// - Parameters:
  ///   - copies: Texts that are no values of the document: where one may be missing, it is.
  ///   - missing: The places in the generated text of values that count as missing.
  package func restore(
    _ generated: JSONValue, copies: Set<String> = [], missing: Set<JSONPointer> = []
  ) -> RestoredAnswer {
    var answer = RestoredAnswer(output: .null, fields: [], missing: [])
    let start = JSONPointer()
    let absent = Absent(texts: copies, places: missing)
    if let output = restore(generated, root, absent, at: start, to: start, &answer) {
      answer.output = output
    } else {
      answer.missing.append(start)
    }
    return answer
  }

  /// Returns what stands in the output, nil for nothing.
  private func restore(
    _ value: JSONValue, _ place: WrappedPlace, _ absent: Absent, at generated: JSONPointer,
    to output: JSONPointer, _ answer: inout RestoredAnswer
  ) -> JSONValue? {
    var value = value
    let wrapper = generated
    var generated = generated
    var quote: String?
    let inner = place.quotes ? value[Wrapper.valueKey] ?? value : value
    if place.abstains, saysNotFound(inner) || absent.holds(inner, at: wrapper) {
      answer.fields.append(
        AnsweredField(
          generated: generated, wrapper: wrapper, output: output, isFound: false, quote: nil))
      return place.acceptsNull ? .null : nil
    }
    if place.quotes, let object = value.object, let inner = object[Wrapper.valueKey] {
      quote = object[Wrapper.quoteKey]?.string
      generated = generated.appending(Wrapper.valueKey)
      value = inner
    }
    let shape = shapes[place.shape]
    switch value {
    case .object(let object) where !object.isEmpty:
      return .object(restore(object, shape, absent, at: generated, to: output, &answer))
    case .array(let elements) where !elements.isEmpty:
      var kept: [JSONValue] = []
      for (index, element) in elements.enumerated() {
        let inner = index < shape.prefix.count ? shape.prefix[index] : shape.items
        if let element = restore(
          element, inner ?? .plain, absent, at: generated.appending(String(index)),
          to: output.appending(String(kept.count)), &answer)
        {
          kept.append(element)
        }
      }
      return .array(kept)
    default:
      answer.fields.append(
        AnsweredField(
          generated: generated, wrapper: wrapper, output: output, isFound: true, quote: quote))
      return value
    }
  }

  /// Whether a value is the word; a model that is not used to it writes its name as a text.
  private func saysNotFound(_ value: JSONValue) -> Bool {
    if let text = value.string { return text == Wrapper.notFoundKey && !knowsWord }
    guard let object = value.object, object.count == 1 else { return false }
    return object[Wrapper.notFoundKey]?.bool == true
  }

  private func restore(
    _ object: JSONObject, _ shape: WrappedShape, _ absent: Absent, at generated: JSONPointer,
    to output: JSONPointer, _ answer: inout RestoredAnswer
  ) -> JSONObject {
    var kept = JSONObject()
    for member in object.members {
      let inner = shape.members[JSONKey(member.key)]
      let there = output.appending(member.key)
      if let value = restore(
        member.value, inner ?? .plain, absent, at: generated.appending(member.key), to: there,
        &answer)
      {
        kept[member.key] = value
      } else if inner?.isRequired == true {
        answer.missing.append(there)
      }
    }
    return kept
  }
}
