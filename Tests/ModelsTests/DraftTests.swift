// The draft head's logits against the reference's, however the sequence was fed.

import Checkpoints
import Compute
import Foundation
import JSON
import Models
import Tensors
import Testing
import Tokens

@Suite struct DraftTests {
  /// One case's draft: the streams before the last token, with that token.
  private static func expectations(_ fixture: String) throws -> [(tokens: [TokenID], [Float])] {
    let data = try Data(contentsOf: URL(filePath: GoldenFixture.path(fixture) + "/cases.json"))
    let items = try #require(try JSONValue.parse([UInt8](data))["cases"]?.array)
    return try items.compactMap { item in
      guard let text = item["mtp_last_logits_f32le_base64"]?.string else { return nil }
      let logits = try #require(Data(base64Encoded: text))
      let tokens = (item["tokens"]?.array ?? []).map { TokenID($0.int ?? -1) }
      return (tokens, F32Format.decoded([UInt8](logits)))
    }
  }

  @Test(arguments: [[64], [1], [5, 16, 17], [200]])
  func draftsEqualTheReference(chunks: [Int]) throws {
    let fixture = "deepseek-v4-tiny"
    let backend = try CPUBackend(precision: .exact, threads: 2)
    let model = try #require(
      ModelRegistry.load(GoldenFixture.checkpoint(fixture), backend: backend)
        as? any DraftingModel)
    #expect(model.hasDraftHead)
    let expectations = try Self.expectations(fixture)
    #expect(expectations.count == 5)
    for (tokens, expected) in expectations {
      let cache = try model.makeDraftingCache(capacity: tokens.count)
      let prompt = Array(tokens.dropLast())
      func feed(from start: Int) throws {
        var start = start
        var turn = 0
        while start < prompt.count {
          let end = min(start + chunks[turn % chunks.count], prompt.count)
          _ = try model.forward([
            SequenceInput(tokens: Array(prompt[start..<end]), cache: cache, keep: .none)
          ])
          start = end
          turn += 1
        }
      }
      func furthest() throws -> Float {
        let found = try model.draft(after: tokens[tokens.count - 1], in: cache)
        return zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
      }
      try feed(from: 0)
      #expect(try furthest() < GoldenCheck.tolerance, "\(tokens.count) tokens")
      // A draft changes nothing, and a rewound sequence drafts as before.
      #expect(try furthest() < GoldenCheck.tolerance, "\(tokens.count) tokens, again")
      let back = max(0, prompt.count - 40)
      #expect(cache.rewind(to: back))
      try feed(from: back)
      #expect(try furthest() < GoldenCheck.tolerance, "\(tokens.count) tokens, rewound")
    }
  }

  @Test func aFileWithoutTheHeadDraftsNothing() throws {
    let model = try #require(
      ModelRegistry.load(
        GoldenFixture.checkpoint("deepseek-v4-tiny/model.gguf"), backend: ReferenceBackend())
        as? any DraftingModel)
    #expect(!model.hasDraftHead)
  }

  /// GGUF's names of a block without compression, beside the released ones.
  private static let blockNames = [
    "attn_norm.weight": "attn_norm.weight", "ffn_norm.weight": "ffn_norm.weight",
    "attn_sinks.weight": "attn.attn_sink", "attn_q_a.weight": "attn.wq_a.weight",
    "attn_q_a_norm.weight": "attn.q_norm.weight", "attn_q_b.weight": "attn.wq_b.weight",
    "attn_kv.weight": "attn.wkv.weight", "attn_kv_a_norm.weight": "attn.kv_norm.weight",
    "attn_output_a.weight": "attn.wo_a.weight", "attn_output_b.weight": "attn.wo_b.weight",
    "ffn_gate_inp.weight": "ffn.gate.weight", "exp_probs_b.bias": "ffn.gate.bias",
    "ffn_gate_shexp.weight": "ffn.shared_experts.w1.weight",
    "ffn_down_shexp.weight": "ffn.shared_experts.w2.weight",
    "ffn_up_shexp.weight": "ffn.shared_experts.w3.weight",
    "hc_attn_fn.weight": "hc_attn_fn", "hc_attn_base.weight": "hc_attn_base",
    "hc_attn_scale.weight": "hc_attn_scale", "hc_ffn_fn.weight": "hc_ffn_fn",
    "hc_ffn_base.weight": "hc_ffn_base", "hc_ffn_scale.weight": "hc_ffn_scale",
    "nextn.enorm.weight": "enorm.weight", "nextn.hnorm.weight": "hnorm.weight",
    "nextn.shared_head_norm.weight": "norm.weight",
  ]

  /// GGUF files keep the draft head as one more block, whose streams the trunk's coefficients sum.
  @Test func theDraftHeadOfAGGUFFileGuessesTheSame() throws {
    let released = try GoldenFixture.checkpoint("deepseek-v4-tiny")
    func view(_ name: String) throws -> TensorView { try #require(released.tensor(named: name)) }
    func joined(_ values: [Float], _ shape: [Int]) -> TensorView {
      let bytes = F32Format.encoded(values)
      return TensorView(
        name: "joined", shape: Shape(shape), type: .f32, owner: OwnedBytes(bytes),
        range: 0..<bytes.count)
    }
    var block: [String: TensorView?] = [:]
    for (new, old) in Self.blockNames { block["blk.7.\(new)"] = try view("mtp.0.\(old)") }
    for (new, old, shape) in [
      ("gate", "w1", [8, 32, 64]), ("up", "w3", [8, 32, 64]), ("down", "w2", [8, 64, 32]),
    ] {
      block["blk.7.ffn_\(new)_exps.weight"] = joined(
        try (0..<8).flatMap { expert in
          try #require(view("mtp.0.ffn.experts.\(expert).\(old).weight").decoded())
        }, shape)
    }
    let (embedding, stream) = (try view("mtp.0.e_proj.weight"), try view("mtp.0.h_proj.weight"))
    block["blk.7.nextn.eh_proj.weight"] = joined(
      try (0..<64).flatMap { row in
        try #require(embedding.rows(row..<row + 1).decoded())
          + #require(stream.rows(row..<row + 1).decoded())
      }, [64, 128])
    let file = AlteredCheckpoint(
      try GoldenFixture.checkpoint("deepseek-v4-tiny/model.gguf"),
      settings: [
        "deepseek4.block_count": .unsigned(8), "deepseek4.nextn_predict_layers": .unsigned(1),
      ], tensors: block)
    let trunks = AlteredCheckpoint(
      released,
      tensors: [
        "mtp.0.hc_head_fn": try view("hc_head_fn"), "mtp.0.hc_head_base": try view("hc_head_base"),
        "mtp.0.hc_head_scale": try view("hc_head_scale"),
      ])
    var drafts: [[Float]] = []
    for checkpoint in [file, trunks] {
      let model = try #require(
        ModelRegistry.load(checkpoint, backend: CPUBackend(precision: .exact, threads: 2))
          as? any DraftingModel)
      #expect(model.hasDraftHead)
      let cache = try model.makeDraftingCache(capacity: 60)
      _ = try model.forward([
        SequenceInput(
          tokens: (0..<50).map { TokenID($0 * 37 % 256) }, cache: cache, keep: .last)
      ])
      drafts.append(try model.draft(after: TokenID(3), in: cache))
    }
    #expect(drafts[0] == drafts[1] && drafts[0].contains { $0 != 0 })
  }
}
