// Schemas compiled once by content and shared by all jobs.

package import Digests
package import Grammars
package import JSON
import JSONSchema
import Synchronization

/// What a queue asks of every document.
package struct ExtractionSettings: Sendable, Hashable {
  /// The schema's bytes as the user wrote them.
  package var schema: [UInt8]
  /// What to look for, possibly empty.
  package var instructions: String
  /// Worked examples.
  package var examples: [PromptExample]
  /// How tokens are chosen.
  package var sampling: SamplingChoice
  /// How long answers may be.
  package var budget: OutputBudget
  /// Bounds where the schema sets no tighter ones.
  package var limits: GenerationLimits
  /// Whether names that look like misspelled keywords are let through.
  package var allowsUnknownKeywords: Bool
  /// Whether formats restrict strings.
  package var assertsFormats: Bool
  /// Which values may be answered with "not found".
  package var abstention = Abstention.never
  /// The probability from which on a value is not found where that is possible, nil for what is most probable.
  package var abstainFrom: Double?
  /// Which values come with evidence.
  package var evidence = EvidenceMode.match
  /// Whether the labels of enumerations are scored.
  package var scoresLabels = true
  /// How the probabilities of labels are corrected before one is taken.
  package var calibration = LabelCalibration.none
  /// The documents over which batch calibration takes its means.
  package var calibrationDocuments: [String] = []
  /// How the documents spell numbers and dates, nil where nothing is known.
  package var locale: QueueLocale?
  /// What becomes of documents that are too long for one prompt.
  package var longDocuments = LongDocuments.refuse
  /// The probability below which a field is named for review.
  package var reviewBelow = 0.9

  /// Creates settings; the defaults are those of a queue.
  package init(
    schema: [UInt8], instructions: String = "", examples: [PromptExample] = [],
    sampling: SamplingChoice = SamplingChoice(), budget: OutputBudget = .auto,
    limits: GenerationLimits = GenerationLimits(), allowsUnknownKeywords: Bool = false,
    assertsFormats: Bool = true
  ) {
    self.schema = schema
    self.instructions = instructions
    self.examples = examples
    self.sampling = sampling
    self.budget = budget
    self.limits = limits
    self.allowsUnknownKeywords = allowsUnknownKeywords
    self.assertsFormats = assertsFormats
  }
}

extension ExtractionSettings {
  /// The names of the generation limits in queue.json.
  package static let limitNames = ["string", "items", "integer_digits", "fraction_digits", "depth"]

  /// Sets one generation limit by its name; returns whether there is such a limit.
  package mutating func setLimit(_ name: String, to value: Int) -> Bool {
    switch name {
    case "string": limits.string = value
    case "items": limits.items = value
    case "integer_digits": limits.integerDigits = value
    case "fraction_digits": limits.fractionDigits = value
    case "depth": limits.depth = value
    default: return false
    }
    return true
  }

  /// Creates settings with the limits of a queue that sets none.
  package init(schema: [UInt8], instructions: String) {
    self.init(
      schema: schema, instructions: instructions, examples: [], sampling: SamplingChoice(),
      budget: .auto, limits: GenerationLimits(), allowsUnknownKeywords: false,
      assertsFormats: true)
  }
}

/// A schema ready for masks and for judgement.
package final class CompiledSchema: Sendable {
  /// The digest of the schema's bytes.
  package let digest: Digest
  /// The schema as the prompt shows it: compact, in the user's order.
  package let generationText: String
  /// The schema of what the model writes, and the way back to the user's shape.
  package let generation: GenerationSchema
  /// The grammar that masks enforce.
  package let grammar: Grammar
  /// The rules that a finished output must satisfy.
  package let checks: CrossChecks
  /// What the schema says of single values.
  package let chosen: ChosenValues
  /// Whether masks bind strings to the document.
  package let hasQuotes: Bool
  /// The same of what the model writes.
  private let generated: ChosenValues
  private let validator: SchemaValidator

  /// Compiles a schema.
  ///
  /// - Throws: `JobFailure.schema` with the place of the first fault.
  package init(_ settings: ExtractionSettings) throws(JobFailure) {
    let bytes = settings.schema
    let document: JSONValue
    do throws(JSONError) {
      document = try JSONValue.parse(bytes)
    } catch { throw .schema(pointer: "", problem: "it is not JSON: \(error.description)") }
    let options = SchemaOptions(
      unknownKeywords: settings.allowsUnknownKeywords ? .allow : .refuse)
    var schema: Schema
    do throws(SchemaError) {
      schema = try Schema(document, options: options)
      validator = try SchemaValidator(
        schema, formats: settings.assertsFormats ? .assert : .annotate)
    } catch { throw .schema(pointer: "", problem: error.description) }
    checks = try CrossChecks(document)
    chosen = ChosenValues(document)
    generation = try GenerationSchema(
      document, abstention: settings.abstention, evidence: settings.evidence)
    hasQuotes = try VerbatimRules(generation.document).isUsed
    generated = ChosenValues(generation.document)
    if generation.isRewritten {
      do throws(SchemaError) {
        schema = try Schema(generation.document, options: options)
      } catch { throw .schema(pointer: "", problem: error.description) }
    }
    do throws(GrammarError) {
      grammar = try Grammar(
        schema, options: GrammarOptions(limits: settings.limits, whiteSpace: .separators))
    } catch { throw .schema(pointer: "", problem: error.description) }
    digest = SHA256.hash(bytes)
    generationText = generation.document.text
  }

  /// Returns whether the string at a path of what the model writes is a part of the document.
  package func isQuote(_ path: [String]) -> Bool {
    generated.isVerbatim(JSONPointer(steps: path))
  }

  /// Returns the first way in which a value fails the schema, nil if it is valid.
  package func firstViolation(of value: JSONValue) -> (pointer: String, problem: String)? {
    do throws(SchemaError) {
      guard let violation = try validator.violations(of: value, limit: 1).first else { return nil }
      return (violation.instance, "\"\(violation.keyword)\" at \(violation.schema) is violated")
    } catch { return (error.pointer ?? "", error.description) }
  }
}

extension CompiledSchema {
  /// Returns the value of an answer that is to be made anew: one that breaks a schema of which the masks hold
  /// a part only.
  ///
  /// A part inside of what the model writes around a value is not found, and then nothing is repaired.
  func repair(of bytes: [UInt8]) -> AnswerRepair? {
    guard grammar.report.checksAfter, let value = try? JSONValue.parse(bytes) else { return nil }
    let restored = generation.restore(value)
    guard restored.missing.isEmpty,
      let violation = try? validator.violations(of: restored.output, limit: 1).first
    else { return nil }
    return AnswerRepair(bytes, pointer: violation.instance, keyword: violation.keyword)
  }
}

/// A cache of compiled schemas by content.
package final class SchemaLibrary: Sendable {
  private struct Key: Hashable {
    var schema: [UInt8]
    var limits: GenerationLimits
    var allowsUnknownKeywords: Bool
    var assertsFormats: Bool
    var abstention: Abstention
    var evidence: EvidenceMode
  }

  private let compiled = Mutex<[Key: Result<CompiledSchema, JobFailure>]>([:])

  /// Creates an empty library.
  package init() {}

  /// Returns the compiled schema of some settings, compiling it at the first call.
  ///
  /// - Throws: `JobFailure.schema` with the place of the first fault, at every call alike.
  package func compiled(_ settings: ExtractionSettings) throws(JobFailure) -> CompiledSchema {
    let key = Key(
      schema: settings.schema, limits: settings.limits,
      allowsUnknownKeywords: settings.allowsUnknownKeywords,
      assertsFormats: settings.assertsFormats, abstention: settings.abstention,
      evidence: settings.evidence)
    let result = compiled.withLock { cache -> Result<CompiledSchema, JobFailure> in
      if let known = cache[key] { return known }
      let result: Result<CompiledSchema, JobFailure>
      do throws(JobFailure) {
        result = .success(try CompiledSchema(settings))
      } catch { result = .failure(error) }
      cache[key] = result
      return result
    }
    return try result.get()
  }
}
