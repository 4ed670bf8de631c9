// From a path to an opened checkpoint: the first bytes decide the format, not the name.

import JSON
import Posix
import Tensors

/// Model files as mapped memory.
package enum MappedCheckpoint {
  /// The longest config.json.
  static let configurationLimit = 16 << 20

  /// Opens a GGUF file, a safetensors file, or a folder with a file `model` of either kind in it.
  ///
  /// In a folder `model.safetensors` goes before `model.gguf`.
  /// A safetensors file needs its config.json in the same folder. Files are mapped, not read.
  package static func open(_ path: String) throws(CheckpointError) -> any Checkpoint {
    var path = path
    if isFolder(path) {
      let safetensors = path + "/model.safetensors"
      path = exists(safetensors) ? safetensors : path + "/model.gguf"
    }
    let owner = try map(path)
    let magic = owner.withSpan { bytes in
      bytes.count >= 4 ? littleEndian(bytes, 0..<4) : 0
    }
    if magic == 0x4655_4747 { return try GGUFCheckpoint(file: path, owner: owner) }

    // A safetensors header begins with a brace behind its length.
    let looksRight = owner.withSpan { $0.count > 8 && $0[8] == 0x7B }
    guard looksRight else { throw .malformed(file: path, .notACheckpoint) }
    let folder = FilePath(path).parent?.text ?? "."
    let configuration = "\(folder)/config.json"
    let settings: any ByteOwner
    do throws(CheckpointError) {
      settings = try map(configuration)
    } catch {
      throw .missingConfiguration(file: path)
    }
    guard settings.byteCount <= configurationLimit else {
      throw .malformed(
        file: configuration,
        .tooMany(
          what: "bytes of settings", count: UInt64(settings.byteCount), limit: configurationLimit))
    }
    let bytes = settings.withSpan { span in span.indices.map { span[$0] } }
    return try SafetensorsCheckpoint(file: path, owner: owner, configuration: bytes)
  }

  private static func isFolder(_ path: String) -> Bool { opens(path, .directory) }

  private static func exists(_ path: String) -> Bool { opens(path, .readNow) }

  private static func opens(_ path: String, _ mode: OpenMode) -> Bool {
    do throws(PosixError) {
      _ = try FileDescriptor.open(FilePath(path), mode)
      return true
    } catch {
      return false
    }
  }

  private static func map(_ path: String) throws(CheckpointError) -> any ByteOwner {
    do throws(PosixError) {
      return MappedBytes(try MappedFile(FilePath(path)))
    } catch {
      throw .unreadable(file: path, reason: error.errno?.description ?? "\(error)")
    }
  }
}

/// A mapped file as the owner of tensors.
private final class MappedBytes: ByteOwner {
  private let file: MappedFile

  init(_ file: MappedFile) { self.file = file }

  var byteCount: Int { file.byteCount }

  func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    // SAFETY: the mapping lives as long as this object.
    unsafe file.withBytes { unsafe body($0) }
  }
}
