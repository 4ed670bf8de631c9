// One entry of a compressed cache for every few tokens: a mean of projected tokens, weighted column
// by column by a softmax of their gates.
//
// Entry e closes with position ratio * e + ratio - 1. With one lane it pools the tokens of its
// window. With two lanes it pools the first half of the columns of the window before it and the
// second half of its own, so that windows overlap; entry 0 has only its own.

import Compute

/// The weights of one compressor.
struct Compressor {
  let kind: CompressionKind
  let size: Int
  let values: Weight
  let gates: Weight
  /// What is added to the gates of each place in a window.
  let placeGates: DeviceTensor
  let norm: DeviceTensor

  /// The tokens of one entry.
  var ratio: Int { kind.ratio ?? 1 }

  /// Adds the gates of their places to projected gates.
  func addPlaceGates(to gates: DeviceTensor, positions: [Int], on backend: any Backend) {
    var terms = RowTerms(termsPerRow: 1)
    for position in positions { terms.append(row: position % ratio, weight: 1) }
    backend.mix(placeGates, terms, into: gates, adding: true)
  }

  /// Takes a round's projected tokens and adds the entries that close with them.
  func take(
    _ part: RoundPart, values: DeviceTensor, gates: DeviceTensor, into store: CompressorStore,
    _ space: CompressorSpace, epsilon: Float, frequencies: DeviceTensor, on backend: any Backend
  ) {
    let slots = part.positions.map(store.slot)
    backend.copyRows(part.rows, of: values, to: slots, of: store.values)
    backend.copyRows(part.rows, of: gates, to: slots, of: store.gates)
    let closing = part.positions.filter { ($0 + 1) % ratio == 0 }.map { $0 / ratio }
    guard !closing.isEmpty else { return }
    let entries = space.entries(size: size)
    backend.pool(
      store.values, gates: store.gates, windows: closing.map { window($0, store) }, into: entries)
    backend.normalize(
      entries, rows: closing.count, weight: norm, epsilon: epsilon, into: entries)
    backend.fillRotation(
      space.rotation, frequencies: frequencies, magnitude: 1, positions: closing.map { $0 * ratio })
    backend.rotate(
      entries, rows: closing.count, headSize: size, offset: size - space.rotation.columns,
      by: space.rotation, pairing: .neighbors)
    backend.store(Array(closing.indices), of: entries, at: closing, of: store.entries)
  }

  /// Returns the slots that an entry pools.
  private func window(_ entry: Int, _ store: CompressorStore) -> [PoolSlot] {
    let first = entry * ratio
    let own = (first..<first + ratio).map {
      PoolSlot(row: store.slot($0), column: kind.lanes == 2 ? size : 0)
    }
    guard kind.lanes == 2, entry > 0 else { return own }
    return (first - ratio..<first).map { PoolSlot(row: store.slot($0), column: 0) } + own
  }
}

/// Room for the entries that close in one round of one sequence.
final class CompressorSpace {
  private let attended: DeviceTensor
  private let indexed: DeviceTensor
  let rotation: DeviceTensor

  /// Makes room for as many entries as a round has tokens.
  init(_ model: DeepSeekV4Configuration, backend: any Backend) throws(ComputeError) {
    let rows = CompressedCache.rewindLimit
    attended = try backend.makeTensor(rows: rows, columns: model.headSize)
    indexed = try backend.makeTensor(rows: rows, columns: model.indexHeadSize)
    rotation = try backend.makeTensor(rows: rows, columns: model.turningSize)
  }

  /// Returns room for entries of a size.
  func entries(size: Int) -> DeviceTensor { attended.columns == size ? attended : indexed }
}
