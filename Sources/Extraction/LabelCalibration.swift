// Corrections of a model's bias towards some labels, and why they leave records reproducible.
//
// A correction divides the probability of each label by a prior, its probability where the text says
// nothing, and takes the most probable label of what results. The raw probabilities stay in the record.
//
// - Content-free (Zhao et al. 2021, "Calibrate Before Use"): the prior is the mean over texts without
//   content. It depends on the queue alone.
// - Batch (Zhou et al. 2023, "Batch Calibration"): the prior is the mean over documents like the ones
//   to be sorted. Which documents happened to run together must not change a record, so the documents are
//   named: those of the queue's `calibration` file, or all files of one `classify` call.

/// How the probabilities of labels are corrected.
package enum LabelCalibration: String, Sendable, Hashable, CaseIterable {
  /// Not at all.
  case none
  /// By the probabilities for texts without content.
  case contentFree = "content-free"
  /// By the mean probabilities over given documents.
  case batch
}

extension LabelCalibration {
  /// The texts that stand for no content, those of the paper.
  package static let emptyTexts = ["N/A", "", "[MASK]"]
}
