// What one document yielded, before it has a place in a spool.

package import Digests
import JSON

/// Why an answer ended.
package enum FinishReason: String, Sendable {
  /// The model ended it.
  case stop
  /// The budget removed a token that the model would have taken.
  case closedEarly = "closed_early"
  /// A limit of the queue bounded a value.
  case limit
}

/// What another run needs to make the same record.
package struct Reproduction: Sendable, Equatable {
  /// The digest of the schema's bytes.
  package var schema: Digest
  /// The digest of the prompt's token ids.
  package var prompt: Digest
  /// The model's digest as its source states it.
  package var model: String
  /// The name and version of the program.
  package var engine: String
  /// The backend, instruction set and precision.
  package var backend: String
  /// The temperature; 0 is greedy.
  package var temperature: Double
  /// The seed of the random numbers.
  package var seed: UInt64
  /// The digest of the answer's token ids.
  package var tokens: Digest

  /// Creates a description of a run.
  package init(
    schema: Digest, prompt: Digest, model: String, engine: String, backend: String,
    temperature: Double, seed: UInt64, tokens: Digest
  ) {
    self.schema = schema
    self.prompt = prompt
    self.model = model
    self.engine = engine
    self.backend = backend
    self.temperature = temperature
    self.seed = seed
    self.tokens = tokens
  }

  var json: JSONValue {
    [
      "schema": .string(schema.prefixed), "prompt": .string(prompt.prefixed),
      "model": .string(model), "engine": .string(engine), "backend": .string(backend),
      "sampling": ["temperature": .number(temperatureNumber), "seed": .number(seedNumber)],
      "tokens": .string(tokens.prefixed),
    ]
  }

  /// The temperature in its shortest spelling, whole numbers without a fraction.
  private var temperatureNumber: JSONNumber {
    let text = temperature.description
    let short = text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    return JSONNumber(literal: short) ?? JSONNumber(0)
  }

  private var seedNumber: JSONNumber { JSONNumber(literal: String(seed)) ?? JSONNumber(0) }
}

/// The checked answer to one document.
package struct Extracted: Sendable {
  /// The output as canonical JSON, valid against the schema.
  package var output: [UInt8]
  /// Why the answer ended.
  package var finish: FinishReason
  /// What is known of each leaf, in document order.
  package var fields: [FieldRecord] = []
  /// The probabilities of labels, in document order.
  package var labels: [LabelRecord] = []
  /// What a person should look at, naming JSON pointers.
  package var reviewReasons: [String]
  /// What became of the rules of `x-check`.
  package var checks: [CheckOutcome] = []
  /// What another run needs.
  package var reproduction: Reproduction
  /// The tokens that were computed.
  package var usage: AnswerUsage
  /// Milliseconds by stage: prefill and decode.
  package var milliseconds: [(stage: String, value: Int)]

  /// Creates the answer to a document.
  package init(
    output: [UInt8], finish: FinishReason, reviewReasons: [String], reproduction: Reproduction,
    usage: AnswerUsage, milliseconds: [(stage: String, value: Int)]
  ) {
    self.output = output
    self.finish = finish
    self.reviewReasons = reviewReasons
    self.reproduction = reproduction
    self.usage = usage
    self.milliseconds = milliseconds
  }
}
