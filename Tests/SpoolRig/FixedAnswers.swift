// Answers without a model: they depend on the prompt alone.

import Extraction
import Posix

/// A source of fixed answers.
struct FixedAnswers: AnswerSource {
  var modelDigest: String { "fixed" }
  var backendName: String { "fixed" }

  func answer(_ request: AnswerRequest) throws(JobFailure) -> Answer {
    let text = request.documentText
    if text.contains("POISON") { killProcess() }
    for _ in 0..<text.split(separator: "STOP", omittingEmptySubsequences: false).count - 1 {
      StopSignal.add()
    }
    SystemClock().sleep(milliseconds: text.utf8.count % 21)
    return Answer(
      bytes: Array("{\"bytes\":\(text.utf8.count)}".utf8), tokens: [], promptTokens: [],
      closedEarly: false, limitsMet: [],
      usage: AnswerUsage(prompt: 0, cached: 0, completion: 0, forced: 0, drafted: 0),
      prefillMilliseconds: 0, decodeMilliseconds: 0)
  }
}
