// The validator as the judge of the bench: whole texts, no tokens, no times.

import JSON
import JSONSchema
import Posix

/// A judge that parses and validates finished texts.
struct ValidatorBench: MaskBenchJudge {
  let reading: MaskBenchReading

  func answer(_ request: MaskBenchCase) -> JSONValue {
    let clock = SystemClock()
    var reply = JSONObject()
    reply["id"] = request.id
    let started = clock.monotonicNanoseconds
    do throws(SchemaError) {
      let validator = try SchemaValidator(
        reading.schema(request.schema), formats: reading.assertsFormats ? .assert : .annotate)
      let ended = clock.monotonicNanoseconds
      reply["compile"] = MaskBenchReply.compilation(ended - started, error: nil)
      reply["first_mask_ns"] = 0
      reply["instances"] = .array(request.instances.map { Self.judge($0, validator) })
    } catch {
      let ended = clock.monotonicNanoseconds
      reply["compile"] = MaskBenchReply.compilation(ended - started, error: error.description)
    }
    return .object(reply)
  }

  private static func judge(
    _ instance: MaskBenchCase.Instance, _ validator: SchemaValidator
  ) -> JSONValue {
    var reply = JSONObject()
    var isValid = false
    // A text that is no JSON is not valid; one that no verdict is found for is an error.
    if let value = try? JSONValue.parse(instance.text) {
      do throws(SchemaError) {
        isValid = try validator.verdict(on: value)
      } catch { reply["error"] = .string(error.description) }
    }
    reply["accepted"] = .number(JSONNumber(isValid ? instance.tokens.count : 0))
    reply["complete"] = .bool(isValid)
    reply["mask_ns"] = []
    reply["accept_ns"] = []
    return .object(reply)
  }
}
