// Keys and values of one sequence in all layers.

import Compute
import Tensors

/// The cache of full attention: it forgets any number of tokens by stepping back.
package final class KeyValueCache: SequenceCache {
  private let backend: any Backend
  private(set) var store: KeyValueStore
  package private(set) var position = 0

  /// Makes an empty cache of a capacity.
  init(
    backend: any Backend, shape: KeyValueShape, capacity: Int
  ) throws(ModelError) {
    self.backend = backend
    store = try compute { () throws(ComputeError) in
      try backend.makeStore(shape: shape, capacity: capacity)
    }
  }

  package var capacity: Int { store.capacity }

  /// Counts tokens whose keys and values were stored.
  func advance(by count: Int) {
    precondition(count >= 0 && count <= capacity - position, "positions fit the cache")
    position += count
  }

  package func rewind(to position: Int) -> Bool {
    guard position >= 0, position <= self.position else { return false }
    self.position = position
    return true
  }

  package func fork(capacity: Int) throws(ModelError) -> any SequenceCache {
    guard capacity >= position else { throw .cacheFull(capacity: capacity, needed: position) }
    let copy = try KeyValueCache(backend: backend, shape: store.shape, capacity: capacity)
    backend.copyPositions(position, of: store, into: copy.store)
    copy.position = position
    return copy
  }
}

extension KeyValueCache: StorableCache {
  package var layout: String {
    let shape = store.shape
    return "keys and values \(shape.layers) x \(shape.heads) x (\(shape.keySize) +"
      + " \(shape.valueSize)) \(store.type.rawValue)"
  }

  package func save<E: Error>(_ body: ([UInt8]) throws(E) -> Void) throws(E) {
    for head in 0..<store.shape.layers * store.shape.heads {
      try body(backend.bytes(of: store, head: head, positions: position))
    }
  }

  package func load(position: Int, _ next: (Int) -> [UInt8]?) -> Bool {
    guard position >= 0, position <= capacity else { return false }
    self.position = 0
    for head in 0..<store.shape.layers * store.shape.heads {
      let count = backend.byteCount(of: store, positions: position)
      guard let bytes = next(count), bytes.count == count else { return false }
      backend.setBytes(bytes, of: store, head: head, positions: position)
    }
    self.position = position
    return true
  }
}
