// Attention of the processor's backend: how sequences, heads and blocks of keys become items.
//
// SAFETY: see CPUBackend.swift.

import CKernels
import Tensors

extension CPUBackend {
  package func store(
    keys: DeviceTensor, values: DeviceTensor, layer: Int, sequences: [SequenceRows]
  ) {
    guard let shape = sequences.first?.store.shape else { return }
    precondition(
      keys.columns == shape.heads * shape.keySize
        && values.columns == shape.heads * shape.valueSize,
      "keys and values fill their heads")
    let keyRows = unsafe floats(keys)
    let valueRows = unsafe floats(values)
    unsafe withPlaces(
      of: sequences, layer: layer, rows: min(keys.rows, values.rows), itemsOf: \.count
    ) { (places, items) in
      let job = unsafe attentionJob(shape, places, input: keyRows, values: valueRows)
      unsafe run(job, items: items, kernels.store)
    }
  }

  package func attend(
    _ queries: DeviceTensor, queryHeads: Int, scale: Float, layer: Int,
    sequences: [SequenceRows], into output: DeviceTensor
  ) {
    guard let shape = sequences.first?.store.shape else { return }
    precondition(
      queryHeads % shape.heads == 0 && queries.columns == queryHeads * shape.keySize
        && output.columns == queryHeads * shape.valueSize, "query heads share key heads evenly")
    let queryRows = unsafe floats(queries)
    let outputRows = unsafe floats(output)
    let group = queryHeads / shape.heads
    let tileQueries = Int(CK_TILE_QUERIES)
    func tiles(_ sequence: SequenceRows) -> Int {
      shape.heads * ((sequence.count * group + tileQueries - 1) / tileQueries)
    }
    unsafe withPlaces(
      of: sequences, layer: layer, rows: min(queries.rows, output.rows), itemsOf: tiles
    ) { (places, tiles) in
      var job = unsafe attentionJob(shape, places, input: queryRows, values: nil)
      unsafe job.query_heads = Int64(queryHeads)
      unsafe job.scale = scale
      unsafe job.output = outputRows
      let deepest = sequences.reduce(0) { max($0, $1.position + $1.count) }
      let keyBlock = Int(CK_KEY_BLOCK)
      let blocks = (deepest + keyBlock - 1) / keyBlock
      let most = sequences.reduce(0) { max($0, ($1.store.capacity + keyBlock - 1) / keyBlock) }
      let partBytes =
        tileQueries * (16 + Self.headSize(shape) - shape.keySize) * MemoryLayout<Float>.stride
      // Few queries far into a sequence: the threads share the blocks of keys as well. The room for that is taken
      // at once, so that a sequence which grows beyond a block takes no memory on its way.
      if pool.threadCount > 1, tiles < pool.threadCount * Self.tilesPerThread,
        let memory = grown(parts, to: tiles * most * partBytes)
      {
        parts = memory
        if blocks > 1 {
          unsafe job.parts = parts.address.assumingMemoryBound(to: Float.self)
          unsafe job.blocks = Int64(blocks)
          unsafe run(job, items: tiles * blocks, kernels.attend)
          unsafe run(job, items: tiles, kernels.join)
          return
        }
      }
      unsafe run(job, items: tiles, kernels.attend)
    }
  }

  /// Below as many tiles a thread, uneven shares cost more than joining parts.
  private static let tilesPerThread = 8

  private func attentionJob(
    _ shape: KeyValueShape, _ places: UnsafeBufferPointer<ck_sequence>,
    input: UnsafePointer<Float>, values: UnsafePointer<Float>?
  ) -> ck_attention_job {
    guard let first = places.baseAddress else {
      preconditionFailure("an attention has at least one sequence")
    }
    return unsafe ck_attention_job(
      sequence_count: Int64(places.count), sequences: first, query_heads: 0,
      heads: Int64(shape.heads), key_size: Int64(shape.keySize),
      value_size: Int64(shape.valueSize), scale: 1, half: precision.cacheType == .f16,
      input: input, values: values, output: nil, parts: nil, blocks: 0)
  }

  private func run(
    _ job: ck_attention_job, items: Int,
    _ kernel: (UnsafePointer<ck_attention_job>, Int64, Int64) -> Void
  ) {
    unsafe withUnsafePointer(to: job) { job in
      pool.run(items: items) { begin, end in unsafe kernel(job, Int64(begin), Int64(end)) }
    }
  }

  /// Lends the places of sequences in one layer, checked, and the number of all their items.
  private func withPlaces(
    of sequences: [SequenceRows], layer: Int, rows: Int, itemsOf: (SequenceRows) -> Int,
    _ body: (UnsafeBufferPointer<ck_sequence>, Int) -> Void
  ) {
    let segmentCount = sequences.reduce(0) { $0 + $1.store.borrowed.count + 1 }
    unsafe withUnsafeTemporaryAllocation(of: ck_segment.self, capacity: segmentCount) { segments in
      unsafe withUnsafeTemporaryAllocation(of: ck_sequence.self, capacity: sequences.count) {
        places in
        guard let base = segments.baseAddress else { return }
        var total = 0
        var next = 0
        for (index, sequence) in sequences.enumerated() {
          let store = sequence.store
          let shape = store.shape
          precondition(
            shape == sequences[0].store.shape && store.type == precision.cacheType,
            "the sequences of a pass have stores of one shape, made by this backend")
          precondition(
            layer >= 0 && layer < shape.layers && sequence.position >= store.first
              && sequence.count > 0 && sequence.position + sequence.count <= store.capacity
              && sequence.firstRow >= 0 && sequence.firstRow + sequence.count <= rows,
            "rows and positions lie in their memory")
          let count = store.borrowed.count + 1
          for number in 0..<count {
            let segment = number < count - 1 ? store.borrowed[number] : store.own
            let layerBytes = shape.heads * Self.headSize(shape) * segment.capacity * elementBytes
            unsafe segments.initializeElement(
              at: next + number,
              to: ck_segment(
                heads: segment.address + layer * layerBytes, first: Int64(segment.first),
                capacity: Int64(segment.capacity)))
          }
          unsafe places.initializeElement(
            at: index,
            to: ck_sequence(
              segments: base + next, segment_count: Int64(count),
              position: Int64(sequence.position), first_row: Int64(sequence.firstRow),
              count: Int64(sequence.count), first_item: Int64(total)))
          next += count
          total += itemsOf(sequence)
        }
        unsafe body(UnsafeBufferPointer(places), total)
      }
    }
  }
}
