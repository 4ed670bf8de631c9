// `quern model check`: whether a model computes what its reference computed.

/// Runs a model's golden cases.
enum ModelCheckCommand: Command {
  static let syntax = CommandSyntax(
    words: ["model", "check"], summary: "loads a model and runs its golden cases",
    notes: [
      "A folder with golden cases beside the checkpoint is computed in exact precision and "
        + "compared with the reference's logits, as one prefill, in odd chunks, token by token and "
        + "with rewinds. A model without golden cases is loaded and asked for one token."
    ],
    operands: [
      OperandSyntax("FOLDER|GGUF", .one, "A folder with a checkpoint, or a GGUF file.")
    ],
    options: BackendChoice.options,
    examples: ["quern model check ~/.cache/quern/qwen2.5-coder-0.5b.gguf"],
    statuses: [.done, .someFailed, .badInput, .noSuchFile, .unavailable, .permission])

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    throw CommandFailure(.internalFault, "model check is not wired yet")
  }
}
