// What a model consists of, counted by part: from a checkpoint's tensors, or from the sizes of a
// model that is known by name.

package import Checkpoints
package import Tensors

/// A part of a model.
package enum ModelPart: String, Sendable, CaseIterable {
  case embedding
  case attention
  case compressor
  case indexer
  case router
  case experts
  case sharedExperts = "shared experts"
  case feedForward = "feed-forward"
  case connections = "hyper-connections"
  case norms
  case head
  case draft = "draft head"

  /// Finds the part that a tensor belongs to, by its name in either format.
  package init(tensor name: String) {
    func has(_ texts: String...) -> Bool { texts.contains { name.contains($0) } }
    if name.hasPrefix("mtp.") || has(".nextn.") {
      self = .draft
    } else if has("token_embd", "embed_tokens") || name == "embed.weight" {
      self = .embedding
    } else if name == "output.weight" || name == "head.weight" || has("lm_head") {
      self = .head
    } else if has("hc_attn", "hc_ffn", "hc_head", "output_hc") {
      self = .connections
    } else if has("shared_expert", "_shexp") {
      self = .sharedExperts
    } else if has(".experts.", "_exps.") {
      self = .experts
    } else if has("ffn_gate_inp", "mlp.gate.", "ffn.gate.", "exp_probs_b", "tid2eid") {
      self = .router
    } else if has("norm", "rope_freqs") {
      self = .norms
    } else if has("indexer") {
      self = .indexer
    } else if has("compressor") {
      self = .compressor
    } else if has("attn") {
      self = .attention
    } else {
      self = .feedForward
    }
  }
}

/// The tensors of one part that are stored in one way.
package struct PartSize: Equatable, Sendable {
  /// The part.
  package var part: ModelPart
  /// How the weights are stored.
  package var type: DataType
  /// The number of weights.
  package var parameters: Int
  /// The bytes in the file, factors included.
  package var bytes: Int

  /// The name of the type, for people.
  package var typeName: String { type.rawValue }
}

/// All parts of a checkpoint.
package struct ModelParts: Sendable {
  /// The sizes, one line for each part and type.
  package private(set) var sizes: [PartSize] = []
  /// The share of its experts that one token uses.
  package var expertShare: Double

  /// Counts a checkpoint's tensors.
  ///
  /// - Parameter expertShare: The share of its experts that one token uses, 1 without experts.
  package init(_ checkpoint: any Checkpoint, expertShare: Double) {
    self.expertShare = expertShare
    for name in checkpoint.tensorNames {
      guard let view = checkpoint.tensor(named: name), view.type != .e8m0,
        !name.hasSuffix("weight_scale_inv")
      else { continue }
      let bytes = view.range.count + (view.scales?.range.count ?? 0)
      add(ModelPart(tensor: name), view.type, view.shape.elementCount, bytes)
    }
  }

  private mutating func add(_ part: ModelPart, _ type: DataType, _ parameters: Int, _ bytes: Int) {
    guard let index = sizes.firstIndex(where: { $0.part == part && $0.type == type }) else {
      sizes.append(PartSize(part: part, type: type, parameters: parameters, bytes: bytes))
      return
    }
    sizes[index].parameters += parameters
    sizes[index].bytes += bytes
  }

  /// The number of weights.
  package var parameters: Int { sizes.reduce(0) { $0 + $1.parameters } }
  /// The bytes of all tensors.
  package var bytes: Int { sizes.reduce(0) { $0 + $1.bytes } }

  /// The weights that one token's products use; an embedding is a look-up, a draft head extra.
  package var activeParameters: Int {
    sizes.reduce(0) { $0 + Int(Double($1.parameters) * readShare(of: $1.part)) }
  }

  /// The bytes that one decoded token reads.
  package var bytesRead: Int {
    sizes.reduce(0) { $0 + Int(Double($1.bytes) * readShare(of: $1.part)) }
  }

  /// Returns the share of a part that one token reads.
  package func readShare(of part: ModelPart) -> Double {
    switch part {
    case .embedding: hasHead ? 0 : 1
    case .draft: 0
    case .experts: expertShare
    default: 1
    }
  }

  /// Whether there is a head of its own; otherwise the embedding serves as one.
  private var hasHead: Bool { sizes.contains { $0.part == .head } }
}
