// The masks as judges of the bench, with a clock around each call.
//
// Inside the measured loop nothing is allocated here and no element crosses into another target: one call
// computes a whole mask, one takes a whole token, and the times go into arrays made before.

import Grammars
import JSON
import JSONSchema
import Posix
import Tokens

/// A judge that offers tokens to masks one by one.
struct MaskTimer: MaskBenchJudge {
  let reading: MaskBenchReading
  let options: GrammarOptions
  let trie: TokenTrie

  /// A budget that never changes a mask.
  private static let unbounded = 1 << 40

  func answer(_ request: MaskBenchCase) -> JSONValue {
    let clock = SystemClock()
    var reply = JSONObject()
    reply["id"] = request.id
    let started = clock.monotonicNanoseconds
    let outcome = compile(request.schema)
    let compiled = clock.monotonicNanoseconds
    let grammar: BoundGrammar
    switch outcome {
    case .bound(let bound): grammar = bound
    case .refused(let why):
      reply["compile"] = MaskBenchReply.compilation(compiled - started, error: why)
      return .object(reply)
    }
    // The mask is memory of the bench: the matcher writes every word of it anew.
    var mask = TokenMask(count: trie.vocabulary.count)
    let first = clock.monotonicNanoseconds
    var matcher = grammar.makeMatcher()
    matcher.fillMask(&mask, remaining: Self.unbounded)
    let ended = clock.monotonicNanoseconds
    reply["compile"] = MaskBenchReply.compilation(compiled - started, error: nil)
    reply["first_mask_ns"] = .number(JSONNumber(Int(ended - first)))
    reply["instances"] = .array(
      request.instances.map { offer($0.tokens, to: grammar, &mask) })
    return .object(reply)
  }

  /// What a schema became.
  private enum Outcome {
    case bound(BoundGrammar)
    case refused(String)
  }

  private func compile(_ text: [UInt8]) -> Outcome {
    do throws(SchemaError) {
      let schema = try reading.schema(text)
      do throws(GrammarError) {
        let grammar = try Grammar(schema, options: options)
        if grammar.report.checksAfter,
          let later = grammar.report.entries.first(where: { $0.enforcement == .checkedAfter })
        {
          return .refused(
            "\"\(later.keyword)\" at \"\(later.pointer)\" would only be checked after generation")
        }
        return .bound(try BoundGrammar(grammar, trie: trie))
      } catch { return .refused(error.description) }
    } catch { return .refused(error.description) }
  }

  /// Offers the tokens of an instance to a fresh matcher.
  private func offer(
    _ tokens: [Int], to grammar: BoundGrammar, _ mask: inout TokenMask
  ) -> JSONValue {
    let clock = SystemClock()
    var maskTimes = [Int64](repeating: 0, count: tokens.count)
    var acceptTimes = maskTimes
    var counts = maskTimes
    var masks = 0
    var accepted = 0
    var fault: String?
    var matcher = grammar.makeMatcher()
    for token in tokens {
      let maskStart = clock.monotonicNanoseconds
      matcher.fillMask(&mask, remaining: Self.unbounded)
      let maskEnd = clock.monotonicNanoseconds
      maskTimes[masks] = maskEnd - maskStart
      counts[masks] = Int64(mask.allowedCount)
      masks += 1
      guard token >= 0, token < mask.count else {
        fault = "token \(token) is not in the vocabulary"
        break
      }
      let id = TokenID(token)
      let acceptStart = clock.monotonicNanoseconds
      let isAllowed = mask.contains(id)
      let hasMoved = isAllowed && matcher.accept(id)
      let acceptEnd = clock.monotonicNanoseconds
      guard isAllowed else {
        fault = matcher.fault
        break
      }
      guard hasMoved else {
        fault = "the mask allows token \(token), the matcher does not take it"
        break
      }
      acceptTimes[accepted] = acceptEnd - acceptStart
      accepted += 1
    }
    var isComplete = false
    if accepted == tokens.count {
      matcher.fillMask(&mask, remaining: Self.unbounded)
      isComplete = trie.vocabulary.endOfText.contains { mask.contains($0) }
      if isComplete != matcher.isComplete {
        fault = "the mask and the matcher disagree on whether the text may end"
      }
    }
    var reply = JSONObject()
    reply["accepted"] = .number(JSONNumber(accepted))
    reply["complete"] = .bool(isComplete)
    reply["allowed"] = MaskBenchReply.list(counts[..<masks])
    reply["mask_ns"] = MaskBenchReply.list(maskTimes[..<masks])
    reply["accept_ns"] = MaskBenchReply.list(acceptTimes[..<accepted])
    if let fault { reply["error"] = .string(fault) }
    return .object(reply)
  }
}
