import Checkpoints
import Inference
import Posix
import TestSupport
import Testing
import Tokenizers
import Tokens

@Suite struct TokenizerFolderTests {
  private let folder: TemporaryFolder
  private let checkpoint: any Checkpoint

  init() throws {
    folder = try TemporaryFolder(.memory)
    for name: FilePath in ["model.safetensors", "config.json"] {
      let file = Fixtures.repository("Tests/ModelsTests/Fixtures/llama-tiny") / name
      try folder.write(readFile(file, limit: 1 << 26), to: name)
    }
    checkpoint = try EngineLoader.open(folder.path.text)
  }

  private static let tokenizer = """
    {"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true},
     "model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]},
     "added_tokens":[{"id":3,"content":"<start>","special":true},{"id":4,"content":"<end>","special":true}]}
    """

  @Test func theTokenizerLiesBesideTheWeights() throws {
    try folder.write(Self.tokenizer, to: "tokenizer.json")
    try folder.write(
      #"{"eos_token":"<end>","bos_token":"<start>","add_bos_token":true}"#,
      to: "tokenizer_config.json")
    for path in [folder.path.text, (folder.path / "model.safetensors").text] {
      let tokenizer = try EngineLoader.tokenizer(of: checkpoint, path: path)
      #expect(tokenizer.encode(Array("aba".utf8)).tokens.map(\.index) == [2, 0])
      #expect(tokenizer.beginOfText == TokenID(3))
      #expect(tokenizer.vocabulary.endOfText == [TokenID(4)])
    }
  }

  @Test func whatIsMissingOrBrokenIsSaid() throws {
    func error() -> InferenceError? {
      do throws(InferenceError) {
        _ = try EngineLoader.tokenizer(of: checkpoint, path: folder.path.text)
        return nil
      } catch { return error }
    }
    guard case .noTokenizer = error() else {
      Issue.record("no tokenizer was found where none lies")
      return
    }
    try folder.write(Self.tokenizer, to: "tokenizer.json")
    guard case .tokenizer(.missingEndOfText) = error() else {
      Issue.record("a tokenizer without an end was taken")
      return
    }
    try folder.write("{", to: "tokenizer.json")
    guard case .tokenizer(.malformedFile) = error() else {
      Issue.record("a torn file was taken")
      return
    }
  }
}
