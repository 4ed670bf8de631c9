// The priors of labels, computed once for each queue from answers to the texts that its calibration names.

import Inference
import Synchronization

/// A store of priors that job threads share.
final class LabelPriors: Sendable {
  private let known = Mutex<[ExtractionSettings: LabelPolicy]>([:])

  /// Returns how the labels of a queue are scored.
  ///
  /// The first caller computes the priors while the others wait; they depend on the settings alone.
  ///
  /// - Throws: `JobFailure` where one of the texts has no answer; the next caller tries again.
  func policy(
    of settings: ExtractionSettings, _ schema: CompiledSchema, _ builder: PromptBuilder,
    _ source: any AnswerSource
  ) throws(JobFailure) -> LabelPolicy {
    guard settings.scoresLabels else { return .ignored }
    let texts: [String]
    switch settings.calibration {
    case .none: return LabelPolicy(isOn: true, priors: [:])
    case .contentFree: texts = LabelCalibration.emptyTexts
    case .batch: texts = settings.calibrationDocuments
    }
    let result = known.withLock { known -> Result<LabelPolicy, JobFailure> in
      if let policy = known[settings] { return .success(policy) }
      do throws(JobFailure) {
        let policy = LabelPolicy(
          isOn: true, priors: try Self.means(over: texts, settings, schema, builder, source))
        known[settings] = policy
        return .success(policy)
      } catch { return .failure(error) }
    }
    return try result.get()
  }

  /// Returns the mean probabilities of labels over some texts, by the pattern of their pointers.
  private static func means(
    over texts: [String], _ settings: ExtractionSettings, _ schema: CompiledSchema,
    _ builder: PromptBuilder, _ source: any AnswerSource
  ) throws(JobFailure) -> [String: [Double]] {
    var sums: [String: (count: Int, values: [Double])] = [:]
    for text in texts {
      let answer = try source.answer(
        AnswerRequest(
          turns: builder.turns(for: text), sharedTurnCount: builder.sharedTurnCount,
          schema: schema, budget: settings.budget, sampling: settings.sampling,
          labels: LabelPolicy(isOn: true, priors: [:])))
      for scored in answer.labels {
        let pattern = ScoredLabels.pattern(of: scored.pointer)
        let sum = sums[pattern] ?? (0, scored.probabilities.map { _ in 0 })
        guard sum.values.count == scored.probabilities.count else { continue }
        sums[pattern] = (sum.count + 1, zip(sum.values, scored.probabilities).map { $0 + $1 })
      }
    }
    return sums.mapValues { sum in sum.values.map { $0 / Double(sum.count) } }
  }
}
