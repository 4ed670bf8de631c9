// Reading well-formed GGUF files.

import Checkpoints
import Tensors
import Testing

@Suite struct GGUFTests {
  @Test(arguments: [UInt32(2), 3])
  func everyKindOfValueIsRead(version: UInt32) throws {
    var sample = GGUFBytes.sample
    sample.version = version
    let metadata = try openGGUF(sample.bytes).metadata
    #expect(metadata["general.architecture"]?.text == "llama")
    #expect(metadata["u8"]?.integer == 200)
    #expect(metadata["i8"]?.integer == -2)
    #expect(metadata["u16"]?.integer == 513)
    #expect(metadata["i16"]?.integer == -1)
    #expect(metadata["u32"]?.integer == 70_000)
    #expect(metadata["i32"]?.integer == -5)
    #expect(metadata["f32"]?.double == 1.5)
    #expect(metadata["yes"]?.bool == true)
    #expect(metadata["u64"]?.integer == 1 << 40)
    #expect(metadata["i64"]?.integer == -6)
    #expect(metadata["f64"]?.double == -0.25)
    #expect(metadata["texts"]?.texts?.strings() == ["a", "", "löb"])
    #expect(metadata["texts"]?.texts?.bytes() == [[97], [], Array("löb".utf8)])
    #expect(metadata["numbers"]?.numbers?.integers() == [7, -1])
    #expect(metadata["floats"]?.numbers?.doubles() == [0.5])
    #expect(metadata["floats"]?.numbers?.integers() == nil)
    #expect(metadata["absent"] == nil)
    #expect(metadata.keys.count == sample.settings.count)
  }

  @Test func valuesOfOtherTypesAreNotConverted() throws {
    let metadata = try openGGUF(GGUFBytes.sample.bytes).metadata
    #expect(metadata["general.architecture"]?.integer == nil)
    #expect(metadata["f32"]?.integer == nil)
    #expect(metadata["u8"]?.text == nil)
    #expect(metadata["texts"]?.numbers == nil)
    #expect(metadata["u8"]?.bool == nil)
  }

  @Test func tensorsAreViewsOfTheFile() throws {
    let checkpoint = try openGGUF(GGUFBytes.sample.bytes)
    #expect(checkpoint.tensorNames == ["first", "second"])
    let first = try #require(checkpoint.tensor(named: "first"))
    #expect(first.shape == Shape([2, 4]))
    #expect(first.decoded() == [1, 2, 3, 4, 5, 6, 7, 8])
    let second = try #require(checkpoint.tensor(named: "second"))
    #expect(second.type == .q8_0)
    let ones = try #require(second.decoded())
    #expect(ones.allSatisfy { abs($0 - 1) < 0.01 })
    #expect(checkpoint.tensor(named: "third") == nil)
    #expect(checkpoint.tensorByteCount == 32 + 34)
  }

  @Test func anotherAlignmentMovesTheData() throws {
    var sample = GGUFBytes.sample
    sample.alignment = 64
    sample.settings.append(("general.alignment", 4, GGUFBytes.word(UInt32(64))))
    sample.tensors[1].offset = 64
    sample.data.insert(contentsOf: [UInt8](repeating: 9, count: 32), at: 32)
    let checkpoint = try openGGUF(sample.bytes)
    #expect(checkpoint.tensor(named: "first")?.decoded() == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(checkpoint.tensor(named: "second")?.decoded()?.count == 32)
  }

  @Test func identifyingPiecesCoverHeaderAndEdges() throws {
    var file = GGUFBytes()
    let columns = 100_000
    file.tensors = [GGUFBytes.Tensor(name: "w", dimensions: [UInt64(columns)])]
    file.data = [UInt8](repeating: 0, count: 4 * columns)
    func pieces(_ bytes: [UInt8]) throws -> [UInt8] {
      var all: [UInt8] = []
      try openGGUF(bytes).forEachIdentifyingPiece { piece in
        for index in piece.indices { all.append(piece[index]) }
      }
      return all
    }
    let bytes = file.bytes
    let original = try pieces(bytes)
    #expect(original.count == 24 + 33 + 8 + 2 * (64 << 10))
    for changed in [bytes.count - 1, bytes.count - 4 * columns] {
      var other = bytes
      other[changed] ^= 1
      #expect(try pieces(other) != original)
    }
  }
}
