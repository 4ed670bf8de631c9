// The key of a job: what makes two jobs the same work.

package import Digests
package import Posix

/// What a dropped file was at the moment of its acceptance.
package struct DropIdentity: Hashable, Sendable {
  /// The number of the file system.
  package let device: UInt64
  /// The number of the file within it.
  package let inode: UInt64
  /// The size in bytes.
  package let byteCount: Int
  /// The time of the last change, nanoseconds since 1970.
  package let modifiedNanoseconds: Int64
  /// The bare name.
  package let name: FilePath

  /// Describes a file by its status and name.
  package init(_ status: FileStatus, name: FilePath) {
    // As JSON integers, they have 63 bits.
    device = min(status.device, UInt64(Int.max))
    inode = min(status.inode, UInt64(Int.max))
    byteCount = status.byteCount
    modifiedNanoseconds = status.modifiedNanoseconds
    self.name = name
  }

  init(device: UInt64, inode: UInt64, byteCount: Int, modifiedNanoseconds: Int64, name: FilePath) {
    self.device = device
    self.inode = inode
    self.byteCount = byteCount
    self.modifiedNanoseconds = modifiedNanoseconds
    self.name = name
  }

  /// The identity as one field of a hash.
  var field: [UInt8] {
    Array("\(device) \(inode) \(byteCount) \(modifiedNanoseconds) ".utf8) + name.bytes
  }
}

/// What tells two drops of the same document apart.
package enum Dedupe: String, Hashable, Sendable, CaseIterable {
  /// Nothing: the same content is the same job.
  case content
  /// The file name.
  case name
  /// Every drop is a job of its own.
  case off
}

/// The bytes that decide whether two documents are the same work.
package struct KeyMaterial: Sendable {
  /// The queue.
  package let queue: SpoolName
  /// The canonical bytes of the settings that can change a record.
  package let settings: [UInt8]
  /// The bytes of the schema file.
  package let schema: [UInt8]
  /// The bytes of the examples file, empty without one.
  package let examples: [UInt8]

  /// Creates the material.
  package init(queue: SpoolName, settings: [UInt8], schema: [UInt8], examples: [UInt8]) {
    self.queue = queue
    self.settings = settings
    self.schema = schema
    self.examples = examples
  }

  /// Returns the key of one document, or of one row of it.
  package func key(
    document: Digest, row: Int? = nil, customID: String? = nil, dedupe: Dedupe,
    identity: DropIdentity
  ) -> Digest {
    var hash = SHA256()
    hash.update(field: Array("quern key 1".utf8))
    hash.update(field: Array(queue.text.utf8))
    hash.update(field: settings)
    hash.update(field: schema)
    hash.update(field: examples)
    hash.update(field: document.bytes)
    hash.update(field: row.map { Array(String($0).utf8) } ?? [])
    hash.update(field: customID.map { Array($0.utf8) } ?? [])
    switch dedupe {
    case .content: break
    case .name: hash.update(field: identity.name.bytes)
    case .off: hash.update(field: identity.field)
    }
    return hash.digest()
  }
}

/// Returns the name of the entry in `keys/` for a drop that is no new work.
func dropEntry(_ label: String, queue: SpoolName, identity: DropIdentity) -> Digest {
  var hash = SHA256()
  hash.update(field: Array("quern drop 1 \(label)".utf8))
  hash.update(field: Array(queue.text.utf8))
  hash.update(field: identity.field)
  return hash.digest()
}
