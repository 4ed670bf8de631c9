// Checkpoints in several files, and weights whose factors lie in tensors of their own.

import Checkpoints
import Foundation
import Tensors
import Testing

@Suite struct ShardTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private static func file(_ header: String, data: [UInt8]) -> [UInt8] {
    GGUFBytes.word(UInt64(header.utf8.count)) + Array(header.utf8) + data
  }

  private func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: folder.appending(path: name))
  }

  private func outcome(_ name: String = "") -> String {
    do throws(CheckpointError) {
      let checkpoint = try MappedCheckpoint.open(folder.path() + (name.isEmpty ? "" : "/" + name))
      return "opened \(checkpoint.tensorNames.count)"
    } catch { return error.description }
  }

  // MARK: Safetensors

  private static func one(_ name: String, _ values: [Float]) -> [UInt8] {
    file(
      #"{"\#(name)":{"dtype":"F32","shape":[\#(values.count)],"data_offsets":[0,"#
        + #"\#(4 * values.count)]}}"#, data: F32Format.encoded(values))
  }

  @Test func shardsMakeOneCheckpoint() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try write("config.json", Array(#"{"model_type":"llama"}"#.utf8))
    try write("a.safetensors", Self.one("x", [1, 2]))
    try write("b.safetensors", Self.one("y", [3]))
    let index = "model.safetensors.index.json"
    try write(index, Array(#"{"weight_map":{"y":"b.safetensors","x":"a.safetensors"}}"#.utf8))
    let checkpoint = try MappedCheckpoint.open(folder.path())
    #expect(checkpoint.tensorNames == ["x", "y"] && checkpoint.tensorByteCount == 12)
    #expect(checkpoint.tensor(named: "y")?.decoded() == [3])
    var pieces = 0
    checkpoint.withHeader { _ in pieces += 1 }
    #expect(pieces == 3)

    for (text, sentence) in [
      (#"{"weight_map":{"x":"../a.safetensors"}}"#, "the file of x is not a name"),
      (#"{"weight_map":{"x":".."}}"#, "the file of x is not a name"),
      (#"{"weight_map":{"x":1}}"#, "the file of x is not a name"),
      (#"{"weight_map":{}}"#, "its weight_map is empty"),
      ("{}", "it has no weight_map"),
      ("[", "its header is wrong"),
      (#"{"weight_map":{"x":"c.safetensors"}}"#, "cannot be read"),
      (#"{"weight_map":{"z":"a.safetensors"}}"#, "tensor z is not in a.safetensors"),
    ] {
      try write(index, Array(text.utf8))
      #expect(outcome().contains(sentence), "\(text): \(outcome())")
    }
    try write("b.safetensors", Self.one("x", [3]))
    try write(index, Array(#"{"weight_map":{"y":"b.safetensors","x":"a.safetensors"}}"#.utf8))
    #expect(outcome().contains("'x' stands twice"))
  }

  // MARK: Factors

  private static func scaled(
    _ type: String, _ shape: String, _ count: Int, scale: String, _ scaleShape: String,
    _ scaleCount: Int, name: String = "w.scale"
  ) -> [UInt8] {
    file(
      #"{"w.weight":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":[0,\#(count)]},"#
        + #""\#(name)":{"dtype":"\#(scale)","shape":\#(scaleShape),"data_offsets":[\#(count),"#
        + #"\#(count + scaleCount)]}}"#,
      data: [UInt8](repeating: 0x38, count: count) + [UInt8](repeating: 128, count: scaleCount))
  }

  private func view(_ bytes: [UInt8], config: String = "{}") throws(CheckpointError) -> TensorView?
  {
    try SafetensorsCheckpoint(
      file: "m", owner: OwnedBytes(bytes), configuration: Array(config.utf8)
    ).tensor(named: "w.weight")
  }

  @Test func weightsCarryTheirFactors() throws {
    let eight = try #require(
      try view(Self.scaled("F8_E4M3", "[129,3]", 387, scale: "F8_E8M0", "[2,1]", 2)))
    #expect(eight.type == .e4m3 && eight.decoded()?.allSatisfy { $0 == 2 } == true)
    let four = try #require(try view(Self.scaled("I8", "[2,32]", 64, scale: "F8_E8M0", "[2,2]", 4)))
    #expect(four.type == .e2m1 && four.shape == Shape([2, 64]))
    #expect(four.decoded()?.prefix(2) == [-0, 3])
    let floats = try #require(
      try view(
        Self.scaled("F8_E4M3", "[2,3]", 6, scale: "F32", "[1,1]", 4, name: "w.weight_scale_inv")))
    #expect(floats.scales?.type == .f32)
    let plain = try #require(
      try view(Self.scaled("I8", "[2,32]", 64, scale: "F32", "[1]", 4, name: "v")))
    #expect(plain.type == .i8)
  }

  @Test func factorsThatDoNotFitAreNamed() {
    for (bytes, sentence) in [
      (
        Self.scaled("F8_E4M3", "[129,3]", 387, scale: "F8_E8M0", "[1,2]", 2), "tensor 'w.scale': it"
      ),
      (Self.scaled("F8_E4M3", "[387]", 387, scale: "F8_E8M0", "[2,1]", 2), "tensor 'w.weight': a"),
      (
        Self.scaled("F8_E4M3", "[2,3]", 6, scale: "F8_E8M0", "[1,1]", 1, name: "v.scale"),
        "tensor 'w.weight': the tensor of its scales is missing"
      ),
      (Self.scaled("F8_E4M3", "[2,3]", 6, scale: "BF16", "[1,1]", 2), "tensor 'w.scale' is stored"),
      (Self.scaled("I8", "[2,8]", 16, scale: "F8_E8M0", "[2,1]", 2), "tensor 'w.weight': rows of"),
    ] {
      do throws(CheckpointError) {
        _ = try view(bytes)
        Issue.record("it opened")
      } catch { #expect(error.description.contains(sentence), "\(error)") }
    }
    let good = Self.scaled("F8_E4M3", "[2,3]", 6, scale: "F8_E8M0", "[1,1]", 1)
    let config = #"{"quantization_config":{"weight_block_size":[64,64]}}"#
    #expect(throws: CheckpointError.self) { try view(good, config: config) }
  }

  // MARK: GGUF

  private static func part(
    _ number: UInt64?, of count: UInt64?, tensor: String, total: UInt64? = nil
  ) -> [UInt8] {
    var file = GGUFBytes()
    for (key, value) in [
      ("split.no", number), ("split.count", count), ("split.tensors.count", total),
    ] {
      if let value { file.settings.append((key, 10, GGUFBytes.word(value))) }
    }
    file.tensors = [GGUFBytes.Tensor(name: tensor, dimensions: [8], type: 0, offset: 0)]
    file.data = F32Format.encoded([1, 2, 3, 4, 5, 6, 7, 8])
    return file.bytes
  }

  @Test func partsMakeOneCheckpoint() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let first = "m-00001-of-00002.gguf"
    let second = "m-00002-of-00002.gguf"
    try write(first, Self.part(0, of: 2, tensor: "a", total: 2))
    try write(second, Self.part(1, of: 2, tensor: "b"))
    let checkpoint = try MappedCheckpoint.open(folder.path() + "/" + first)
    #expect(checkpoint.tensorNames == ["a", "b"] && checkpoint.tensorByteCount == 64)
    #expect(checkpoint.tensor(named: "b")?.decoded()?.count == 8)

    #expect(outcome(second).contains("'split.no' is '1', expected 0"))
    for (bytes, sentence) in [
      (Self.part(0, of: 2, tensor: "b"), "'split.no' is '0', expected 1"),
      (Self.part(1, of: 3, tensor: "b"), "'split.count' is '3', expected 2"),
      (Self.part(nil, of: 2, tensor: "b"), "'split.no' is 'nothing', expected 1"),
      (Self.part(1, of: 2, tensor: "a"), "'a' stands twice"),
    ] {
      try write(second, bytes)
      #expect(outcome(first).contains(sentence), "\(outcome(first))")
    }
    try write(second, Self.part(1, of: 2, tensor: "b"))
    try write(first, Self.part(0, of: 2, tensor: "a", total: 3))
    #expect(outcome(first).contains("'split.tensors.count' is '3'"))
    try FileManager.default.removeItem(at: folder.appending(path: second))
    #expect(outcome(first).contains("cannot be read"))
    try write("m-00001-of-99999.gguf", Self.part(0, of: 99_999, tensor: "a"))
    #expect(outcome("m-00001-of-99999.gguf").contains("99999 parts"))
  }
}
