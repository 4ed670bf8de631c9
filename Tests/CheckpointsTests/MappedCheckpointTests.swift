// Opening checkpoints by path.

import Checkpoints
import Foundation
import Tensors
import Testing

@Suite struct MappedCheckpointTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func path(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = folder.appending(path: name)
    try Data(bytes).write(to: file)
    return file.path()
  }

  private static let safetensors: [UInt8] = {
    let header = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
    return GGUFBytes.word(UInt64(header.utf8.count)) + Array(header.utf8)
      + [UInt8](repeating: 0, count: 8)
  }()

  private func sentence(_ path: String) -> String {
    do throws(CheckpointError) {
      _ = try MappedCheckpoint.open(path)
      return "it opened"
    } catch {
      return error.description
    }
  }

  @Test func theFirstBytesDecideTheFormat() throws {
    let gguf = try MappedCheckpoint.open(path("anything.bin", GGUFBytes.sample.bytes))
    #expect(gguf.format == .gguf)
    #expect(gguf.tensor(named: "first")?.decoded() == [1, 2, 3, 4, 5, 6, 7, 8])
    _ = try path("config.json", Array(#"{"model_type":"llama"}"#.utf8))
    let file = try path("model.safetensors", Self.safetensors)
    for place in [file, folder.path()] {
      let safetensors = try MappedCheckpoint.open(place)
      #expect(safetensors.format == .safetensors)
      #expect(safetensors.metadata["model_type"]?.text == "llama")
    }
    try FileManager.default.removeItem(at: folder)
  }

  @Test func whatIsNotACheckpointGetsOneClearLine() throws {
    let empty = try path("empty", [])
    #expect(sentence(empty).hasSuffix("is not usable: it is neither GGUF nor safetensors"))
    let junk = try path("junk", Array("hello, this is text".utf8))
    #expect(sentence(junk).hasSuffix("is not usable: it is neither GGUF nor safetensors"))
    #expect(sentence(folder.path() + "/none").contains("cannot be read: "))
    #expect(sentence(folder.path()).contains("cannot be read: "))
    let alone = try path("alone.safetensors", Self.safetensors)
    #expect(sentence(alone).contains("has no config.json beside it"))
    try FileManager.default.removeItem(at: folder)
  }
}
