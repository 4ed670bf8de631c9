// From a path to an opened checkpoint: the first bytes decide the format, not the name.

import JSON
import Posix
import Tensors

/// Model files as mapped memory.
package enum MappedCheckpoint {
  /// The longest config.json.
  static let configurationLimit = 16 << 20
  /// The greatest number of parts of a split GGUF file.
  static let partLimit = 4096

  /// Opens a GGUF file, a safetensors file, or a folder with a model of either kind in it.
  ///
  /// In a folder `model.safetensors` goes before `model.safetensors.index.json` with its files, and
  /// that before `model.gguf`. A safetensors file needs its config.json in the same folder; of a
  /// split GGUF file the first part is named. Files are mapped, not read.
  package static func open(_ path: String) throws(CheckpointError) -> any Checkpoint {
    var path = path
    if isFolder(path) {
      let safetensors = path + "/model.safetensors"
      if !exists(safetensors), exists(path + "/" + indexName) { return try openShards(path) }
      path = exists(safetensors) ? safetensors : path + "/model.gguf"
    }
    let owner = try map(path)
    let magic = owner.withSpan { bytes in
      bytes.count >= 4 ? littleEndian(bytes, 0..<4) : 0
    }
    if magic == 0x4655_4747 { return try GGUFCheckpoint(parts: try parts(path, owner)) }

    // A safetensors header begins with a brace behind its length.
    let looksRight = owner.withSpan { $0.count > 8 && $0[8] == 0x7B }
    guard looksRight else { throw .malformed(file: path, .notACheckpoint) }
    let folder = FilePath(path).parent?.text ?? "."
    return try SafetensorsCheckpoint(
      file: path, owner: owner, configuration: try configuration(in: folder, for: path))
  }

  private static let indexName = "model.safetensors.index.json"

  private static func configuration(
    in folder: String, for file: String
  ) throws(CheckpointError) -> [UInt8] {
    let path = "\(folder)/config.json"
    guard exists(path) else { throw .missingConfiguration(file: file) }
    return try text(path, limit: configurationLimit)
  }

  /// Reads a file of JSON whole.
  private static func text(_ path: String, limit: Int) throws(CheckpointError) -> [UInt8] {
    let owner = try map(path)
    guard owner.byteCount <= limit else {
      throw .malformed(
        file: path,
        .tooMany(what: "bytes of settings", count: UInt64(owner.byteCount), limit: limit))
    }
    return owner.withSpan { span in span.indices.map { span[$0] } }
  }

  /// Opens the files that an index names.
  private static func openShards(_ folder: String) throws(CheckpointError) -> any Checkpoint {
    let path = "\(folder)/\(indexName)"
    let index: SafetensorsIndex
    let bytes = try text(path, limit: SafetensorsIndex.byteLimit)
    do throws(CheckpointFlaw) {
      index = try SafetensorsIndex(bytes)
    } catch { throw .malformed(file: path, error) }
    var shards: [SafetensorsShard] = []
    for file in index.files {
      let place = "\(folder)/\(file)"
      shards.append(SafetensorsShard(file: place, owner: try map(place)))
    }
    let checkpoint = try SafetensorsCheckpoint(
      file: path, shards: shards, configuration: try configuration(in: folder, for: path))
    for (name, file) in index.fileOf where !checkpoint.has(name) {
      throw .malformed(
        file: path, .badHeader(reason: "tensor \(name) is not in \(file), where it should be"))
    }
    return checkpoint
  }

  /// Returns a GGUF file and, if its name says that it is the first of several, the others.
  private static func parts(
    _ path: String, _ owner: any ByteOwner
  ) throws(CheckpointError) -> [GGUFPart] {
    let first = GGUFPart(file: path, owner: owner)
    // NAME-00001-of-00003.gguf
    let name = Array(path.utf8)
    let tail = Array("-00001-of-".utf8)
    let digits = name.count - 10
    guard digits >= tail.count, Array(name[(digits - tail.count)..<digits]) == tail,
      Array(name[(digits + 5)...]) == Array(".gguf".utf8),
      let count = Int(String(decoding: name[digits..<digits + 5], as: UTF8.self)), count > 1
    else { return [first] }
    guard count <= partLimit else {
      throw .malformed(
        file: path, .tooMany(what: "parts", count: UInt64(count), limit: partLimit))
    }
    func padded(_ number: Int) -> String {
      let text = "\(number)"
      return String(repeating: "0", count: max(0, 5 - text.utf8.count)) + text
    }
    var parts = [first]
    let stem = String(decoding: name[..<(digits - tail.count)], as: UTF8.self)
    for number in 2...count {
      let file = "\(stem)-\(padded(number))-of-\(padded(count)).gguf"
      parts.append(GGUFPart(file: file, owner: try map(file)))
    }
    return parts
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

  func release(_ range: Range<Int>) { file.release(range) }
}
