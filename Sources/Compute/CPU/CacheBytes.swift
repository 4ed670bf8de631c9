// The bytes of an attention cache, for files: head by head, keys in whole steps of sixteen positions
// and then values, as they lie in memory.
//
// SAFETY: see CPUBackend.swift.

import Tensors

extension CPUBackend {
  /// The bytes of keys and of values that some positions of one head take.
  private func sizes(_ store: KeyValueStore, _ positions: Int) -> (keys: Int, values: Int) {
    let shape = store.shape
    return (
      (positions + 15) / 16 * 16 * shape.keySize * elementBytes,
      positions * (Self.headSize(shape) - shape.keySize) * elementBytes
    )
  }

  package func byteCount(of store: KeyValueStore, positions: Int) -> Int {
    let sizes = sizes(store, positions)
    return sizes.keys + sizes.values
  }

  package func bytes(of store: KeyValueStore, head: Int, positions: Int) -> [UInt8] {
    check(store, head: head, positions: positions)
    var keys: [UInt8] = []
    var values: [UInt8] = []
    for segment in store.segments {
      let count = min(positions, segment.end) - segment.first
      guard count > 0 else { break }
      let sizes = sizes(store, count)
      let room = self.sizes(store, segment.capacity)
      let start = unsafe segment.address + head * (room.keys + room.values)
      unsafe keys += UnsafeRawBufferPointer(start: start, count: sizes.keys)
      unsafe values += UnsafeRawBufferPointer(start: start + room.keys, count: sizes.values)
    }
    return keys + values
  }

  package func setBytes(_ bytes: [UInt8], of store: KeyValueStore, head: Int, positions: Int) {
    let sizes = sizes(store, positions)
    let room = self.sizes(store, store.ownCapacity)
    check(store, head: head, positions: positions)
    precondition(store.borrowed.isEmpty, "what another store lent is not written to")
    precondition(bytes.count == sizes.keys + sizes.values, "all bytes of a head are there")
    let start = unsafe store.address + head * (room.keys + room.values)
    unsafe bytes.withUnsafeBytes { source in
      guard let first = source.baseAddress else { return }
      unsafe start.copyMemory(from: first, byteCount: sizes.keys)
      unsafe (start + room.keys).copyMemory(from: first + sizes.keys, byteCount: sizes.values)
    }
  }

  private func check(_ store: KeyValueStore, head: Int, positions: Int) {
    precondition(
      head >= 0 && head < store.shape.layers * store.shape.heads && positions >= 0
        && positions <= store.capacity, "positions of a head lie in their store")
  }
}
