// The bytes of an attention cache, for files: head by head, keys in whole steps of sixteen positions
// and then values, as they lie in memory.
//
// SAFETY: see CPUBackend.swift.

import Tensors

extension CPUBackend {
  /// The bytes of keys and of values that some positions of one head take.
  private func sizes(
    _ store: KeyValueStore, _ positions: Int
  ) -> (keys: Int, values: Int, keyRoom: Int, headRoom: Int) {
    let shape = store.shape
    let valueSize = Self.headSize(shape) - shape.keySize
    return (
      (positions + 15) / 16 * 16 * shape.keySize * elementBytes,
      positions * valueSize * elementBytes,
      store.capacity * shape.keySize * elementBytes,
      store.capacity * Self.headSize(shape) * elementBytes
    )
  }

  package func byteCount(of store: KeyValueStore, positions: Int) -> Int {
    let sizes = sizes(store, positions)
    return sizes.keys + sizes.values
  }

  package func bytes(of store: KeyValueStore, head: Int, positions: Int) -> [UInt8] {
    let sizes = sizes(store, positions)
    check(store, head: head, positions: positions)
    let start = unsafe store.address + head * sizes.headRoom
    return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: sizes.keys))
      + [UInt8](UnsafeRawBufferPointer(start: start + sizes.keyRoom, count: sizes.values))
  }

  package func setBytes(_ bytes: [UInt8], of store: KeyValueStore, head: Int, positions: Int) {
    let sizes = sizes(store, positions)
    check(store, head: head, positions: positions)
    precondition(bytes.count == sizes.keys + sizes.values, "all bytes of a head are there")
    let start = unsafe store.address + head * sizes.headRoom
    unsafe bytes.withUnsafeBytes { source in
      guard let first = source.baseAddress else { return }
      unsafe start.copyMemory(from: first, byteCount: sizes.keys)
      unsafe (start + sizes.keyRoom).copyMemory(
        from: first + sizes.keys, byteCount: sizes.values)
    }
  }

  private func check(_ store: KeyValueStore, head: Int, positions: Int) {
    precondition(
      head >= 0 && head < store.shape.layers * store.shape.heads && positions >= 0
        && positions <= store.capacity, "positions of a head lie in their store")
  }
}
