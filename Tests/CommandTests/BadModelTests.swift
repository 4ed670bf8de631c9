import Posix
import TestSupport
import Testing

@Suite struct BadModelTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(countingSchema, to: "schema.json")
    try folder.write("A letter.", to: "a.txt")
  }

  private func extract(
    _ words: [String], _ environment: [String] = []
  ) throws
    -> ChildProcess.Outcome
  {
    try Program.run(
      ["extract", "a.txt", "--schema", "schema.json"] + words,
      environment: ["QUERN_CACHE=\(folder.path)"] + environment, folder: folder.path)
  }

  @Test func aMissingModelIsStatus69AndSaysHowToFetchIt() throws {
    for outcome in [
      try extract([]), try extract(["--model", "smollm2-135m"]),
      try extract(["--model", "./here.gguf"]), try extract([], ["QUERN_MODEL=other"]),
    ] {
      #expect(outcome.status == 69)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.errorText.contains("scripts/fetch-model"), "\(outcome.errorText)")
    }
    let named = try extract(["--model", "smollm2-135m"])
    #expect(named.errorText.contains("scripts/fetch-model smollm2-135m"))
  }

  @Test func aModelIsFoundByItsNameInTheCache() throws {
    try folder.write("no model", to: "tiny.gguf")
    let outcome = try extract(["--model", "tiny"])
    #expect(outcome.status == 69)
    #expect(outcome.errorText.contains("neither GGUF nor safetensors"), "\(outcome.errorText)")
  }

  @Test func aPipeInPlaceOfAModelIsRefusedAtOnce() throws {
    let made = try ChildProcess.run(
      "/usr/bin/mkfifo", arguments: [(folder.path / "pipe.gguf").text])
    #expect(made.status == 0)
    let outcome = try extract(["--model", "./pipe.gguf"])
    #expect(outcome.status == 69)
    #expect(outcome.errorLines.count == 1, "\(outcome.errorText)")
    #expect(outcome.errorText.contains("pipe.gguf"), "\(outcome.errorText)")
  }

  @Test func aTruncatedModelIsOneLineWhereverItIsCut() throws {
    let whole = try readFile(
      Fixtures.repository("Tests/ModelsTests/Fixtures/llama-tiny-gguf/model.gguf"),
      limit: 1 << 24)
    for step in 0..<20 {
      let name = FilePath("cut-\(step).gguf")
      try folder.write(Array(whole.prefix(whole.count * step / 20)), to: name)
      let outcome = try extract(["--model", name.text])
      #expect(outcome.status == 69, "cut at step \(step): \(outcome.errorText)")
      #expect(outcome.errorLines.count == 1, "\(outcome.errorText)")
      let check = try Program.run(["model", "check", (folder.path / name).text])
      #expect(check.status == 65, "cut at step \(step): \(check.errorText)")
      #expect(check.errorLines.count == 1, "\(check.errorText)")
    }
  }

  @Test func aModelThatDoesNotFitIsRefusedBeforeItIsRead() throws {
    // One tensor of a tebi of floats: 4 TiB, of which the file holds a header and a hole.
    let elements = 1 << 40
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let name = Array("token_embd.weight".utf8)
    var header = Array("GGUF".utf8) + number(3, 4) + number(1, 8) + number(0, 8)
    header += number(name.count, 8) + name + number(2, 4) + number(1 << 20, 8)
    header += number(elements >> 20, 8) + number(0, 4) + number(0, 8)
    let start = (header.count + 31) / 32 * 32
    let path = try folder.write(header, to: "huge.gguf")
    let files = PosixFileSystem()
    let file = try FileDescriptor.open(path, .readWrite)
    // Needs a file system that holds a hole of 4 TiB; one that cannot fails this test aloud.
    try files.writeAll([0], to: file, at: start + 4 * elements - 1)
    let outcome = try extract(["--model", "huge.gguf"])
    #expect(outcome.status == 69)
    #expect(outcome.errorLines.count == 1, "\(outcome.errorText)")
    #expect(outcome.errorText.contains("needs about 439"), "\(outcome.errorText)")
    #expect(outcome.errorText.contains("available"), "\(outcome.errorText)")
  }

  @Test func goldenCasesOfATinyModelPass() throws {
    let tiny = Fixtures.repository("Tests/ModelsTests/Fixtures/llama-tiny-gguf")
    let outcome = try Program.run(["model", "check", tiny.text + "/", "--precision", "exact"])
    #expect(outcome.status == 0, "\(outcome.errorText)")
    #expect(outcome.outputText.contains(" 0 failures"), "\(outcome.outputText)")
  }

  @Test func aModelWithoutATokenizerCannotReadDocuments() throws {
    let tiny = Fixtures.repository("Tests/ModelsTests/Fixtures/llama-tiny-gguf/model.gguf")
    let outcome = try extract(["--model", tiny.text])
    #expect(outcome.status == 69)
    #expect(outcome.errorText.contains("no tokenizer"), "\(outcome.errorText)")
  }
}
