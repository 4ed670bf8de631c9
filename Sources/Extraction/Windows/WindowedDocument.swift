// Whether a document needs windows, and where they lie.

import Tokenizers

/// A document that may be too long for one prompt.
struct WindowedDocument {
  private let places: DocumentPlaces
  private let source: any AnswerSource
  /// The queue's settings with what windows need: a window need not hold every value.
  let settings: ExtractionSettings

  init(_ places: DocumentPlaces, settings: ExtractionSettings, source: any AnswerSource) {
    self.places = places
    self.source = source
    var settings = settings
    settings.abstention = .all
    self.settings = settings
  }

  /// Returns the ranges of the windows, one range for a document that needs none.
  ///
  /// - Parameters:
  ///   - limit: The most tokens of a window's text, nil for what the context leaves beside the answer.
  ///   - builder: What builds the prompts of windows.
  func ranges(limit: Int?, _ builder: PromptBuilder) -> [Range<Int>] {
    let frame = source.tokenCount(of: builder.turns(for: ""))
    let context = source.contextLength
    let limit = limit ?? room(context - frame)
    return DocumentWindows.cut(places.scalars) { range in
      let turns = builder.turns(for: places.text(range))
      return source.tokenCount(of: turns) - frame <= limit
    }
  }

  /// Returns the part of the tokens left that a text may have.
  private func room(_ left: Int) -> Int {
    switch settings.budget {
    case .tokens(let count): return max(1, left - min(count, left / 2))
    // An answer of its own accord takes up to twice the document's tokens.
    case .auto: return max(1, left / 3)
    }
  }
}
