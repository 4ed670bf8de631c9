// One document to one record: prompt, answer, check.
// Knows models only through `AnswerSource`, and no disk.

import Digests
package import Documents
import JSON
import Tokenizers
import Tokens

/// The name and version that records carry.
package let engineName = "quern/0.1.0"

/// A maker of records that many job threads share.
package struct RecordGenerator: Sendable {
  private let source: any AnswerSource
  private let schemas: SchemaLibrary

  /// Creates a generator.
  ///
  /// - Parameters:
  ///   - source: Where answers come from.
  ///   - library: The compiled schemas, shared with whoever checks queues.
  package init(source: any AnswerSource, library: SchemaLibrary) {
    self.source = source
    schemas = library
  }

  /// Returns what one document yields under the settings of its queue.
  ///
  /// - Throws: `JobFailure`; a violated schema is one, so that what is returned always validates.
  package func generate(
    _ document: Document, settings: ExtractionSettings
  ) throws(JobFailure)
    -> Extracted
  {
    let schema = try schemas.compiled(settings)
    let builder = PromptBuilder(
      instructions: settings.instructions, schemaText: schema.generationText,
      examples: settings.examples)
    let answer = try source.answer(
      AnswerRequest(
        turns: builder.turns(for: document.text), sharedTurnCount: builder.sharedTurnCount,
        schema: schema, budget: settings.budget, sampling: settings.sampling))
    let restored = schema.generation.restore(try RecordCheck.parse(answer.bytes))
    let value = restored.output
    guard restored.missing.isEmpty else {
      throw .notFound(pointers: restored.missing.map(\.description), partial: value.bytes)
    }
    try RecordCheck.judge(value, against: schema)
    return Extracted(
      output: value.bytes, finish: Self.finish(of: answer),
      reviewReasons: Self.reviewReasons(of: answer),
      reproduction: Reproduction(
        schema: schema.digest, prompt: Self.digest(of: answer.promptTokens.map(\.rawValue)),
        model: source.modelDigest, engine: engineName, backend: source.backendName,
        temperature: settings.sampling.temperature, seed: settings.sampling.seed,
        tokens: Self.digest(of: answer.tokens.map(\.rawValue))),
      usage: answer.usage,
      milliseconds: [
        ("prefill", answer.prefillMilliseconds), ("decode", answer.decodeMilliseconds),
      ])
  }

  private static func finish(of answer: Answer) -> FinishReason {
    if answer.closedEarly { return .closedEarly }
    return answer.limitsMet.isEmpty ? .stop : .limit
  }

  private static func reviewReasons(of answer: Answer) -> [String] {
    var reasons: [String] = []
    if answer.closedEarly {
      reasons.append("output: closed early, the token budget was met")
    }
    for pointer in answer.limitsMet { reasons.append("\(pointer): a limit of the queue was met") }
    return reasons
  }

  /// Returns the digest of token ids, each as four bytes in little-endian order.
  private static func digest(of ids: [Int32]) -> Digest {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(ids.count * 4)
    for id in ids {
      let value = UInt32(bitPattern: id)
      for shift in [0, 8, 16, 24] as [UInt32] {
        bytes.append(UInt8(truncatingIfNeeded: value >> shift))
      }
    }
    return SHA256.hash(bytes)
  }
}
