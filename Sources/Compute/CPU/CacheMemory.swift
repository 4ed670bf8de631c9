// The memory of attention caches: a store begins with segments of the stores that it was forked from, which it
// only reads, and ends with memory of its own.
//
// SAFETY: see CPUBackend.swift.

import CKernels

extension CPUBackend {
  /// Segments begin and end at multiples of this many positions.
  private static let step = Int(CK_SEGMENT_STEP)
  /// A store with as many borrowed segments is copied whole: attention looks through them all.
  private static let greatestSegmentCount = 8

  package func makeStore(
    shape: KeyValueShape, capacity: Int
  ) throws(ComputeError) -> KeyValueStore {
    try makeStore(shape: shape, capacity: capacity, borrowed: [])
  }

  private func makeStore(
    shape: KeyValueShape, capacity: Int, borrowed: [StoreSegment]
  ) throws(ComputeError) -> KeyValueStore {
    precondition(
      shape.valueSize <= Int(CK_MAX_VALUE_SIZE), "values fit the attention kernel")
    let first = borrowed.last?.end ?? 0
    let own = max(1, (capacity - first + Self.step - 1) / Self.step) * Self.step
    let elements = shape.layers * shape.heads * Self.headSize(shape) * own
    let memory = try HostMemory(byteCount: elements * elementBytes, isFilledWhole: false)
    return unsafe KeyValueStore(
      shape: shape, capacity: first + own, type: precision.cacheType, device: 0,
      address: memory.address, owner: memory, borrowed: borrowed)
  }

  package func fork(
    _ store: KeyValueStore, positions: Int, capacity: Int, borrows: Bool
  ) throws(ComputeError) -> KeyValueStore {
    precondition(
      positions >= 0 && positions <= min(store.capacity, capacity)
        && store.type == precision.cacheType, "forked positions lie in both stores")
    let borrows = borrows && store.borrowed.count < Self.greatestSegmentCount
    let first = borrows ? positions / Self.step * Self.step : 0
    let target = try makeStore(
      shape: store.shape, capacity: capacity,
      borrowed: store.segments.compactMap { $0.before(first) })
    for segment in store.segments where segment.end > first && segment.first < positions {
      copy(max(first, segment.first)..<min(positions, segment.end), of: segment, into: target)
    }
    return target
  }

  /// Copies positions of all layers and heads, the first of them a multiple of the step.
  private func copy(_ positions: Range<Int>, of source: StoreSegment, into target: KeyValueStore) {
    let shape = target.shape
    let headSize = Self.headSize(shape)
    let keySize = shape.keySize * elementBytes
    let valueSize = (headSize - shape.keySize) * elementBytes
    // Keys go in whole groups of sixteen positions; what lies behind the last is written before it is read.
    let keyBytes = (positions.count + 15) / 16 * 16 * keySize
    let from = positions.lowerBound - source.first
    let to = positions.lowerBound - target.first
    for head in 0..<shape.layers * shape.heads {
      let old = unsafe source.address + head * source.capacity * headSize * elementBytes
      let new = unsafe target.address + head * target.ownCapacity * headSize * elementBytes
      unsafe (new + to * keySize).copyMemory(from: old + from * keySize, byteCount: keyBytes)
      unsafe (new + target.ownCapacity * keySize + to * valueSize).copyMemory(
        from: old + source.capacity * keySize + from * valueSize,
        byteCount: positions.count * valueSize)
    }
  }

  /// The elements that one position of one head takes: values are padded to whole sixteens.
  static func headSize(_ shape: KeyValueShape) -> Int {
    shape.keySize + (shape.valueSize + 15) / 16 * 16
  }
}
