// The envelope of a job: one JSON file that travels through the folders and never changes.

package import Digests
import JSON
import Posix

/// What is known of a job from its acceptance on.
package struct Envelope: Equatable, Sendable {
  /// What the job is.
  package enum Kind: Equatable, Sendable {
    /// A document to be read.
    case document
    /// A drop whose work was accepted before; `of` is the first job.
    case duplicate(of: JobID)
    /// A drop that cannot be a document.
    case quarantined(Rejection)
  }

  /// The job.
  package let job: JobID
  /// The queue.
  package let queue: SpoolName
  /// What the job is.
  package let kind: Kind
  /// The key of the work.
  package let key: Digest
  /// The name of this job's entry in `keys/`: the key, or a name of its own for other kinds.
  package let entry: Digest
  /// 0 to 9; jobs of a lower number run first.
  package let priority: Int
  /// When it was accepted, milliseconds since 1970.
  package let acceptedMilliseconds: Int64
  /// The hash of the document; absent where none was stored.
  package let document: Digest?
  /// The drop.
  package let identity: DropIdentity

  /// The name of the dropped file for people, with replacement characters where needed.
  package var name: String { identity.name.text }

  /// The file name in its folder.
  package var file: JobName { JobName(priority: priority, job: job) }
}

/// Why a drop cannot be a document.
package struct Rejection: Hashable, Sendable {
  /// The error code, such as `input.too_large`.
  package let code: String
  /// A sentence for a person, with the next step.
  package let message: String

  /// Creates a reason.
  package init(code: String, message: String) {
    self.code = code
    self.message = message
  }
}

extension Envelope {
  /// The longest envelope that is read.
  static let byteLimit = 1 << 16

  /// The JSON text with a final line feed.
  package var bytes: [UInt8] {
    var input: JSONValue = [
      "name": .string(identity.name.text), "sha256": document.map { .string($0.hex) } ?? nil,
      "bytes": .number(JSONNumber(identity.byteCount)),
    ]
    if identity.name.exactText == nil {
      input = input.adding("name_bytes", .string(hexText(identity.name.bytes)))
    }
    var value: JSONValue = [
      "v": 1, "type": "job", "job": .string(job.text), "queue": .string(queue.text),
      "kind": "document",
      "key": .string(key.prefixed), "entry": .string(entry.prefixed),
      "priority": .number(JSONNumber(priority)),
      "accepted": .string(Moment(milliseconds: acceptedMilliseconds).description),
      "accepted_ms": .number(JSONNumber(Int(acceptedMilliseconds))), "input": input,
      "identity": [
        "device": .number(JSONNumber(Int(clamping: identity.device))),
        "inode": .number(JSONNumber(Int(clamping: identity.inode))),
        "bytes": .number(JSONNumber(identity.byteCount)),
        "modified": .string(String(identity.modifiedNanoseconds)),
        "name": .string(identity.name.text),
      ],
    ]
    switch kind {
    case .document: break
    case .duplicate(let first):
      value = value.adding("kind", "duplicate").adding("of", .string(first.text))
    case .quarantined(let reason):
      value = value.adding("kind", "quarantined").adding(
        "reason", ["code": .string(reason.code), "message": .string(reason.message)])
    }
    return value.bytes + [UInt8(ascii: "\n")]
  }

  /// Reads an envelope, or returns nil for anything that the writer above would not leave.
  package init?(bytes: [UInt8]) {
    guard bytes.last == UInt8(ascii: "\n"),
      let value = try? JSONValue.parse(
        Array(bytes.dropLast()), limits: JSONLimits(depth: 8, byteCount: Self.byteLimit)),
      value["v"]?.int == 1,
      let job = value["job"]?.string.flatMap({ JobID($0) }),
      let queueText = value["queue"]?.string, let queue = try? SpoolName(queueText),
      let key = value["key"]?.string.flatMap({ Digest(prefixed: $0) }),
      let entry = value["entry"]?.string.flatMap({ Digest(prefixed: $0) }),
      let priority = value["priority"]?.int, let accepted = value["accepted_ms"]?.int,
      let input = value["input"], let nameText = input["name"]?.string,
      let byteCount = input["bytes"]?.int,
      let device = value["identity"]?["device"]?.int.flatMap({ UInt64(exactly: $0) }),
      let inode = value["identity"]?["inode"]?.int.flatMap({ UInt64(exactly: $0) }),
      let modified = value["identity"]?["modified"]?.string.flatMap({ Int64($0) })
    else { return nil }
    let nameBytes = input["name_bytes"]?.string.map(bytesOfHex) ?? Array(nameText.utf8)
    guard let nameBytes else { return nil }
    switch value["kind"]?.string {
    case "document": kind = .document
    case "duplicate":
      guard let first = value["of"]?.string.flatMap({ JobID($0) }) else { return nil }
      kind = .duplicate(of: first)
    case "quarantined":
      guard let code = value["reason"]?["code"]?.string,
        let message = value["reason"]?["message"]?.string
      else { return nil }
      kind = .quarantined(Rejection(code: code, message: message))
    default: return nil
    }
    self.job = job
    self.queue = queue
    self.key = key
    self.entry = entry
    self.priority = priority
    acceptedMilliseconds = Int64(accepted)
    document = input["sha256"]?.string.flatMap { Digest(hex: $0) }
    identity = DropIdentity(
      device: device, inode: inode, byteCount: byteCount, modifiedNanoseconds: modified,
      name: FilePath(bytes: nameBytes))
  }
}

extension JSONValue {
  /// Returns this object with a member set.
  fileprivate func adding(_ key: String, _ value: JSONValue) -> JSONValue {
    var members = object ?? JSONObject()
    members[key] = value
    return .object(members)
  }
}

/// Spells bytes as hexadecimal digits.
private func hexText(_ bytes: [UInt8]) -> String {
  bytes.map { byte in
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0" + digits : digits
  }.joined()
}

/// Reads hexadecimal digits.
private func bytesOfHex(_ text: String) -> [UInt8]? {
  let digits = Array(text.utf8).map { UInt8(String(UnicodeScalar($0)), radix: 16) }
  guard digits.count % 2 == 0 else { return nil }
  var bytes: [UInt8] = []
  for index in stride(from: 0, to: digits.count, by: 2) {
    guard let high = digits[index], let low = digits[index + 1] else { return nil }
    bytes.append(high << 4 | low)
  }
  return bytes
}
