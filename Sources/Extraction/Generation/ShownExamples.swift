// A queue's worked examples in the shape that the model writes: with quotes before values, and with the word for
// what an example's document does not state. What a model sees done it does.

package import JSON
import Synchronization

extension GenerationSchema {
  /// Returns an output of the user's shape in the shape that the model writes.
  ///
  /// - Parameter quotes: What supports the values, by their places in the output.
  package func wrap(_ output: JSONValue, quotes: [JSONPointer: String]) -> JSONValue {
    wrap(output, root, at: JSONPointer(), quotes)
  }

  private func wrap(
    _ value: JSONValue, _ place: WrappedPlace, at pointer: JSONPointer,
    _ quotes: [JSONPointer: String]
  ) -> JSONValue {
    if place.abstains, place.acceptsNull, value == .null {
      return .object(Wrapper.notFoundObject)
    }
    let shape = shapes[place.shape]
    var inner = value
    switch value {
    case .object(let object):
      var members = JSONObject()
      for member in object.members {
        members[member.key] = wrap(
          member.value, shape.members[JSONKey(member.key)] ?? .plain,
          at: pointer.appending(member.key), quotes)
      }
      inner = .object(members)
    case .array(let elements):
      inner = .array(
        elements.enumerated().map { index, element in
          let there = index < shape.prefix.count ? shape.prefix[index] : shape.items
          return wrap(
            element, there ?? .plain, at: pointer.appending(String(index)), quotes)
        })
    default: break
    }
    guard place.quotes else { return inner }
    var object = JSONObject()
    object[Wrapper.quoteKey] = .string(quotes[pointer] ?? "")
    object[Wrapper.valueKey] = inner
    return .object(object)
  }
}

/// The examples of queues, brought into shape once for each queue and shared by job threads.
final class ShownExamples: Sendable {
  private let known = Mutex<[ExtractionSettings: [PromptExample]]>([:])

  /// Returns the examples of a queue as its prompts show them.
  func examples(of settings: ExtractionSettings, _ schema: CompiledSchema) -> [PromptExample] {
    guard schema.generation.isRewritten, !settings.examples.isEmpty else {
      return settings.examples
    }
    return known.withLock { known in
      if let examples = known[settings] { return examples }
      let examples = settings.examples.map { example -> PromptExample in
        guard let output = try? JSONValue.parse(example.output) else { return example }
        let found = EvidenceFinder(DocumentPlaces(example.document), locale: settings.locale)
          .evidence(for: output) { _, _ in true }
        let quotes = found.fields.map { ($0.pointer, $0.raw) }
        let wrapped = schema.generation.wrap(
          output, quotes: Dictionary(quotes, uniquingKeysWith: { first, _ in first }))
        return PromptExample(document: example.document, output: wrapped.spacedText)
      }
      known[settings] = examples
      return examples
    }
  }
}
