// What DeepSeek-V4 remembers of one sequence.
//
// Every layer keeps a ring of rows of recent tokens, key and value at once. Layers with compression
// keep one entry for every `ratio` tokens besides, and, to form entries, a ring of what their
// compressor projected from recent tokens; sparse layers have a second compressor for the keys of
// their indexer. Rings lie by absolute position modulo their length. They are longer than the
// model needs by 64 tokens, so that stepping back that far is a change of the position only:
//
//   window ring      window + 64 rows
//   projection ring  lanes * ratio + 64 rows of lanes * size values and as many gates, in 32 bits
//   entries          one row for every `ratio` positions of the capacity; pages untouched cost nothing

import Compute
import Tensors

/// Rows that one compressor keeps.
final class CompressorStore {
  /// The tokens of one entry.
  let ratio: Int
  /// Projected values and gates of recent tokens.
  let values: DeviceTensor
  let gates: DeviceTensor
  /// The entries.
  let entries: RowStore

  /// Makes an empty store for `capacity` positions.
  ///
  /// - Parameter size: The elements of an entry.
  init(
    ratio: Int, lanes: Int, size: Int, capacity: Int, backend: any Backend
  ) throws(ComputeError) {
    self.ratio = ratio
    let rows = lanes * ratio + CompressedCache.rewindLimit
    values = try backend.makeTensor(rows: rows, columns: lanes * size)
    gates = try backend.makeTensor(rows: rows, columns: lanes * size)
    entries = try backend.makeRowStore(rows: max(1, capacity / ratio), columns: size)
  }

  /// The place of a position in the ring.
  func slot(_ position: Int) -> Int { position % values.rows }

  /// Copies all that counts at a position.
  func copy(from other: CompressorStore, position: Int, on backend: any Backend) {
    let rows = Array(0..<values.rows)
    backend.copyRows(rows, of: other.values, into: values)
    backend.copyRows(rows, of: other.gates, into: gates)
    let bytes = backend.bytes(of: other.entries, rows: 0..<position / ratio)
    backend.setBytes(bytes, of: entries, row: 0)
  }
}

/// What one layer keeps.
struct LayerStore {
  /// Rows of recent tokens.
  let window: RowStore
  /// The entries that attention sees.
  var compressor: CompressorStore?
  /// The keys by which entries are picked.
  var indexer: CompressorStore?
}

/// What the draft head keeps.
struct DraftStore {
  /// Rows of recent tokens in the draft layer.
  let window: RowStore
  /// The streams of recent tokens behind the last layer, one row each.
  let streams: DeviceTensor
}

/// The cache of one sequence.
package final class CompressedCache: SequenceCache {
  /// How far the cache can go back.
  package static let rewindLimit = 64

  let backend: any Backend
  private let model: DeepSeekV4Configuration
  let layers: [LayerStore]
  let draft: DraftStore?
  package private(set) var position = 0
  package let capacity: Int
  /// The greatest position since the sequence began: rings hold what stood before it.
  private(set) var highest = 0

  /// Makes an empty cache.
  init(
    _ model: DeepSeekV4Configuration, capacity: Int, drafts: Bool, backend: any Backend
  ) throws(ModelError) {
    self.model = model
    self.backend = backend
    self.capacity = capacity
    let ring = model.window + Self.rewindLimit
    (layers, draft) = try compute { () throws(ComputeError) in
      var layers: [LayerStore] = []
      for kind in model.layers {
        var layer = LayerStore(
          window: try backend.makeRowStore(rows: ring, columns: model.headSize))
        if let ratio = kind.ratio {
          layer.compressor = try CompressorStore(
            ratio: ratio, lanes: kind.lanes, size: model.headSize, capacity: capacity,
            backend: backend)
        }
        if case .sparse(let ratio) = kind {
          layer.indexer = try CompressorStore(
            ratio: ratio, lanes: kind.lanes, size: model.indexHeadSize, capacity: capacity,
            backend: backend)
        }
        layers.append(layer)
      }
      guard drafts else { return (layers, nil) }
      let draft = DraftStore(
        window: try backend.makeRowStore(rows: ring, columns: model.headSize),
        streams: try backend.makeTensor(
          rows: Self.rewindLimit + 1, columns: model.streamCount * model.hiddenSize))
      return (layers, draft)
    }
  }

  /// The place of a position in the rings of recent tokens.
  func windowSlot(_ position: Int) -> Int { position % (model.window + Self.rewindLimit) }

  /// Counts tokens that all layers have taken.
  func advance(by count: Int) {
    precondition(count >= 0 && count <= capacity - position, "positions fit the cache")
    position += count
    highest = max(highest, position)
  }

  package var earliestRewind: Int { max(0, highest - Self.rewindLimit) }

  package func rewind(to position: Int) -> Bool {
    guard position >= 0, position <= self.position else { return false }
    // At zero nothing is remembered, so nothing can be missing.
    guard position == 0 || position >= earliestRewind else { return false }
    self.position = position
    if position == 0 { highest = 0 }
    return true
  }

  package func fork(capacity: Int, borrows: Bool) throws(ModelError) -> any SequenceCache {
    guard capacity >= position else { throw .cacheFull(capacity: capacity, needed: position) }
    let copy = try CompressedCache(
      model, capacity: capacity, drafts: draft != nil, backend: backend)
    for (own, new) in zip(layers, copy.layers) {
      copyWindow(own.window, into: new.window)
      if let compressor = own.compressor {
        new.compressor?.copy(from: compressor, position: position, on: backend)
      }
      if let indexer = own.indexer {
        new.indexer?.copy(from: indexer, position: position, on: backend)
      }
    }
    if let draft, let target = copy.draft {
      copyWindow(draft.window, into: target.window)
      backend.copyRows(Array(0..<draft.streams.rows), of: draft.streams, into: target.streams)
    }
    copy.position = position
    copy.highest = highest
    return copy
  }

  private func copyWindow(_ own: RowStore, into new: RowStore) {
    backend.setBytes(backend.bytes(of: own, rows: 0..<own.rows), of: new, row: 0)
  }
}

// MARK: - On disk

extension CompressedCache: StorableCache {
  /// The rows of one piece.
  private static let pieceRows = 4096

  package var layout: String {
    let kinds = model.layers.map { kind in
      kind.ratio.map { "\(kind.lanes)x\($0)" } ?? "0"
    }
    return "compressed \(kinds.joined(separator: " ")), window \(model.window), rows"
      + " \(model.headSize) and \(model.indexHeadSize) \(layers[0].window.type.rawValue), drafts"
      + " \(draft == nil ? "none" : "\(model.streamCount) x \(model.hiddenSize)")"
  }

  /// All tensors and stores of the state, with how many of their first rows count.
  private func pieces(at position: Int) -> [Piece] {
    var pieces: [Piece] = []
    for layer in layers {
      pieces.append(.store(layer.window, rows: layer.window.rows))
      for part in [layer.compressor, layer.indexer].compactMap(\.self) {
        pieces.append(.tensor(part.values))
        pieces.append(.tensor(part.gates))
        pieces.append(.store(part.entries, rows: position / part.ratio))
      }
    }
    if let draft {
      pieces.append(.store(draft.window, rows: draft.window.rows))
      pieces.append(.tensor(draft.streams))
    }
    return pieces
  }

  private enum Piece {
    case tensor(DeviceTensor)
    case store(RowStore, rows: Int)
  }

  package func save<E: Error>(_ body: ([UInt8]) throws(E) -> Void) throws(E) {
    try body((0..<8).map { UInt8(truncatingIfNeeded: highest >> (8 * $0)) })
    for piece in pieces(at: position) {
      switch piece {
      case .tensor(let tensor):
        var values: [Float] = []
        backend.read(tensor, rows: 0..<tensor.rows, into: &values)
        try body(F32Format.encoded(values))
      case .store(let store, let rows):
        for start in stride(from: 0, to: rows, by: Self.pieceRows) {
          try body(backend.bytes(of: store, rows: start..<min(start + Self.pieceRows, rows)))
        }
      }
    }
  }

  package func load(position: Int, _ next: (Int) -> [UInt8]?) -> Bool {
    guard position >= 0, position <= capacity else { return false }
    self.position = 0
    self.highest = 0
    guard let head = next(8), head.count == 8 else { return false }
    let highest = head.enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << (8 * $1.offset) }
    guard let highest = Int(exactly: highest), highest >= position else { return false }
    for piece in pieces(at: position) {
      switch piece {
      case .tensor(let tensor):
        let count = tensor.rows * tensor.columns * 4
        guard let bytes = next(count), bytes.count == count else { return false }
        backend.write(F32Format.decoded(bytes), to: tensor, row: 0)
      case .store(let store, let rows):
        for start in stride(from: 0, to: rows, by: Self.pieceRows) {
          let count = min(Self.pieceRows, rows - start) * store.rowBytes
          guard let bytes = next(count), bytes.count == count else { return false }
          backend.setBytes(bytes, of: store, row: start)
        }
      }
    }
    self.position = position
    self.highest = highest
    return true
  }
}
