// Safetensors files, right and wrong.

import Checkpoints
import JSON
import Tensors
import Testing

@Suite struct SafetensorsTests {
  private static let configuration =
    Array(
      #"{"model_type":"llama","rope_scaling":{"factor":8.0,"rope_type":"llama3"},"hidden_size":64,"#
        .utf8)
    + Array(
      #""eps":1e-05,"list":[1,2],"names":["a","b"],"mixed":[1,"a"],"none":null,"t":true}"#.utf8)

  private static func file(_ header: String, data: Int = 24) -> [UInt8] {
    GGUFBytes.word(UInt64(header.utf8.count)) + Array(header.utf8)
      + (0..<data).map { UInt8($0) }
  }

  private static let good =
    #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"#
    + #""b":{"dtype":"BF16","shape":[4],"data_offsets":[16,24]}}"#

  private func open(
    _ bytes: [UInt8], _ configuration: [UInt8] = configuration
  ) throws(CheckpointError) -> SafetensorsCheckpoint {
    try SafetensorsCheckpoint(
      file: "m.safetensors", owner: OwnedBytes(bytes), configuration: configuration)
  }

  @Test func tensorsAndSettingsAreRead() throws {
    let checkpoint = try open(Self.file(Self.good))
    #expect(checkpoint.tensorNames == ["a", "b"])
    #expect(checkpoint.tensor(named: "a")?.shape == Shape([2, 2]))
    #expect(checkpoint.tensor(named: "b")?.range.count == 8)
    #expect(checkpoint.tensor(named: "b")?.type == .bf16)
    let metadata = checkpoint.metadata
    #expect(metadata["model_type"]?.text == "llama")
    #expect(metadata["rope_scaling.factor"]?.double == 8)
    #expect(metadata["hidden_size"]?.integer == 64)
    #expect(metadata["eps"]?.double == 1e-5)
    #expect(metadata["list"]?.numbers?.integers() == [1, 2])
    #expect(metadata["names"]?.texts?.strings() == ["a", "b"])
    #expect(metadata["mixed"] == nil && metadata["none"] == nil)
    #expect(metadata["t"]?.bool == true)
  }

  @Test func theIdentityCoversTheConfiguration() throws {
    func identity(_ configuration: [UInt8]) throws -> [UInt8] {
      var all: [UInt8] = []
      try open(Self.file(Self.good), configuration).forEachIdentifyingPiece { piece in
        for index in piece.indices { all.append(piece[index]) }
      }
      return all
    }
    #expect(try identity(Self.configuration) != identity(Array("{}".utf8)))
  }

  static let wrong: [(String, String)] = [
    ("{", "its header is wrong"),
    ("[]", "its header is wrong: it is a JSON array"),
    (#"{"a":1}"#, "its header is wrong: tensor a lacks"),
    (#"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0]}}"#, "its header is wrong"),
    (#"{"a":{"dtype":"F32","shape":[2,-2],"data_offsets":[0,16]}}"#, "its header is wrong"),
    (#"{"a":{"dtype":"F32","shape":[2,1.5],"data_offsets":[0,16]}}"#, "its header is wrong"),
    (#"{"a":{"dtype":"F32","shape":[2,0],"data_offsets":[0,0]}}"#, "tensor 'a': a dimension is 0"),
    (#"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,12]}}"#, "tensor 'a' takes 12 bytes"),
    (#"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[16,32]}}"#, "tensor 'a' takes 16 bytes"),
    (#"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[16,0]}}"#, "tensor 'a' takes"),
    (
      #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,16]}}"#,
      "tensor 'a': its element"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,16]}}"#,
      "tensor 'a': its byte"
    ),
    (#"{"a":{"dtype":"F99","shape":[4],"data_offsets":[0,16]}}"#, "tensor 'a' is stored as 'F99'"),
    (#"{"":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, "the name at offset 8 is empty"),
    (
      #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#,
      "its header is wrong"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[4],"data_offsets":[8,24]}}"#,
      "tensors 'a' and 'b' share bytes"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,4],"data_offsets":[0,16]}}"#,
      "tensor 'a': it has 9"
    ),
  ]

  @Test(arguments: wrong)
  func aLyingHeaderGetsOneClearLine(header: String, sentence: String) throws {
    do throws(CheckpointError) {
      _ = try open(Self.file(header))
      Issue.record("it opened")
    } catch {
      let start = "model file m.safetensors is not usable: " + sentence
      #expect(error.description.hasPrefix(start), "\(error.description)")
    }
  }

  @Test func lengthsBeyondTheFileAreErrors() {
    for length in [UInt64.max, 1 << 63, 1 << 40, 1000] {
      #expect(throws: CheckpointError.self) { try open(GGUFBytes.word(length) + [123, 125]) }
    }
  }

  @Test func aBrokenConfigurationIsNamed() throws {
    for text in ["", "[1]", "{\"a\":", #"{"a":1,"a":2}"#, #"{"a":{"b":1},"a.b":2}"#] {
      do throws(CheckpointError) {
        _ = try open(Self.file(Self.good), Array(text.utf8))
        Issue.record("it opened: \(text)")
      } catch {
        #expect(error.description.hasPrefix("model file config.json of m.safetensors"))
      }
    }
  }

  @Test func truncationAtEveryByteIsAnError() {
    let bytes = Self.file(Self.good)
    for count in 0..<bytes.count {
      #expect(throws: CheckpointError.self) { try open(Array(bytes.prefix(count))) }
    }
  }

  @Test func randomFlipsNeverCrash() {
    var random = SplitMix(state: 5)
    let bytes = Self.file(Self.good)
    var refused = 0
    for _ in 0..<5000 {
      var wrong = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        wrong[index] = UInt8.random(in: 0...255, using: &random)
      }
      do throws(CheckpointError) {
        let checkpoint = try open(wrong)
        for name in checkpoint.tensorNames { _ = checkpoint.tensor(named: name)?.decoded() }
      } catch {
        refused += 1
      }
    }
    #expect(refused > 2500)
  }
}
