// What a judge says about a value that fails.

/// One way in which a value fails a schema.
package struct SchemaViolation: Equatable, Sendable {
  /// The place in the value.
  package let instance: String
  /// The place in the schema.
  package let schema: String
  /// The keyword that is violated.
  package let keyword: String
}
