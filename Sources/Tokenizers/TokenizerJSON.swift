// What a tokenizer.json and the tokenizer_config.json beside it say about how text becomes tokens.
//
// The chain of pre-tokenizers is matched as a whole against those that are known; one that differs in
// any setting is refused by name, since ids that are almost right are wrong. Of the normalizers NFC is
// known and not applied: the tokens of a text spell its very bytes, as they do after a conversion to
// GGUF.

package import JSON
import Tokens

extension TokenizerDefinition {
  /// Reads the definition of a byte-level tokenizer.
  ///
  /// Added tokens are markers, special or not: text never yields them.
  ///
  /// - Parameters:
  ///   - tokenizer: The content of tokenizer.json.
  ///   - configuration: The content of tokenizer_config.json, if there is one.
  /// - Throws: `TokenizerError` if a file is not what it should be or asks for a step that is not known.
  package init(
    tokenizer: JSONValue, configuration: JSONValue?
  ) throws(TokenizerError) {
    let entries = try TokenizerEntries(tokenizer)
    try Self.checkNormalizer(tokenizer["normalizer"])
    let model = tokenizer["model"]
    for name in ["continuing_subword_prefix", "end_of_word_suffix"]
    where model?[name]?.string?.isEmpty == false {
      throw .unsupportedStep(kind: "model setting", name: name)
    }
    if model?["byte_fallback"]?.bool == true {
      throw .unsupportedStep(kind: "model setting", name: "byte_fallback")
    }
    var texts = entries.pieces.map { $0 ?? [] }
    var types: [TokenType] = entries.pieces.map { $0 == nil ? .unused : .normal }
    var ids: [JSONKey: TokenID] = [:]
    for token in entries.added {
      texts[token.id] = token.text
      types[token.id] = token.isSpecial ? .control : .userDefined
      ids[JSONKey(String(decoding: token.text, as: UTF8.self))] = TokenID(token.id)
    }
    func special(_ name: String) -> TokenID? {
      TokenizerEntries.specialText(name, configuration).flatMap { ids[JSONKey($0)] }
    }
    let first = Self.firstOfTemplate(tokenizer["post_processor"]).flatMap { ids[JSONKey($0)] }
    let addsBegin = configuration?["add_bos_token"]?.bool
    self.init(
      pieces: PackedTexts(texts), types: types, merges: try Self.merges(model?["merges"]),
      preTokenizer: try Self.preTokenizer(tokenizer["pre_tokenizer"]).rawValue,
      takesWholeWords: model?["ignore_merges"]?.bool ?? false,
      beginOfText: addsBegin == true ? special("bos_token") : addsBegin == nil ? first : nil,
      endOfText: [special("eos_token")].compactMap { $0 },
      chatTemplate: configuration?["chat_template"]?.string)
  }

  /// Returns the merges, which a file lists as pairs or as texts with a blank.
  private static func merges(_ list: JSONValue?) throws(TokenizerError) -> PackedTexts {
    var merges = PackedTexts()
    for (rank, merge) in (list?.array ?? []).enumerated() {
      if let text = merge.string {
        merges.append(text.utf8)
      } else if let pair = merge.array, pair.count == 2, let left = pair[0].string,
        let right = pair[1].string
      {
        merges.append("\(left) \(right)".utf8)
      } else {
        throw .badMerge(rank: rank)
      }
    }
    return merges
  }

  /// Returns the special token that a template of the post-processor puts before a text.
  private static func firstOfTemplate(_ step: JSONValue?) -> String? {
    guard let step else { return nil }
    for part in [step] + (step["processors"]?.array ?? [])
    where part["type"]?.string == "TemplateProcessing" {
      return part["single"]?.array?.first?["SpecialToken"]?["id"]?.string
    }
    return nil
  }

  private static func checkNormalizer(_ step: JSONValue?) throws(TokenizerError) {
    guard let step, let type = step["type"]?.string else { return }
    if type == "NFC" { return }
    guard type == "Sequence" else { throw .unsupportedStep(kind: "normalizer", name: type) }
    for part in step["normalizers"]?.array ?? [] { try checkNormalizer(part) }
  }

  // MARK: - Pre-tokenizers

  /// Chains of pre-tokenizers in the spelling of `spell`, with the rules that they are.
  private static let chains: [(steps: [String], rules: PreTokenizer)] = [
    (["ByteLevel"], .gpt2),
    (["Digits", "ByteLevel"], .smollm),
    ([words(numbers: "\\p{N}"), "Bytes"], .qwen2),
    ([words(numbers: "\\p{N}{1,3}"), "Bytes"], .llama3),
    (
      [
        "\\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+",
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
          + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*"
          + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
        "Bytes",
      ], .deepSeek3
    ),
  ]

  private static func words(numbers: String) -> String {
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\(numbers)"
      + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
  }

  private static func preTokenizer(_ step: JSONValue?) throws(TokenizerError) -> PreTokenizer {
    guard let step else {
      throw .malformedFile(name: "tokenizer.json", expected: "a \"pre_tokenizer\"")
    }
    let parts = step["type"]?.string == "Sequence" ? step["pretokenizers"]?.array ?? [] : [step]
    var steps: [String] = []
    for part in parts { steps.append(try spell(part)) }
    guard let chain = chains.first(where: { $0.steps == steps }) else {
      throw .unsupportedStep(kind: "pre-tokenizer", name: steps.joined(separator: " then "))
    }
    return chain.rules
  }

  /// Returns a step as one text: its regular expression, or its type where the settings are usual.
  private static func spell(_ step: JSONValue) throws(TokenizerError) -> String {
    let type = step["type"]?.string ?? "without a type"
    switch type {
    case "ByteLevel" where step["add_prefix_space"]?.bool != true:
      return step["use_regex"]?.bool == false ? "Bytes" : "ByteLevel"
    case "Digits" where step["individual_digits"]?.bool == true:
      return "Digits"
    case "Split":
      let isInverted = step["invert"]?.bool == true
      let behavior = step["behavior"]?.string ?? ""
      // An expression that matches all of a text cuts it in both ways alike.
      guard
        behavior == "Isolated" && !isInverted || behavior == "Removed" && isInverted,
        let expression = step["pattern"]?["Regex"]?.string
      else { throw .unsupportedStep(kind: "pre-tokenizer", name: "Split with \(behavior)") }
      // Line breaks stand in some files as themselves, in others as escapes.
      let text = String(
        expression.unicodeScalars.map { $0 == "\r" ? "\\r" : $0 == "\n" ? "\\n" : String($0) }
          .joined())
      guard !isInverted || text.hasSuffix("|\\s+") && text.hasPrefix("(?i:") else {
        throw .unsupportedStep(kind: "pre-tokenizer", name: "Split, inverted")
      }
      return text
    default: throw .unsupportedStep(kind: "pre-tokenizer", name: "\(type) with these settings")
    }
  }
}
