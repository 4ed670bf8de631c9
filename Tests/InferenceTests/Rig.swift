// A small tokenizer, an engine over the scripted model, and answers made without a scheduler.

import Inference
import Models
import Posix
import Tokenizers
import Tokens

/// What the tests of generation and scheduling share.
struct Rig {
  let tokenizer: ByteLevelTokenizer
  let model: ScriptedModel

  /// Two ends of text, the bytes of small records, and merges that join them in several ways.
  init(
    contextLength: Int = 4096, failingPass: Int = 0, cacheBytesPerSequence: Int = 0
  ) throws(TokenizerError) {
    let single = Array("abcxy{}:\",ABCDEFGH").map(String.init)
    let merges = ["a b", "ab c", "b b", "\" :", "\": \"", "{ \"", "\" }", "\" ,", ", \"", "c \""]
    let joined = merges.map { $0.filter { $0 != " " } }
    let special = ["<|im_start|>", "<|im_end|>", "<|endoftext|>"]
    tokenizer = try ByteLevelTokenizer(
      TokenizerDefinition(
        pieces: PackedTexts(strings: special + single + joined),
        types: special.map { _ in .control } + (single + joined).map { _ in .normal },
        merges: PackedTexts(strings: merges), preTokenizer: "qwen2", beginOfText: nil,
        endOfText: [TokenID(1)], chatTemplate: nil))
    model = ScriptedModel(
      vocabularyCount: tokenizer.vocabulary.count, contextLength: contextLength,
      failingPass: failingPass, cacheBytesPerSequence: cacheBytesPerSequence)
  }

  func engine(cacheByteLimit: Int = 1 << 20) throws(TokenizerError) -> Engine {
    Engine(
      model: model, tokenizer: tokenizer,
      promptFormat: try PromptFormats.format(for: tokenizer, named: nil), modelDigest: "none",
      backendName: "scripted", cacheByteLimit: cacheByteLimit)
  }

  /// Requests with prompts of several lengths, some of which share 40 tokens with others.
  func requests(_ count: Int, temperature: Double = 0) -> [GenerationRequest] {
    (0..<count).map { i in
      let shares = i % 3 != 0
      let own = (0..<(3 + i * 7 % 50)).map { TokenID(3 + ($0 * 5 + i) % 10) }
      // Two prefixes of one length, so that one must not be taken for the other.
      let shared = (0..<40).map { TokenID(3 + $0 * (i % 3 == 1 ? 3 : 7) % 10) }
      return GenerationRequest(
        prompt: (shares ? shared : []) + own, sharedCount: shares ? 40 : 0,
        constraint: FormConstraint.record(tokenizer.vocabulary, atMost: 4 + i % 9),
        budget: 16 + i * 3 % 40,
        sampling: SamplingSettings(temperature: temperature, seed: UInt64(i / 2)))
    }
  }

  /// Makes an answer alone, token by token.
  func answer(_ request: GenerationRequest) throws -> Generation {
    var generation = try Generation(
      prompt: request.prompt, constraint: request.constraint, tokenizer: tokenizer,
      sampling: request.sampling, budget: request.budget)
    var sequence: [TokenID] = []
    while generation.phase == .needsLogits {
      sequence += generation.nextInput()
      generation.take(
        .all(
          (0..<model.vocabularyCount).map {
            ScriptedModel.logit(of: TokenID($0), after: sequence)
          }))
    }
    return generation
  }

  /// Runs requests through a scheduler, each from a thread of its own, and returns what came.
  func schedule(
    _ requests: [GenerationRequest], limits: BatchScheduler.Limits, cacheByteLimit: Int = 1 << 20
  ) throws -> [Result<GenerationResult, InferenceError>] {
    let scheduler = BatchScheduler(try engine(cacheByteLimit: cacheByteLimit), limits: limits)
    let results = Condition([Int: Result<GenerationResult, InferenceError>]())
    var threads: [SharedThread] = []
    for (i, request) in requests.enumerated() {
      threads.append(
        try SharedThread(name: "job \(i)") {
          let result = Result { () throws(InferenceError) in try scheduler.generate(request) }
          results.update { $0[i] = result }
        })
    }
    let compute = try scheduler.start()
    for thread in threads { thread.join() }
    scheduler.stop()
    compute.join()
    return results.withLock { all in requests.indices.compactMap { all[$0] } }
  }
}
