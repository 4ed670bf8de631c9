// What each saving of decoding gives: the documents of a queue with everything in use, then with one saving
// switched off at a time. The tokens of all answers must be equal throughout.

import Extraction
import Inference
import JSON
import Posix
import Synchronization
import Tokens

/// One queue's documents, answered in several ways.
struct AblationBench {
  let engine: Engine
  let name: String
  let threads: Int
  let schema: [UInt8]
  let instructions: String
  let documents: [String]
  let parallel: Int

  private struct Way: Sendable {
    var name: String
    var change: @Sendable (inout BatchScheduler.Limits) -> Void = { _ in }
  }

  private struct Unequal: Error, CustomStringConvertible {
    let way: String
    let document: Int
    var description: String { "without \(way) document \(document + 1) has another answer" }
  }

  private static let ways = [
    Way(name: "nothing"),
    Way(name: "mask-first") { $0.options.masksBeforeHead = false },
    Way(name: "dictated-text") { $0.options.joinsDictatedText = false },
    Way(name: "drafting") { $0.options.draftRows = 0 },
    Way(name: "batching") { $0.sequences = 1 },
    Way(name: "prefixes") { $0.prefixes = 0 },
  ]

  /// Runs all ways.
  func run() throws {
    let library = SchemaLibrary()
    let settings = ExtractionSettings(schema: schema, instructions: instructions)
    let compiled = try library.compiled(settings)
    var expected: [[TokenID]]?
    for way in Self.ways {
      let clock = SystemClock()
      var limits = BatchScheduler.Limits(sequences: parallel)
      limits.options.timesMasks = true
      way.change(&limits)
      let start = clock.monotonicNanoseconds
      let (answers, counts) = try answers(compiled, settings, limits)
      let nanoseconds = clock.monotonicNanoseconds - start
      let tokens = answers.map(\.tokens)
      for (document, (a, b)) in zip(expected ?? tokens, tokens).enumerated() where a != b {
        throw Unequal(way: way.name, document: document)
      }
      expected = tokens
      try line(way.name, answers, counts, nanoseconds)
    }
  }

  /// Answers all documents from as many threads as there are documents at once.
  private func answers(
    _ schema: CompiledSchema, _ settings: ExtractionSettings, _ limits: BatchScheduler.Limits
  ) throws -> ([Answer], DecodingCounts) {
    let scheduler = BatchScheduler(engine, limits: limits)
    let compute = try scheduler.start()
    let source = LocalAnswerSource(engine: engine, scheduler: scheduler)
    let builder = ShownExamples().builder(of: settings, schema)
    let documents = documents
    let results = Condition([Int: Result<Answer, JobFailure>]())
    let next = Atomic<Int>(0)
    try withThreads(limits.sequences) {
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if index >= documents.count { return }
        let result = Result { () throws(JobFailure) in
          try source.answer(
            AnswerRequest(
              turns: builder.turns(for: documents[index]),
              sharedTurnCount: builder.sharedTurnCount, schema: schema, budget: settings.budget,
              sampling: settings.sampling))
        }
        results.update { $0[index] = result }
      }
    }
    let counts = scheduler.counts
    scheduler.stop()
    compute.join()
    return (
      try results.withLock { all in try documents.indices.compactMap { try all[$0]?.get() } },
      counts
    )
  }

  private func withThreads(_ count: Int, _ body: @escaping @Sendable () -> Void) throws {
    var threads: [SharedThread] = []
    for index in 0..<count {
      threads.append(try SharedThread(name: "job-\(index)") { body() })
    }
    for thread in threads { thread.join() }
  }

  private func line(
    _ way: String, _ answers: [Answer], _ counts: DecodingCounts, _ nanoseconds: Int64
  ) throws {
    func share(_ part: Int, _ whole: Int) -> JSONValue {
      let parts = whole > 0 ? part * 10_000 / whole : 0
      let digits = "\(parts % 10_000 + 10_000)".dropFirst()
      return (try? JSONValue.parse("\(parts / 10_000).\(digits)")) ?? .null
    }
    func milliseconds(_ nanoseconds: Int64) -> JSONValue {
      .number(JSONNumber(Int(nanoseconds / 1_000_000)))
    }
    func number(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }
    let tokens = counts.answerTokens
    try report([
      "bench": "ablation", "model": .string(name), "backend": .string(engine.backendName),
      "threads": number(threads), "parallel": number(parallel), "without": .string(way),
      "documents": number(answers.count), "milliseconds": milliseconds(nanoseconds),
      "documentsPerMinute": share(answers.count * 60_000, Int(nanoseconds / 1_000_000)),
      "answerTokens": number(tokens),
      "passesPerToken": share(counts.decodingPasses, tokens),
      "rowsPerToken": share(counts.answerRows, tokens),
      "forcedShare": share(counts.forcedTokens, tokens),
      "draftedShare": share(counts.rightGuesses, tokens),
      "rightGuessShare": share(counts.rightGuesses, counts.guesses),
      "partialHeadShare": share(
        counts.partialHeadRows, counts.partialHeadRows + counts.wholeHeadRows),
      "maskShareOfDecode": share(
        Int(counts.maskNanoseconds), Int(counts.pureDecodeNanoseconds)),
      "promptRows": number(counts.promptRows),
      "cachedPromptTokens": number(answers.reduce(0) { $0 + $1.usage.cached }),
      "forwardMilliseconds": milliseconds(counts.forwardNanoseconds),
      "headMilliseconds": milliseconds(counts.headNanoseconds),
      "choiceMilliseconds": milliseconds(counts.choiceNanoseconds),
    ])
  }
}
