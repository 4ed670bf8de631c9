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
    let value = try? JSONValue.parse(instance.text)
    let isValid = value.map { validator.isValid($0) } ?? false
    return [
      "accepted": .number(JSONNumber(isValid ? instance.tokens.count : 0)),
      "complete": .bool(isValid), "mask_ns": [], "accept_ns": [],
    ]
  }
}
