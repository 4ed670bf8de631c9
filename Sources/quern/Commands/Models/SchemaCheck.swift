// `quern schema check`: what becomes of each keyword of a schema, before any model time is spent.

/// Reports what a schema enforces and what it costs.
enum SchemaCheckCommand: Command {
  static let syntax = CommandSyntax(
    words: ["schema", "check"], summary: "what a schema enforces, keyword by keyword",
    notes: [
      "Each keyword is in the mask (no output can violate it), checked after, refused, or has no "
        + "effect. A schema that cannot be honored in full is refused with the place of the "
        + "keyword, status 65."
    ],
    operands: [OperandSyntax("S", .one, "The JSON Schema.")],
    options: [
      .flag("generation", "Prints the schema as the model sees it, and nothing else."),
      .flag("json", "Prints one JSON object instead of a table."),
    ],
    examples: ["quern schema check Schemas/invoice.json"],
    statuses: [.done, .badInput, .noSuchFile, .inputOutput, .permission])

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    throw CommandFailure(.internalFault, "schema check is not wired yet")
  }
}
