// `quern plan`: whether a model fits a machine, and how fast the machine's memory lets it be.

import Checkpoints
import JSON
import Models
import Posix

/// Compares a model's bytes with a machine.
enum PlanCommand: Command {
  static let syntax = CommandSyntax(
    words: ["plan"], summary: "says whether a model fits a machine, and how fast it can be",
    notes: [
      "The model is a name or a checkpoint: "
        + PlannedModel.all.map(\.name).joined(separator: ", ") + ", or the path of a model file. "
        + "Bytes are stored and read per decoded token of one sequence; tokens per second are what "
        + "the bandwidth allows at most, without a draft head.",
      "Sizes are typed as 80GB (of a device maker's), 3.35TB/s, 32k or 1M.",
    ],
    operands: [OperandSyntax("MODEL", .optional, "A name or a path.")],
    options: [
      .value("memory", "SIZE", .text, "The memory of one device.", standard: "80GB"),
      .value("devices", "N", .number(1...16), "The number of devices.", standard: "1"),
      .value("bandwidth", "RATE", .text, "What one device reads a second.", standard: "3.35TB/s"),
      .value("context", "TOKENS", .text, "The length of the sequence.", standard: "32k"),
      .value("weights", "FORM", .text, "One way of storing the weights.", standard: "all of them"),
      .flag("parts", "Lists the bytes of every part."),
      .flag("json", "Prints one JSON object a form instead of a table."),
    ],
    examples: [
      "quern plan deepseek-v4-flash --memory 80GB --devices 2 --context 1M",
      "quern plan model.gguf --memory 24GB --bandwidth 1008GB/s",
    ],
    statuses: [.done, .usage, .badInput, .noSuchFile])

  /// One way of storing a model, in bytes.
  private struct Candidate {
    var name: String
    var summary: String
    var stored: Double
    var read: Double
    var parts: [(part: String, stored: Double, read: Double)]
  }

  static func run(_ invocation: Invocation) throws(CommandFailure) -> ExitStatus {
    let machine = MachinePlan(
      deviceCount: invocation.number("devices") ?? 1,
      deviceBytes: try size(invocation, "memory", standard: "80GB", unit: "B", step: 1024),
      bandwidth: try size(invocation, "bandwidth", standard: "3.35TB/s", unit: "B/s", step: 1000))
    let tokens = Int(try size(invocation, "context", standard: "32k", unit: "", step: 1024))
    let (candidates, cache, name) = try model(invocation)
    for candidate in candidates {
      let use = cache(tokens)
      let rate = machine.tokensPerSecond(bytesRead: candidate.read + use.read)
      let fit = machine.fit(weights: candidate.stored, tokens: tokens) { cache($0).kept }
      if invocation.has("json") {
        try Output.line(json(name, candidate, tokens, use, rate, fit, machine).bytes)
        continue
      }
      try Output.line("\(name), \(candidate.name): \(candidate.summary)")
      try Output.line(
        "  weights \(gigabytes(candidate.stored)), cache \(gigabytes(use.kept)) at \(tokens) tokens,"
          + " of \(gigabytes(machine.usableBytes)) usable: \(sentence(fit))")
      try Output.line(
        "  read a token \(gigabytes(candidate.read + use.read)), at most"
          + " \(Int(rate + 0.5)) tokens/s")
      guard invocation.has("parts") else { continue }
      for part in candidate.parts {
        try Output.line(
          "    \(padded(part.part, 18))\(right(gigabytes(part.stored), 12)) stored"
            + "\(right(gigabytes(part.read), 12)) read")
      }
    }
    return .done
  }
}

// MARK: - The model

extension PlanCommand {
  private static func model(
    _ invocation: Invocation
  ) throws(CommandFailure) -> ([Candidate], (Int) -> PlannedCache, String) {
    let path = invocation.operands(from: 0).first ?? FilePath(PlannedModel.all[0].name)
    guard let known = PlannedModel.all.first(where: { $0.name == path.text }) else {
      return try checkpoint(path, invocation)
    }
    var forms = known.forms
    if let wanted = invocation.text("weights") {
      forms = forms.filter { $0.name == wanted }
      guard !forms.isEmpty else {
        throw CommandFailure(
          .usage,
          "--weights is one of \(known.forms.map(\.name).joined(separator: ", ")), not '\(wanted)'")
      }
    }
    let candidates = forms.map { form in
      let parts = known.parts.map { part in
        let bytes = part.parameters * known.bits(form, part) / 8
        return (part: part.part.rawValue, stored: bytes, read: bytes * part.share)
      }
      return Candidate(
        name: form.name, summary: form.summary, stored: known.bytesStored(form),
        read: known.bytesRead(form), parts: parts)
    }
    return (candidates, known.cache, known.name)
  }

  /// A checkpoint in the form in which it is stored.
  private static func checkpoint(
    _ path: FilePath, _ invocation: Invocation
  ) throws(CommandFailure) -> ([Candidate], (Int) -> PlannedCache, String) {
    guard invocation.text("weights") == nil else {
      throw invocation.wrong("--weights is for models by name; a file has its own form")
    }
    do throws(PosixError) {
      _ = try FileDescriptor.open(path, .readNow)
    } catch { throw CommandFailure(error, "open the model \(path)") }
    let opened: any Checkpoint
    let cache: (Int) -> PlannedCache
    do throws(CheckpointError) {
      opened = try MappedCheckpoint.open(path.text)
    } catch { throw CommandFailure(.badInput, "\(error)") }
    do throws(ModelError) {
      cache = try ModelRegistry.plannedCache(of: opened)
    } catch { throw CommandFailure(.badInput, "\(path): \(error)") }
    let parts = ModelParts(opened, expertShare: ModelRegistry.expertShare(of: opened))
    let candidate = Candidate(
      name: "as stored", summary: "\(parts.parameters) weights", stored: Double(parts.bytes),
      read: Double(parts.bytesRead),
      parts: parts.sizes.map {
        (
          part: "\($0.part.rawValue) \($0.typeName)", stored: Double($0.bytes),
          read: Double($0.bytes) * parts.readShare(of: $0.part)
        )
      })
    return ([candidate], cache, path.lastComponent.text)
  }
}

// MARK: - Words and numbers

extension PlanCommand {
  /// Reads a size such as `80GB`, `3.35TB/s` or `32k`.
  ///
  /// - Parameter step: What the letters k, M, G and T stand for powers of.
  private static func size(
    _ invocation: Invocation, _ option: String, standard: String, unit: String, step: Double
  ) throws(CommandFailure) -> Double {
    let text = invocation.text(option) ?? standard
    var head = text[...]
    if !unit.isEmpty, head.hasSuffix(unit) { head = head.dropLast(unit.count) }
    var factor = 1.0
    if let letter = head.last, let power = ["k": 1, "K": 1, "M": 2, "G": 3, "T": 4][letter] {
      for _ in 0..<power { factor *= step }
      head = head.dropLast()
    }
    guard let number = Double(head), number > 0, number * factor >= 1, number * factor <= 1e18,
      option != "context" || number * factor <= 0x1p30
    else { throw invocation.wrong("--\(option) is a size such as \(standard), not '\(text)'") }
    return number * factor
  }

  private static func gigabytes(_ bytes: Double) -> String {
    let hundredths = Int(bytes / 1e7 + 0.5)
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) GB"
  }

  private static func sentence(_ fit: MachinePlan.Fit) -> String {
    switch fit {
    case .yes: "fits"
    case .justSo: "only just fits"
    case .shorter(let tokens): "does not fit; with up to \(tokens) tokens it does"
    case .no: "does not fit"
    }
  }

  private static func json(
    _ name: String, _ candidate: Candidate, _ tokens: Int, _ use: PlannedCache, _ rate: Double,
    _ fit: MachinePlan.Fit, _ machine: MachinePlan
  ) -> JSONValue {
    func number(_ value: Double) -> JSONValue { .number(JSONNumber(Int(value + 0.5))) }
    var longest: JSONValue = nil
    if case .shorter(let limit) = fit { longest = .number(JSONNumber(limit)) }
    let parts = candidate.parts.map { part -> JSONValue in
      ["part": .string(part.part), "bytes": number(part.stored), "read": number(part.read)]
    }
    return [
      "model": .string(name), "weights": .string(candidate.name),
      "bytes": number(candidate.stored), "bytes_read_per_token": number(candidate.read + use.read),
      "context": .number(JSONNumber(tokens)), "cache_bytes": number(use.kept),
      "cache_read": number(use.read), "usable_bytes": number(machine.usableBytes),
      "fits": .bool(fit == .yes || fit == .justSo), "close": .bool(fit == .justSo),
      "longest_context": longest, "tokens_per_second": number(rate), "parts": .array(parts),
    ]
  }
}
