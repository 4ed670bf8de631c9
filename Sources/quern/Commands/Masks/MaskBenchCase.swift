// One case of the mask bench as it arrives, and what both judges do with its schema.

import JSON
import JSONSchema

/// Why a case cannot be answered at all.
struct MaskBenchFault: Error {
  /// The case's name, null if it cannot be read.
  let id: JSONValue
  /// What is wrong.
  let problem: String
}

/// A schema and texts to be judged under it.
struct MaskBenchCase {
  /// A text and the tokens that spell it.
  struct Instance {
    let text: String
    let tokens: [Int]
  }

  /// The name, given back in the reply.
  let id: JSONValue
  /// The schema as text, so that reading it is part of what is measured.
  let schema: [UInt8]
  /// The texts.
  let instances: [Instance]

  /// Reads a case.
  init(_ line: [UInt8]) throws(MaskBenchFault) {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue.parse(line)
    } catch {
      throw MaskBenchFault(
        id: Self.leadingID(line), problem: "the case cannot be read: \(error)")
    }
    id = value["id"] ?? .null
    guard let schema = value["schema"] else {
      throw MaskBenchFault(id: id, problem: "the case has no \"schema\"")
    }
    self.schema = schema.bytes
    var instances: [Instance] = []
    for instance in value["instances"]?.array ?? [] {
      let tokens = instance["tokens"]?.array ?? []
      let ids = tokens.compactMap(\.int)
      guard ids.count == tokens.count else {
        throw MaskBenchFault(id: id, problem: "a token is not a whole number")
      }
      instances.append(Instance(text: instance["text"]?.string ?? "", tokens: ids))
    }
    self.instances = instances
  }

  /// Returns the name of a case that is too deep to be read, if the name stands first.
  private static func leadingID(_ line: [UInt8]) -> JSONValue {
    let head = line.prefix(4096)
    for (place, byte) in head.enumerated() where byte == UInt8(ascii: ",") {
      let closed = Array(head[..<place]) + [UInt8(ascii: "}")]
      if let value = try? JSONValue.parse(closed) { return value["id"] ?? .null }
    }
    return .null
  }
}

/// How the bench reads schemas.
struct MaskBenchReading {
  /// The documents that references may lead to.
  let remotes: [String: JSONValue]
  /// Whether formats restrict strings.
  let assertsFormats: Bool

  /// Reads the text of a schema.
  func schema(_ text: [UInt8]) throws(SchemaError) -> Schema {
    let document: JSONValue
    do throws(JSONError) {
      document = try JSONValue.parse(text)
    } catch {
      throw .notASchema(pointer: "", found: "text that is no JSON")
    }
    return try Schema(
      document, options: SchemaOptions(unknownKeywords: .allow, documents: remotes))
  }
}

/// Who answers cases.
protocol MaskBenchJudge {
  /// Returns the reply to a case.
  func answer(_ request: MaskBenchCase) -> JSONValue
}

/// The parts of a reply that both judges write.
enum MaskBenchReply {
  /// Returns the part about the compilation.
  static func compilation(_ nanoseconds: Int64, error: String?) -> JSONValue {
    var object = JSONObject()
    object["ok"] = .bool(error == nil)
    object["ns"] = .number(JSONNumber(Int(nanoseconds)))
    if let error { object["error"] = .string(error) }
    return .object(object)
  }

  /// Returns a list of whole numbers.
  static func list(_ numbers: some Sequence<Int64>) -> JSONValue {
    .array(numbers.map { .number(JSONNumber(Int($0))) })
  }
}
