import JSON
import TestSupport
import Testing
import Tokenizers
import Tokens

@Suite struct VocabularyJSONTests {
  private let tokenizer = """
    {"version":"1.0","added_tokens":[
      {"id":0,"content":"<end>","special":true},{"id":6,"content":"<tool>","special":false},
      {"id":9,"content":"<pad>","special":true}],
     "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"ByteLevel"}]},
     "model":{"type":"BPE","vocab":{"<end>":0,"a":1,"Ġb":2,"Ã":3,"ÿ":4,"\\u0000x":5},"merges":[]}}
    """

  private func read(
    _ tokenizer: String, _ configuration: String = #"{"eos_token":"<end>"}"#
  ) throws -> Vocabulary {
    try Vocabulary(tokenizer: .parse(tokenizer), configuration: .parse(configuration))
  }

  @Test func piecesAreBytesAndMarkersAreNot() throws {
    let vocabulary = try read(tokenizer)
    #expect(vocabulary.count == 10)
    #expect(
      (0..<10).map { vocabulary.kind(of: TokenID($0)) } == [
        .control, .text, .text, .text, .text, .unused, .text, .unused, .unused, .control,
      ])
    #expect(Array(vocabulary.bytes(of: TokenID(2))) == Array(" b".utf8))
    #expect(Array(vocabulary.bytes(of: TokenID(3))) == [0xC3])
    #expect(Array(vocabulary.bytes(of: TokenID(4))) == [0xFF])
    #expect(Array(vocabulary.bytes(of: TokenID(6))) == Array("<tool>".utf8))
    #expect(vocabulary.endOfText == [TokenID(0)])
  }

  @Test func theEndOfTextMayBeAnObjectAndIsNeverText() throws {
    let vocabulary = try read(tokenizer, #"{"eos_token":{"content":"<tool>","lstrip":false}}"#)
    #expect(vocabulary.endOfText == [TokenID(6)])
    #expect(vocabulary.kind(of: TokenID(6)) == .control)
  }

  @Test(arguments: [
    ("{}", "vocab"), (#"{"model":{"type":"Unigram","vocab":{}}}"#, "Unigram"),
    (#"{"model":{"type":"BPE","vocab":{"a":1}}}"#, "ByteLevel"),
    (#"{"model":{"vocab":{"a":1,"b":1}},"decoder":{"type":"ByteLevel"}}"#, "once"),
    (#"{"model":{"vocab":{"a":-1}},"decoder":{"type":"ByteLevel"}}"#, "ids from 0"),
    (#"{"model":{"vocab":{"a":99999999}},"decoder":{"type":"ByteLevel"}}"#, "ids from 0"),
    (#"{"model":{"vocab":{"a":0}},"decoder":{"type":"ByteLevel"}}"#, "no token that ends"),
    (
      #"{"model":{"vocab":{}},"decoder":{"type":"ByteLevel"},"added_tokens":[{"id":1}]}"#,
      "\"content\""
    ),
  ])
  func aFileThatIsNoVocabularyIsRefused(_ text: String, _ says: String) throws {
    let error = #expect(throws: TokenizerError.self) { _ = try read(text) }
    #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
  }

  @Test func changedFilesGiveAVocabularyOrAnError() throws {
    var random = SeededRandom(seed: 5)
    var read = 0
    for _ in 0..<3000 {
      var bytes = Array(tokenizer.utf8)
      for _ in 0..<random.int(1...3) {
        bytes[random.int(0...bytes.count - 1)] = UInt8(random.int(0x20...0x7E))
      }
      guard let document = try? JSONValue.parse(bytes) else { continue }
      let vocabulary = try? Vocabulary(
        tokenizer: document, configuration: ["eos_token": "<end>"])
      if let vocabulary {
        read += 1
        #expect(vocabulary.kind(of: vocabulary.endOfText[0]) == .control)
      }
    }
    #expect(read > 100)
  }
}
