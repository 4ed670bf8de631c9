// What `extract` and `classify` share: documents in, lines out, one model for all of them.

/// One call of a command that needs no spool.
struct OneShot {
  /// The options that both commands have.
  static func options(schemaIsRequired: Bool) -> [OptionSyntax] {
    [
      .value("schema", "S", .path, "The JSON Schema of the output.", isRequired: schemaIsRequired),
      .value(
        "instructions", "TEXT", .text, "What to look for, in a sentence or two.", standard: "none"),
      .value("parallel", "N", .number(1...64), "Works on up to N files at once.", standard: "1"),
      .flag("print-prompt", "Prints the prompts and runs no model.", isHidden: true),
    ]
  }

  /// The statuses that both commands may end with.
  static let statuses: [ExitStatus] = [
    .done, .someFailed, .badInput, .noSuchFile, .unavailable, .internalFault, .inputOutput,
    .permission,
  ]

  private let invocation: Invocation
  private let labels: [String]?

  /// Prepares a call.
  ///
  /// - Parameter labels: The labels that take the place of a schema, nil where a schema is given.
  init(_ invocation: Invocation, labels: [String]?) {
    self.invocation = invocation
    self.labels = labels
  }

  /// Does the work.
  func run() throws(CommandFailure) -> ExitStatus {
    throw CommandFailure(.internalFault, "extract is not wired yet")
  }
}
