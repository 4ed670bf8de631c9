// Shared prefixes on disk: a later process starts warm, with the same answers, and whatever is wrong with a
// file costs time only.

import Checkpoints
import Compute
import Inference
import Models
import Posix
import TestSupport
import Testing
import Tokenizers
import Tokens

@Suite struct PrefixFolderTests {
  private let folder: TemporaryFolder
  private let rig: Rig
  private let model: any Model

  init() throws {
    folder = try TemporaryFolder(.memory)
    rig = try Rig()
    model = try ModelRegistry.load(
      MappedCheckpoint.open(
        Fixtures.repository("Tests/ModelsTests/Fixtures/deepseek-v4-tiny").text),
      backend: CPUBackend(precision: .exact, threads: 2))
  }

  private func engine(_ digest: String = "sha256:0") throws -> Engine {
    Engine(
      model: model, tokenizer: rig.tokenizer,
      promptFormat: try PromptFormats.format(for: rig.tokenizer, named: nil),
      modelDigest: digest, backendName: "cpu/exact", cacheByteLimit: 1 << 30)
  }

  /// Answers one request after another and tells what each found stored.
  private func answers(
    _ engine: Engine, program: String = "p", byteLimit: Int = 1 << 30, from first: Int = 0
  ) throws -> [GenerationResult] {
    let limits = BatchScheduler.Limits(
      sequences: 1,
      prefixFolder: PrefixFolder(folder.path, program: program, byteLimit: byteLimit))
    let scheduler = BatchScheduler(engine, limits: limits)
    let compute = try scheduler.start()
    defer {
      scheduler.stop()
      compute.join()
    }
    return try rig.requests(3)[first...].map { try scheduler.generate($0) }
  }

  private func names() throws -> [FilePath] { try PosixFileSystem().list(folder.open()) }

  private func found(_ results: [GenerationResult]) -> [Int] { results.map(\.cachedCount) }

  @Test func aLaterProcessStartsWarmWithTheSameAnswers() throws {
    let cold = try answers(engine())
    #expect(found(cold) == [0, 0, 0])
    #expect(try names().count == 2)
    let warm = try answers(engine())
    #expect(found(warm) == [0, 40, 40])
    #expect(warm.map(\.tokens) == cold.map(\.tokens))
  }

  @Test func anothersPrefixesAreNotUsed() throws {
    _ = try answers(engine())
    #expect(found(try answers(engine("sha256:1"))) == [0, 0, 0])
    #expect(found(try answers(engine(), program: "another build")) == [0, 0, 0])
    #expect(try names().count == 6)
    #expect(found(try answers(engine())) == [0, 40, 40])
  }

  @Test func aTornFileIsReplacedAndAMissingFolderIsNoError() throws {
    let cold = try answers(engine())
    let whole = try names().map { ($0, try folder.read($0)) }
    for (name, bytes) in whole { try folder.write(Array(bytes.dropLast(9)), to: name) }
    let mended = try answers(engine())
    #expect(found(mended) == [0, 0, 0])
    #expect(mended.map(\.tokens) == cold.map(\.tokens))
    for (name, bytes) in whole { #expect(try folder.read(name) == bytes) }
    for (name, _) in whole { try PosixFileSystem().unlink(name, in: folder.open()) }
    #expect(found(try answers(engine())) == [0, 0, 0])
  }

  @Test func theFilesTogetherStayWithinTheirLimit() throws {
    _ = try answers(engine())
    let sizes = try names().map { try folder.read($0).count }
    let one = try #require(sizes.max())
    for name in try names() { try PosixFileSystem().unlink(name, in: folder.open()) }
    _ = try answers(engine(), byteLimit: one + 100)
    #expect(try names().count == 1)
    // The last one written is the one that stays.
    #expect(found(try answers(engine(), byteLimit: one + 100, from: 2)) == [40])
    for name in try names() { try PosixFileSystem().unlink(name, in: folder.open()) }
    _ = try answers(engine(), byteLimit: 1)
    #expect(try names().isEmpty)
  }
}
