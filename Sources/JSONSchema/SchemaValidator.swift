// The judge of finished values. It reads the schema directly and knows nothing of masks.

package import JSON

/// A judge of finished values under one schema.
package struct SchemaValidator: Sendable {
  /// Whether formats restrict strings.
  package enum Formats: Sendable {
    case assert
    case annotate
  }

  /// The schema.
  package let schema: Schema
  private let plan: SchemaPlan
  private let formats: Formats
  private let limits: JudgementLimits

  /// Creates a judge.
  ///
  /// - Throws: `SchemaError` for a keyword that cannot be judged; none is ignored.
  package init(
    _ schema: Schema, formats: Formats = .assert, limits: JudgementLimits = JudgementLimits()
  ) throws(SchemaError) {
    self.schema = schema
    self.formats = formats
    self.limits = limits
    plan = try SchemaPlan(schema)
  }

  /// Returns the violations of a value, at most `limit` of them; none means valid.
  ///
  /// - Throws: `SchemaError` if a limit of judgements is reached.
  package func violations(
    of value: JSONValue, limit: Int = 16
  ) throws(SchemaError) -> [SchemaViolation] {
    var run = Judgement(
      plan, value, assertsFormats: formats == .assert, limits: limits, limit: max(1, limit))
    _ = run.run(schema.root)
    if let fault = run.fault { throw fault }
    return run.found
  }

  /// Returns whether a value satisfies the schema, or one node of it.
  ///
  /// - Throws: `SchemaError` if a limit of judgements is reached.
  package func verdict(
    on value: JSONValue, under id: SchemaID? = nil
  ) throws(SchemaError) -> Bool {
    var run = Judgement(
      plan, value, assertsFormats: formats == .assert, limits: limits, limit: 0)
    let holds = run.run(id ?? schema.root)
    if let fault = run.fault { throw fault }
    return holds
  }

  /// Returns whether a value is known to satisfy the schema; one beyond the limits is not.
  package func isValid(_ value: JSONValue) -> Bool { isValid(value, under: schema.root) }

  /// Returns whether a value is known to satisfy one node of the schema.
  package func isValid(_ value: JSONValue, under id: SchemaID) -> Bool {
    (try? verdict(on: value, under: id)) ?? false
  }
}
