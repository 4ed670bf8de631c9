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
package final class ShownExamples: Sendable {
  private struct Shown {
    var examples: [PromptExample]
    var inventions: Set<String> = []
  }

  private let known = Mutex<[ExtractionSettings: Shown]>([:])

  /// Creates a store without examples.
  package init() {}

  /// Returns what builds the prompts of a queue.
  package func builder(
    of settings: ExtractionSettings, _ schema: CompiledSchema
  ) -> PromptBuilder {
    PromptBuilder(
      instructions: settings.instructions, schemaText: schema.generationText,
      examples: shown(settings, schema).examples)
  }

  /// Returns the texts of an output that were copied from an example that was made up: those that the document
  /// does not hold, as they are or as a date.
  func copies(
    in output: JSONValue, of document: String, _ settings: ExtractionSettings,
    _ schema: CompiledSchema
  ) -> Set<String> {
    let inventions = shown(settings, schema).inventions
    guard !inventions.isEmpty else { return [] }
    var texts: Set<String> = []
    var waiting = [output]
    while let value = waiting.popLast() {
      if let text = value.string, inventions.contains(text) { texts.insert(text) }
      waiting += value.array ?? value.object.map { $0.members.map(\.value) } ?? []
    }
    guard !texts.isEmpty else { return [] }
    let list = texts.sorted()
    let found = EvidenceFinder(DocumentPlaces(document), locale: settings.locale)
      .evidence(for: .array(list.map(JSONValue.string))) { _, _ in false }
    for field in found.fields {
      if let index = field.pointer.steps.first.flatMap({ Int($0) }) { texts.remove(list[index]) }
    }
    return texts
  }

  private func shown(_ settings: ExtractionSettings, _ schema: CompiledSchema) -> Shown {
    let generation = schema.generation
    guard generation.isRewritten, !settings.examples.isEmpty || generation.mayAbstain else {
      return Shown(examples: settings.examples)
    }
    return known.withLock { known in
      if let shown = known[settings] { return shown }
      let examples = settings.examples.map { example -> PromptExample in
        guard let output = try? JSONValue.parse(example.output) else { return example }
        let found = EvidenceFinder(DocumentPlaces(example.document), locale: settings.locale)
          .evidence(for: output) { _, _ in true }
        let quotes = found.fields.map { ($0.pointer, $0.raw) }
        let wrapped = generation.wrap(
          output, quotes: Dictionary(quotes, uniquingKeysWith: { first, _ in first }))
        return PromptExample(document: example.document, output: wrapped.spacedText)
      }
      var shown = Shown(examples: examples)
      let word = String(decoding: Wrapper.notFound, as: UTF8.self)
      if generation.mayAbstain, !examples.contains(where: { $0.output.contains(word) }),
        let user = try? JSONValue.parse(settings.schema)
      {
        let made = MadeExamples(user, generation)
        shown = Shown(examples: made.examples + examples, inventions: made.inventions)
      }
      known[settings] = shown
      return shown
    }
  }
}
