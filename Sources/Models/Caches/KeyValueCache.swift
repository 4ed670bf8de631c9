// What attention to all positions remembers of one sequence: keys and values of all layers, or, for
// latent attention, one row per token and layer that is both.

import Compute
import Tensors

/// The cache of full attention: it forgets any number of tokens by stepping back.
package final class KeyValueCache: SequenceCache {
  /// How the state lies in memory.
  enum Storage {
    /// Keys and values by themselves.
    case separate(KeyValueStore)
    /// A store per layer, whose rows are keys and begin with their values.
    case joint([RowStore])
  }

  private let backend: any Backend
  private(set) var storage: Storage
  package private(set) var position = 0
  package let capacity: Int
  /// The positions that forks may read.
  private var lentCount = 0

  /// Makes an empty cache of a capacity.
  init(
    backend: any Backend, shape: KeyValueShape, capacity: Int
  ) throws(ModelError) {
    self.backend = backend
    let store = try compute { () throws(ComputeError) in
      try backend.makeStore(shape: shape, capacity: capacity)
    }
    storage = .separate(store)
    self.capacity = store.capacity
  }

  private init(backend: any Backend, store: KeyValueStore) {
    self.backend = backend
    storage = .separate(store)
    capacity = store.capacity
  }

  /// Makes an empty cache whose rows are keys and values at once.
  init(
    backend: any Backend, layers: Int, rowSize: Int, capacity: Int
  ) throws(ModelError) {
    self.backend = backend
    self.capacity = capacity
    storage = .joint(
      try compute { () throws(ComputeError) in
        var stores: [RowStore] = []
        for _ in 0..<layers {
          stores.append(try backend.makeRowStore(rows: max(1, capacity), columns: rowSize))
        }
        return stores
      })
  }

  /// Counts tokens whose keys and values were stored.
  func advance(by count: Int) {
    precondition(count >= 0 && count <= capacity - position, "positions fit the cache")
    position += count
  }

  package func rewind(to position: Int) -> Bool {
    guard position >= 0, position <= self.position else { return false }
    if case .separate(let store) = storage {
      if lentCount > 0, !store.isLent { lentCount = 0 }
      // What a fork reads, or another cache lent, is not written over: what is left goes to new memory.
      if position < max(store.first, lentCount) {
        let own = try? backend.fork(
          store, positions: position, capacity: capacity, borrows: true)
        guard let own else { return false }
        storage = .separate(own)
        lentCount = 0
      }
    }
    self.position = position
    return true
  }

  package func fork(capacity: Int, borrows: Bool) throws(ModelError) -> any SequenceCache {
    guard capacity >= position else { throw .cacheFull(capacity: capacity, needed: position) }
    let copy: KeyValueCache
    switch storage {
    case .separate(let store):
      let target = try compute { () throws(ComputeError) in
        try backend.fork(store, positions: position, capacity: capacity, borrows: borrows)
      }
      copy = KeyValueCache(backend: backend, store: target)
      if borrows { lentCount = max(lentCount, position) }
    case .joint(let stores):
      copy = try KeyValueCache(
        backend: backend, layers: stores.count, rowSize: stores.first?.columns ?? 1,
        capacity: capacity)
      if case .joint(let targets) = copy.storage {
        for (own, target) in zip(stores, targets) {
          for rows in pieces {
            backend.setBytes(
              backend.bytes(of: own, rows: rows), of: target, row: rows.lowerBound)
          }
        }
      }
    }
    copy.position = position
    return copy
  }

  /// The rows that count, cut into pieces of a bounded size.
  private var pieces: [Range<Int>] { Self.pieces(position) }

  private static func pieces(_ position: Int) -> [Range<Int>] {
    stride(from: 0, to: position, by: 4096).map { $0..<min($0 + 4096, position) }
  }
}

extension KeyValueCache: StorableCache {
  package var layout: String {
    switch storage {
    case .separate(let store):
      let shape = store.shape
      return "keys and values \(shape.layers) x \(shape.heads) x (\(shape.keySize) +"
        + " \(shape.valueSize)) \(store.type.rawValue)"
    case .joint(let stores):
      return "joint rows \(stores.count) x \(stores.first?.columns ?? 0)"
        + " \(stores.first?.type.rawValue ?? "")"
    }
  }

  package func save<E: Error>(_ body: ([UInt8]) throws(E) -> Void) throws(E) {
    switch storage {
    case .separate(let store):
      for head in 0..<store.shape.layers * store.shape.heads {
        try body(backend.bytes(of: store, head: head, positions: position))
      }
    case .joint(let stores):
      for store in stores {
        for rows in pieces { try body(backend.bytes(of: store, rows: rows)) }
      }
    }
  }

  package func load(position: Int, _ next: (Int) -> [UInt8]?) -> Bool {
    guard position >= 0, position <= capacity else { return false }
    self.position = 0
    switch storage {
    case .separate(let store):
      for head in 0..<store.shape.layers * store.shape.heads {
        let count = backend.byteCount(of: store, positions: position)
        guard let bytes = next(count), bytes.count == count else { return false }
        backend.setBytes(bytes, of: store, head: head, positions: position)
      }
    case .joint(let stores):
      for store in stores {
        for rows in Self.pieces(position) {
          let count = rows.count * store.rowBytes
          guard let bytes = next(count), bytes.count == count else { return false }
          backend.setBytes(bytes, of: store, row: rows.lowerBound)
        }
      }
    }
    self.position = position
    return true
  }
}
