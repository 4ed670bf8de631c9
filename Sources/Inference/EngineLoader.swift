// A path to a loaded engine: the checks before a gigabyte is read, in the order in which they are cheap.

package import Checkpoints
package import Compute
package import Digests
package import Models
import Posix
package import Tokenizers
import Tokens

/// The loading of engines.
package enum EngineLoader {
  /// The memory that the program needs beside weights and caches.
  private static let overheadBytes = 256 << 20
  /// The share of the free memory that caches may take, as a divisor.
  private static let cacheShareDivisor = 2
  /// The least memory for caches.
  private static let leastCacheBytes = 64 << 20

  /// Opens a checkpoint and checks that its weights fit into memory.
  ///
  /// - Parameter path: A GGUF file, or a folder with model.safetensors and config.json.
  package static func open(_ path: String) throws(InferenceError) -> any Checkpoint {
    let checkpoint: any Checkpoint
    do throws(CheckpointError) {
      checkpoint = try MappedCheckpoint.open(path)
    } catch { throw .checkpoint(error) }
    if let memory = Memory.current() {
      let needed = residentBytes(of: checkpoint, memory)
      guard needed <= memory.availableBytes else {
        throw .doesNotFit(
          path: path, neededBytes: needed, availableBytes: memory.availableBytes)
      }
    }
    return checkpoint
  }

  /// Whether a checkpoint's experts are made ready in memory or stay in their file.
  package static func expertPlace(of checkpoint: any Checkpoint) -> WeightBinding.ExpertPlace {
    guard let memory = Memory.current() else { return .memory }
    return expertPlace(of: checkpoint, memory)
  }

  private static func expertPlace(
    of checkpoint: any Checkpoint, _ memory: Memory
  ) -> WeightBinding.ExpertPlace {
    let whole = checkpoint.tensorByteCount + overheadBytes
    return whole > memory.availableBytes && ModelRegistry.expertShare(of: checkpoint) < 1
      ? .file : .memory
  }

  /// The bytes that must be in memory at once.
  private static func residentBytes(of checkpoint: any Checkpoint, _ memory: Memory) -> Int {
    let whole = checkpoint.tensorByteCount + overheadBytes
    guard expertPlace(of: checkpoint, memory) == .file else { return whole }
    return whole - expertBytes(of: checkpoint)
  }

  private static func expertBytes(of checkpoint: any Checkpoint) -> Int {
    ModelParts(checkpoint, expertShare: 1).sizes.reduce(0) {
      $0 + ($1.part == .experts ? $1.bytes : 0)
    }
  }

  /// Says how a model larger than memory is run, nil if there is nothing to say.
  package static func notice(for checkpoint: any Checkpoint) -> String? {
    guard expertPlace(of: checkpoint) == .file else { return nil }
    let experts = expertBytes(of: checkpoint)
    let share = ModelRegistry.expertShare(of: checkpoint)
    return "the model is larger than memory: its experts (\(experts >> 20) MiB) stay in the file,"
      + " of which each token reads up to \(Int(Double(experts) * share) >> 20) MiB"
  }

  /// Loads the engine of an opened checkpoint: weights on the backend's threads, and beside them, as neither
  /// can use more than one, the tokenizer and the digest.
  ///
  /// - Parameters:
  ///   - path: The path, for messages.
  ///   - backend: The device to run on.
  ///   - promptFormat: The name of a prompt format, nil to follow the special tokens.
  package static func load(
    _ checkpoint: any Checkpoint, path: String, backend: any Backend, promptFormat: String? = nil
  ) throws(InferenceError) -> Engine {
    let texts = Condition<Result<Texts, InferenceError>?>(nil)
    @Sendable func makeTexts() {
      let result = Result { () throws(InferenceError) in
        try Texts(of: checkpoint, path: path, promptFormat: promptFormat)
      }
      texts.update { $0 = result }
    }
    let place = expertPlace(of: checkpoint)
    let beside = try? SharedThread(name: "tokenizer", makeTexts)
    let loaded = Result { () throws(ModelError) in
      try ModelRegistry.load(checkpoint, backend: backend, expertPlace: place)
    }
    if let beside { beside.join() } else { makeTexts() }
    let text = try texts.wait { $0 }.get()
    let model: any Model
    do throws(ModelError) { model = try loaded.get() } catch { throw .model(error) }
    let free = (Memory.current()?.availableBytes ?? 0) - overheadBytes
    return Engine(
      model: model, tokenizer: text.tokenizer, promptFormat: text.promptFormat,
      modelDigest: text.digest.prefixed,
      backendName: "\(backend.name)/\(backend.precision.rawValue)",
      cacheByteLimit: max(leastCacheBytes, free / cacheShareDivisor),
      hasExperts: ModelRegistry.expertShare(of: checkpoint) < 1, threadPool: backend.threadPool)
  }

  /// What an engine knows beside its weights.
  private struct Texts: Sendable {
    let tokenizer: any Tokenizer
    let promptFormat: any PromptFormat
    let digest: Digest

    init(
      of checkpoint: any Checkpoint, path: String, promptFormat name: String?
    ) throws(InferenceError) {
      tokenizer = try EngineLoader.tokenizer(of: checkpoint, path: path)
      do throws(TokenizerError) {
        promptFormat = try PromptFormats.format(for: tokenizer, named: name)
      } catch { throw .tokenizer(error) }
      digest = EngineLoader.digest(of: checkpoint)
    }
  }

  /// Returns the digest that records name a model by.
  package static func digest(of checkpoint: any Checkpoint) -> Digest {
    var hash = SHA256()
    checkpoint.forEachIdentifyingPiece { hash.update($0) }
    return hash.digest()
  }

  /// Builds the tokenizer that a checkpoint carries, or that lies beside it as tokenizer.json.
  package static func tokenizer(
    of checkpoint: any Checkpoint, path: String
  ) throws(InferenceError) -> any Tokenizer {
    let metadata = checkpoint.metadata
    guard let texts = metadata["tokenizer.ggml.tokens"]?.texts else {
      let definition = try TokenizerFolder.definition(path)
      do throws(TokenizerError) {
        return try ByteLevelTokenizer(definition)
      } catch { throw .tokenizer(error) }
    }
    do throws(TokenizerError) {
      let kind = metadata["tokenizer.ggml.model"]?.text ?? ""
      guard kind == "gpt2" else { throw .unsupportedModel(name: kind) }
      let numbers = metadata["tokenizer.ggml.token_type"]?.numbers?.integers()
      let types =
        numbers?.map { TokenizerDefinition.TokenType(rawValue: $0) ?? .normal }
        ?? [TokenizerDefinition.TokenType](repeating: .normal, count: texts.count)
      func special(_ name: String) -> TokenID? {
        guard let id = metadata["tokenizer.ggml.\(name)"]?.integer, id >= 0, id < Int(Int32.max)
        else { return nil }
        return TokenID(id)
      }
      let begins = metadata["tokenizer.ggml.add_bos_token"]?.bool ?? false
      let ends = ["eos_token_id", "eot_token_id", "eom_token_id"].compactMap(special)
      return try ByteLevelTokenizer(
        TokenizerDefinition(
          pieces: PackedTexts(texts.bytes()), types: types,
          merges: PackedTexts(metadata["tokenizer.ggml.merges"]?.texts?.bytes() ?? []),
          preTokenizer: metadata["tokenizer.ggml.pre"]?.text ?? "default",
          beginOfText: begins ? special("bos_token_id") : nil, endOfText: ends,
          chatTemplate: metadata["tokenizer.chat_template"]?.text))
    } catch { throw .tokenizer(error) }
  }
}
