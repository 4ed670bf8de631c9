// `quern model inspect`: what is inside a checkpoint, without loading it.

import Checkpoints
import Inference
import JSON
import Models
import Posix

/// Shows a checkpoint's architecture, sizes and tokenizer.
enum ModelInspectCommand: Command {
  static let syntax = CommandSyntax(
    words: ["model", "inspect"], summary: "shows what is inside a model file",
    notes: [
      "Architecture, sizes by part and by format, the weights that one token uses, tokenizer and "
        + "license. Only headers are read, so it takes no memory to speak of."
    ],
    operands: [
      OperandSyntax("FOLDER|FILE", .one, "A folder with a checkpoint, or its first file.")
    ],
    options: [.flag("json", "Prints one JSON object instead of a table.")],
    examples: ["quern model inspect ~/.cache/quern/qwen2.5-coder-0.5b.gguf"],
    statuses: [.done, .badInput, .noSuchFile, .permission])

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    let path = invocation.folder(0)
    do throws(PosixError) {
      _ = try FileDescriptor.open(path, .readNow)
    } catch { throw CommandFailure(error, "open the model \(path)") }
    let checkpoint: any Checkpoint
    do throws(CheckpointError) {
      checkpoint = try MappedCheckpoint.open(path.text)
    } catch { throw CommandFailure(.badInput, "\(error)") }
    let share = ModelRegistry.expertShare(of: checkpoint)
    let parts = ModelParts(checkpoint, expertShare: share)
    let facts = facts(checkpoint, parts)
    if invocation.has("json") {
      try Output.line(json(checkpoint, parts, facts).bytes)
      return .done
    }
    for (name, value) in facts { try Output.line(Log.visible("\(padded(name, 20))\(value)")) }
    try Output.line("")
    try Output.line(
      "\(padded("part", 18))\(padded("stored as", 11))\(right("weights", 16))\(right("bytes", 17))"
        + right("read a token", 17))
    for size in parts.sizes {
      let read = Int(Double(size.bytes) * parts.readShare(of: size.part))
      try Output.line(
        "\(padded(size.part.rawValue, 18))\(padded(size.typeName, 11))"
          + right("\(size.parameters)", 16) + right("\(size.bytes)", 17) + right("\(read)", 17))
    }
    try Output.line(
      "\(padded("all", 29))\(right("\(parts.parameters)", 16))\(right("\(parts.bytes)", 17))"
        + right("\(parts.bytesRead)", 17))
    return .done
  }

  /// What the header says in words, in the order of the page.
  private static func facts(
    _ checkpoint: any Checkpoint, _ parts: ModelParts
  ) -> [(String, String)] {
    let metadata = checkpoint.metadata
    var facts: [(String, String)] = [("file", checkpoint.file)]
    let architecture: String
    do throws(ModelError) {
      architecture = try ModelRegistry.architecture(of: checkpoint)
    } catch { architecture = "unknown" }
    let isKnown = ModelRegistry.supports(architecture, checkpoint.format)
    facts.append(("architecture", architecture + (isKnown ? "" : " (not supported)")))
    facts.append(("format", checkpoint.format.rawValue))
    if let name = metadata["general.name"]?.text { facts.append(("name", name)) }
    facts.append(("tensors", "\(checkpoint.tensorNames.count)"))
    facts.append(("weights", "\(parts.parameters)"))
    facts.append(("active weights", "\(parts.activeParameters) a token"))
    let contexts = [
      metadata["\(architecture).context_length"], metadata["max_position_embeddings"],
    ]
    if let context = contexts.compactMap({ $0?.integer }).first {
      facts.append(("context", "\(context) tokens"))
    }
    facts.append(("tokenizer", tokenizer(metadata)))
    facts.append(("license", metadata["general.license"]?.text ?? "not stated"))
    return facts
  }

  private static func tokenizer(_ metadata: Metadata) -> String {
    guard let model = metadata["tokenizer.ggml.model"]?.text else { return "none in this file" }
    let count = metadata["tokenizer.ggml.tokens"]?.texts?.count ?? 0
    let pre = metadata["tokenizer.ggml.pre"]?.text.map { ", pre-tokenizer \($0)" } ?? ""
    return "\(model), \(count) tokens\(pre)"
  }

  private static func json(
    _ checkpoint: any Checkpoint, _ parts: ModelParts, _ facts: [(String, String)]
  ) -> JSONValue {
    var object = JSONObject()
    for (name, value) in facts { object[name.replacing(" ", with: "_")] = .string(value) }
    for (key, value) in [
      ("parameters", parts.parameters), ("active_parameters", parts.activeParameters),
      ("bytes", parts.bytes), ("bytes_read_per_token", parts.bytesRead),
    ] {
      object[key] = .number(JSONNumber(value))
    }
    let sizes = parts.sizes.map { size -> JSONValue in
      [
        "part": .string(size.part.rawValue), "type": .string(size.typeName),
        "parameters": .number(JSONNumber(size.parameters)),
        "bytes": .number(JSONNumber(size.bytes)),
      ]
    }
    object["parts"] = .array(sizes)
    return .object(object)
  }
}

/// Returns text with spaces behind it.
func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(1, width - text.count))
}

/// Returns text with spaces before it.
func right(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(1, width - text.count)) + text
}
