// The last look at an answer, by a parser and a validator that share nothing with the masks.

package import JSON
import JSONSchema

/// The check that every answer passes before it is written.
package enum RecordCheck {
  /// Returns the one JSON value that bytes spell, if a schema accepts it.
  ///
  /// - Throws: `JobFailure.outputInvalid` with the place of the first violation.
  package static func check(
    _ bytes: [UInt8], against schema: CompiledSchema
  ) throws(JobFailure)
    -> JSONValue
  {
    let value = try parse(bytes)
    try judge(value, against: schema)
    return value
  }

  /// Returns the one JSON value that bytes spell.
  ///
  /// - Throws: `JobFailure.outputInvalid`.
  package static func parse(_ bytes: [UInt8]) throws(JobFailure) -> JSONValue {
    do throws(JSONError) {
      return try JSONValue.parse(bytes)
    } catch { throw .outputInvalid(pointer: "", problem: error.description) }
  }

  /// Checks that a schema accepts a value.
  ///
  /// - Throws: `JobFailure.outputInvalid` with the place of the first violation.
  package static func judge(
    _ value: JSONValue, against schema: CompiledSchema
  ) throws(JobFailure) {
    if let violation = schema.firstViolation(of: value) {
      throw .outputInvalid(pointer: violation.pointer, problem: violation.problem)
    }
  }
}
