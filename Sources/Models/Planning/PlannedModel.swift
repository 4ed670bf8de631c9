// Models that are known by name, as numbers: the weights of each part, how each form stores them,
// and what a sequence's cache takes.

import Tensors

/// A model whose sizes are known without a checkpoint.
package struct PlannedModel: Sendable {
  /// Weights of one part.
  package struct Part: Sendable {
    /// The part.
    package var part: ModelPart
    /// The number of weights.
    package var parameters: Double
    /// The share that one token reads.
    package var share = 1.0
    /// Whether the weights are those of an expert's last product.
    var isDown = false
  }

  /// A way of storing the weights.
  package struct Form: Sendable {
    /// The name on the command line.
    package var name: String
    /// What it is, in half a line.
    package var summary: String
    /// The bits of one weight of a part.
    let bits: @Sendable (Part) -> Double
  }

  /// The name.
  package var name: String
  /// The parts.
  package var parts: [Part]
  /// The ways of storing it, the released one first.
  package var forms: [Form]
  /// The greatest number of positions.
  package var contextLength: Int
  /// What a sequence of some tokens takes.
  package var cache: @Sendable (Int) -> PlannedCache

  /// The bytes of all weights in a form.
  package func bytesStored(_ form: Form) -> Double {
    parts.reduce(0) { $0 + $1.parameters * form.bits($1) / 8 }
  }

  /// The bytes of weights that one decoded token reads in a form.
  package func bytesRead(_ form: Form) -> Double {
    parts.reduce(0) { $0 + $1.parameters * $1.share * form.bits($1) / 8 }
  }

  /// The bits of one weight of a part in a form, factors included.
  package func bits(_ form: Form, _ part: Part) -> Double { form.bits(part) }

  /// The models by name.
  package static var all: [PlannedModel] { [deepSeekV4Flash, deepSeekV3, llama70B] }
}

// MARK: - DeepSeek-V4-Flash

extension PlannedModel {
  /// The bits of formats, factors included.
  private enum Bits {
    static let mxfp4 = 4.25
    static let iq2 = 2.0625
    static let q2K = 2.625
    static let q4 = 4.5
    static let iq4 = 4.25
    static let q5K = 5.5
    static let q6K = 6.5625
    static let q8 = 8.5
    static let fp8 = 8.0 + 8.0 / (128 * 128)
  }

  /// DeepSeek-V4-Flash without its draft head.
  package static var deepSeekV4Flash: PlannedModel {
    let (d, layers, sparse, heavy) = (4096.0, 43.0, 21.0, 20.0)
    let expert = d * 2048
    let share = 6.0 / 256
    let parts = [
      Part(part: .embedding, parameters: 129_280 * d, share: 1 / 129_280),
      Part(part: .head, parameters: 129_280 * d),
      Part(
        part: .attention,
        parameters: layers * (1024 * d + 32_768 * 1024 + 512 * d + 8192 * 4096 + d * 8192)),
      Part(
        part: .compressor,
        parameters: sparse * (2 * 1024 * d + 2 * 256 * d + 64 * d) + heavy * 2 * 512 * d),
      Part(part: .indexer, parameters: sparse * 8192 * 1024),
      Part(part: .router, parameters: layers * 256 * d),
      Part(part: .connections, parameters: layers * 2 * 24 * 4 * d),
      Part(part: .sharedExperts, parameters: layers * 3 * expert),
      Part(part: .experts, parameters: layers * 256 * 2 * expert, share: share),
      Part(part: .experts, parameters: layers * 256 * expert, share: share, isDown: true),
    ]
    return PlannedModel(
      name: "deepseek-v4-flash", parts: parts, forms: flashForms, contextLength: 1_048_576
    ) { tokens in
      // Rows of eight-bit floats with their factors take 584 bytes, indexer keys 132.
      let (row, key) = (584.0, 132.0)
      let window = Double(min(tokens, 128)) * layers * row
      let entries = Double(tokens / 4)
      let blocks = Double(tokens / 128)
      return PlannedCache(
        kept: window + sparse * entries * (row + key) + heavy * blocks * row,
        read: window + sparse * (min(entries, 512) * row + entries * key) + heavy * blocks * row)
    }
  }

  private static var flashForms: [Form] {
    /// Forms differ in experts, dense products and head; the rest is small.
    func form(
      _ name: String, _ summary: String, experts: Double, down: Double? = nil, dense: Double,
      head: Double, embedding: Double = 16, indexer: Double? = nil, compressor: Double = 16,
      connections: Double = 32
    ) -> Form {
      Form(name: name, summary: summary) { part in
        switch part.part {
        case .experts: part.isDown ? down ?? experts : experts
        case .attention, .sharedExperts: dense
        case .indexer: indexer ?? dense
        case .head: head
        case .embedding: embedding
        case .connections: connections
        default: compressor
        }
      }
    }
    return [
      form(
        "released", "experts of four-bit floats, eight-bit floats elsewhere (A)",
        experts: Bits.mxfp4, dense: Bits.fp8, head: 16),
      form(
        "int4", "experts MXFP4 without loss, the rest IQ4_XS", experts: Bits.mxfp4,
        dense: Bits.iq4, head: Bits.iq4, embedding: Bits.iq4, compressor: Bits.iq4),
      form(
        "q4_k", "4.5 bits in experts, attention and head (B)", experts: Bits.q4, dense: Bits.q4,
        head: Bits.q4),
      form(
        "int5", "Q5_K throughout", experts: Bits.q5K, dense: Bits.q5K, head: Bits.q5K,
        embedding: Bits.q5K, compressor: Bits.q5K),
      form(
        "int6", "Q6_K throughout", experts: Bits.q6K, dense: Bits.q6K, head: Bits.q6K,
        embedding: Bits.q6K, compressor: Bits.q6K),
      form(
        "2bit", "experts IQ2_XXS and Q2_K, the rest Q8_0 (C)", experts: Bits.iq2,
        down: Bits.q2K, dense: Bits.q8, head: Bits.q8, connections: 16),
      form(
        "2bit-dense4", "as 2bit with 4.5 bits in attention and head (D)", experts: Bits.iq2,
        down: Bits.q2K, dense: Bits.q4, head: Bits.q4, connections: 16),
      form(
        "2bit-all", "all experts IQ2_XXS, 4.5 bits in attention, head, embedding (E)",
        experts: Bits.iq2, dense: Bits.q4, head: Bits.q4, embedding: Bits.q4, connections: 16),
    ]
  }
}

// MARK: - Others

extension PlannedModel {
  /// Forms of models in which all weights are stored alike.
  private static func plainForms(released: Double, _ summary: String) -> [Form] {
    func form(_ name: String, _ summary: String, _ bits: Double) -> Form {
      Form(name: name, summary: summary) { _ in bits }
    }
    return [
      form("released", summary, released), form("int4", "IQ4_XS throughout", Bits.iq4),
      form("q4_k", "4.5 bits throughout", Bits.q4), form("int5", "Q5_K throughout", Bits.q5K),
      form("int6", "Q6_K throughout", Bits.q6K),
    ]
  }

  /// DeepSeek-V3 without its draft head.
  package static var deepSeekV3: PlannedModel {
    let (d, layers, heads) = (7168.0, 61.0, 128.0)
    let expert = 3 * d * 2048
    let attention =
      1536 * d + heads * 192 * 1536 + 576 * d + heads * 256 * 512 + d * heads * 128
    return PlannedModel(
      name: "deepseek-v3",
      parts: [
        Part(part: .embedding, parameters: 129_280 * d, share: 1 / 129_280),
        Part(part: .head, parameters: 129_280 * d),
        Part(part: .attention, parameters: layers * attention),
        Part(part: .feedForward, parameters: 3 * 3 * d * 18_432),
        Part(part: .router, parameters: 58 * 256 * d),
        Part(part: .sharedExperts, parameters: 58 * expert),
        Part(part: .experts, parameters: 58 * 256 * expert, share: 8.0 / 256),
      ], forms: plainForms(released: Bits.fp8, "eight-bit floats"), contextLength: 163_840
    ) { tokens in
      // The latent vector and the rotated key, 576 values of 16 bits, in every layer.
      let bytes = Double(tokens) * layers * 576 * 2
      return PlannedCache(kept: bytes, read: bytes)
    }
  }

  /// Llama 3.1 with 70 billion weights.
  package static var llama70B: PlannedModel {
    let (d, layers) = (8192.0, 80.0)
    return PlannedModel(
      name: "llama-3.1-70b",
      parts: [
        Part(part: .embedding, parameters: 128_256 * d, share: 1 / 128_256),
        Part(part: .head, parameters: 128_256 * d),
        Part(part: .attention, parameters: layers * (2 * d * d + 2 * d * 1024)),
        Part(part: .feedForward, parameters: layers * 3 * d * 28_672),
      ], forms: plainForms(released: 16, "BF16"), contextLength: 131_072
    ) { tokens in
      let bytes = Double(tokens) * layers * 2 * 1024 * 2
      return PlannedCache(kept: bytes, read: bytes)
    }
  }
}
