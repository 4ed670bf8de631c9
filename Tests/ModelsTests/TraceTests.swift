// DeepSeek-V4 stage by stage against the reference's intermediate values, so that a wrong block is
// named and not only a wrong logit.

import Checkpoints
import Compute
import Models
import Tensors
import Testing
import Tokens

/// The values of stages by name.
private final class Recorder {
  var values: [String: [Float]] = [:]
}

@Suite struct TraceTests {
  /// How far a stage may be off: values reach about 30, and the logits' tolerance is 2e-4.
  private static let tolerance: Float = 1e-4

  /// The values that a trace holds, in the order in which they arise, for every layer.
  static let stages = [
    "hc_attn_post", "hc_attn_comb", "attn_in", "q", "kv", "comp", "index_keys", "attn_heads",
    "attn_out", "after_attn", "hc_ffn_post", "hc_ffn_comb", "ffn_in", "router_ids",
    "router_weights", "ffn_out", "after_ffn",
  ]

  @Test(arguments: GoldenFixture.compressed)
  func everyStageOfTheProcessorEqualsTheTrace(file: String) throws {
    try check(
      file, case: file.contains("-q/") ? "len7" : "len23",
      CPUBackend(precision: .exact, threads: 2))
  }

  @Test func everyStageOfTheOracleEqualsTheTrace() throws {
    try check("deepseek-v4-tiny", case: "len23", ReferenceBackend())
  }

  private func check(_ file: String, case name: String, _ backend: any Backend) throws {
    let model = try #require(
      ModelRegistry.load(GoldenFixture.checkpoint(file), backend: backend) as? DeepSeekV4)
    let folder = String(file.prefix { $0 != "/" })
    let trace = try GoldenFixture.checkpoint("\(folder)/trace.safetensors")
    let golden = try #require(GoldenFixture.cases(folder).first { $0.name == name })
    let recorder = Recorder()
    model.probe = StageProbe { layer, stage, values in
      recorder.values["layers.\(layer).\(stage)"] = values
    }
    let cache = try model.makeCache(capacity: golden.tokens.count)
    _ = try model.forward([SequenceInput(tokens: golden.tokens, cache: cache, keep: .all)])

    let layers = model.configuration.layerCount
    var compared = 0
    for layer in 0..<layers {
      for stage in Self.stages {
        let key = "layers.\(layer).\(stage)"
        guard let view = trace.tensor(named: key) else { continue }
        let expected = view.decoded() ?? view.integers()?.map { Float($0) } ?? []
        let found = try #require(recorder.values[key], "\(key) is not computed")
        try #require(found.count == expected.count, "\(key) has \(found.count) values")
        let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
        // Later stages inherit what is wrong in this one.
        try #require(worst <= Self.tolerance, "\(key) is off by \(worst)")
        compared += 1
      }
      try comparePicks(layer, trace, recorder, count: golden.tokens.count)
    }
    #expect(compared >= 13 * layers)
    let final = try #require(trace.tensor(named: "final.final")?.decoded())
    let last = try #require(recorder.values["layers.\(layers - 1).final"])
    #expect(zip(final.suffix(last.count), last).allSatisfy { abs($0 - $1) <= Self.tolerance })
  }

  /// The picks of every token that has more entries than it may pick.
  private func comparePicks(
    _ layer: Int, _ trace: any Checkpoint, _ recorder: Recorder, count: Int
  ) throws {
    guard let view = trace.tensor(named: "layers.\(layer).index_picks") else { return }
    let picks = try #require(view.integers())
    let width = view.shape.columns
    for token in 0..<count {
      let expected = picks[token * width..<(token + 1) * width].filter { $0 >= 0 }
      let found = recorder.values["layers.\(layer).index_picks \(token)"] ?? []
      #expect(found.map { Int64($0) } == Array(expected), "layer \(layer), token \(token)")
    }
  }
}
