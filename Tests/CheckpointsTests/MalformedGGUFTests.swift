// GGUF files that lie: each ends in one clear error, never in a crash.

import Checkpoints
import Tensors
import Testing

@Suite struct MalformedGGUFTests {
  /// A wrong file with the start of the sentence that names what is wrong.
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let bytes: [UInt8]
    let sentence: String
    var testDescription: String { name }

    init(_ name: String, _ sentence: String, _ change: (inout GGUFBytes) -> Void) {
      self.name = name
      self.sentence = sentence
      var file = GGUFBytes.sample
      change(&file)
      bytes = file.bytes
    }
  }

  private static let huge = UInt64.max
  private static func array(_ type: UInt32, _ count: UInt64) -> [UInt8] {
    GGUFBytes.word(type) + GGUFBytes.word(count)
  }

  static let cases: [Case] = [
    // Header
    Case("other magic", "it is neither GGUF") { $0.magic = Array("GGML".utf8) },
    Case("version 0", "it is GGUF version 0") { $0.version = 0 },
    Case("version 1", "it is GGUF version 1") { $0.version = 1 },
    Case("version 4", "it is GGUF version 4") { $0.version = 4 },
    Case("big-endian", "it is a big-endian") { $0.version = UInt32(3).byteSwapped },
    Case("huge tensor count", "it claims 18446744073709551615 tensors") { $0.tensorCount = huge },
    Case("negative tensor count", "it claims 9223372036854775808 tensors") {
      $0.tensorCount = 1 << 63
    },
    Case("more tensors than listed", "the name at offset 497 is empty") { $0.tensorCount = 3 },
    Case("huge setting count", "it claims") { $0.settingCount = huge },
    Case("one setting too many", "") { $0.settingCount = 16 },
    // Settings
    Case("huge key", "it claims 18446744073709551615 bytes of a key") {
      $0.settings.insert(("", 0, []), at: 0)
      $0.magic +=
        GGUFBytes.word(UInt32(3)) + GGUFBytes.word(UInt64(0)) + GGUFBytes.word(UInt64(1))
        + GGUFBytes.word(huge)
    },
    Case("empty key", "the name at offset 24 is empty") {
      $0.settings.insert(("", 0, [1]), at: 0)
    },
    Case("value type 13", "the value of 'k' has type 13") { $0.settings.append(("k", 13, [0])) },
    Case("duplicate key", "'u8' stands twice") { $0.settings.append(("u8", 0, [1])) },
    Case("a value that is not text", "the value of general.architecture at offset") {
      $0.settings[0] = ("general.architecture", 8, GGUFBytes.word(UInt64(1)) + [0xFF])
    },
    Case("truth value 2", "'b' is '2'") { $0.settings.append(("b", 7, [2])) },
    Case("alignment 0", "'general.alignment' is '0'") {
      $0.settings.append(("general.alignment", 4, GGUFBytes.word(UInt32(0))))
    },
    Case("alignment 24", "'general.alignment' is '24'") {
      $0.settings.append(("general.alignment", 4, GGUFBytes.word(UInt32(24))))
    },
    Case("alignment 2^31", "'general.alignment' is '2147483648'") {
      $0.settings.append(("general.alignment", 4, GGUFBytes.word(UInt32(1) << 31)))
    },
    Case("alignment as text", "'general.alignment' is '32'") {
      $0.settings.append(("general.alignment", 8, GGUFBytes.text("32")))
    },
    Case("alignment that the data lack", "tensor 'second' begins at 32") {
      $0.settings.append(("general.alignment", 4, GGUFBytes.word(UInt32(64))))
    },
    Case("huge text", "it claims 18446744073709551615 bytes of the value of k") {
      $0.settings.append(("k", 8, GGUFBytes.word(huge)))
    },
    Case("huge array of numbers", "it claims 18446744073709551615 numbers in k") {
      $0.settings.append(("k", 9, array(4, huge)))
    },
    Case("array whose size overflows", "it claims 4611686018427387904 numbers in k") {
      $0.settings.append(("k", 9, array(4, 1 << 62)))
    },
    Case("huge array of texts", "it claims 18446744073709551615 texts in k") {
      $0.settings.append(("k", 9, array(8, huge)))
    },
    Case("array with a huge text", "it claims 18446744073709551615 bytes in a text of k") {
      $0.settings.append(("k", 9, array(8, 1) + GGUFBytes.word(huge)))
    },
    Case("array of arrays", "the value of 'k' has type 9") {
      $0.settings.append(("k", 9, array(9, 1) + array(4, 0)))
    },
    Case("array of unknown elements", "the value of 'k' has type 99") {
      $0.settings.append(("k", 9, array(99, 1)))
    },
    // Tensors
    Case("tensor without a name", "the name at offset") { $0.tensors[0].name = "" },
    Case("long tensor name", "it claims 128 bytes of a tensor name") {
      $0.tensors[0].name = String(repeating: "n", count: 128)
    },
    Case("no dimensions", "tensor 'first': it has 0 dimensions") {
      $0.tensors[0].dimensions = []
    },
    Case("five dimensions", "tensor 'first': it has 5 dimensions") {
      $0.tensors[0].dimensions = [1, 1, 1, 1, 1]
    },
    Case("more dimensions than listed", "") { $0.tensors[1].dimensionCount = 4 },
    Case("zero dimension", "tensor 'first': a dimension is 0") {
      $0.tensors[0].dimensions = [4, 0]
    },
    Case("negative dimension", "tensor 'first': a dimension is 18446744073709551615") {
      $0.tensors[0].dimensions = [4, huge]
    },
    Case("overflowing element count", "tensor 'first': its element count overflows") {
      $0.tensors[0].dimensions = [1 << 32, 1 << 32]
    },
    Case("overflowing byte count", "tensor 'first': its byte count overflows") {
      $0.tensors[0].dimensions = [1 << 62]
    },
    Case("size near the limit", "tensor 'first' takes") {
      $0.tensors[0].dimensions = [(1 << 61) - 1]
    },
    Case("part of a block", "tensor 'second': its rows of 33") {
      $0.tensors[1].dimensions = [33, 1]
    },
    Case("type without support", "tensor 'second' is stored as 'IQ1_S'") {
      $0.tensors[1].type = 19
    },
    Case("unknown type", "tensor 'second' is stored as 'type 77'") { $0.tensors[1].type = 77 },
    Case("removed type", "tensor 'second' is stored as 'type 4'") { $0.tensors[1].type = 4 },
    Case("unaligned offset", "tensor 'second' begins at 33") { $0.tensors[1].offset = 33 },
    Case("offset beyond the file", "tensor 'second' takes 34 bytes from 4096") {
      $0.tensors[1].offset = 4096
    },
    Case("offset near the limit", "tensor 'second' takes") { $0.tensors[1].offset = ~31 },
    Case("duplicate tensor", "'first' stands twice") { $0.tensors[1].name = "first" },
    Case("overlap", "tensors 'first' and 'second' share bytes") { $0.tensors[1].offset = 0 },
    Case("larger shape than data", "tensor 'second' takes 340 bytes") {
      $0.tensors[1].dimensions = [320, 1]
    },
    // Data
    Case("no data", "tensor 'first' takes 32 bytes") { $0.data = [] },
    Case("last byte missing", "tensor 'second' takes 34 bytes") { $0.data.removeLast() },
    Case("name that fakes lines", "tensor 'a\\n\\u{1B}b' is stored") {
      $0.tensors[1].name = "a\n\u{1B}b"
      $0.tensors[1].type = 77
    },
  ]

  @Test(arguments: cases)
  func aLyingFileGetsOneClearLine(wrong: Case) throws {
    let found = try #require(flaw(wrong.bytes))
    let sentence = found.description
    #expect(sentence.hasPrefix(wrong.sentence), "\(sentence)")
    #expect(!sentence.contains("\n") && sentence.utf8.count < 400)
    let whole = CheckpointError.malformed(file: "m.gguf", found).description
    #expect(whole.hasPrefix("model file m.gguf is not usable: "))
  }

  @Test func truncationAtEveryByteIsAnError() {
    let bytes = GGUFBytes.sample.bytes
    #expect(bytes.count > 500)
    for count in 0..<bytes.count {
      #expect(flaw(Array(bytes.prefix(count))) != nil, "cut at \(count)")
    }
  }

  @Test func anyByteMayFlip() throws {
    let bytes = GGUFBytes.sample.bytes
    var opened = 0
    for index in bytes.indices {
      for bit in 0..<8 {
        var wrong = bytes
        wrong[index] ^= 1 << UInt8(bit)
        opened += readsAll(wrong) ? 1 : 0
      }
    }
    // Flips of values open, flips of structure do not.
    #expect(opened > 1000 && opened < bytes.count * 8)
  }

  @Test func randomFlipsNeverCrash() {
    var random = SplitMix(state: 11)
    let bytes = GGUFBytes.sample.bytes
    var refused = 0
    for _ in 0..<20_000 {
      var wrong = bytes
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let index = Int.random(in: bytes.indices, using: &random)
        wrong[index] =
          [0, 0xFF, 0x7F, 0x80, UInt8.random(in: 0...255, using: &random)]
          .randomElement(using: &random) ?? 0
      }
      refused += readsAll(wrong) ? 0 : 1
    }
    #expect(refused > 10_000)
  }

  /// Opens a file and touches everything in it; returns whether it opens.
  private func readsAll(_ bytes: [UInt8]) -> Bool {
    guard let checkpoint = try? openGGUF(bytes) else { return false }
    for key in checkpoint.metadata.keys {
      _ = checkpoint.metadata[key]?.texts?.strings()
      _ = checkpoint.metadata[key]?.numbers?.integers()
      _ = checkpoint.metadata[key]?.numbers?.doubles()
    }
    for name in checkpoint.tensorNames { _ = checkpoint.tensor(named: name)?.decoded() }
    checkpoint.forEachIdentifyingPiece { _ in }
    return true
  }
}

/// A small seeded random source.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
