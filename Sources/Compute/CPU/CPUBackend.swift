// The processor as a backend: packed weights, C kernels, a pool of pinned threads.
//
// SAFETY: (of the whole file) tensors, weights and stores come from this backend and own their memory; each
// operation checks shapes before it hands addresses to a kernel, and kernels write only the rows
// and heads that their job names.

import CKernels
import Posix
package import Tensors

/// The backend of the machine's processor.
package final class CPUBackend: Backend {
  package let precision: Precision
  /// The instruction set in use.
  package let instructions: InstructionSet
  let kernels: KernelTable
  let pool: ThreadPool
  private let arena = WeightArena()
  /// Rows rounded to 8 bits; grows to the largest input and then stays.
  var rounded: HostMemory
  /// The outputs of picked groups of a product.
  var picked: HostMemory
  /// Rows of inputs in the order of their experts.
  var gathered: HostMemory
  /// What single blocks of keys add to the attention of a few queries.
  var parts: HostMemory

  /// Creates a backend.
  ///
  /// - Parameters:
  ///   - precision: How activations and caches are rounded.
  ///   - threads: The number of threads, nil for one a processor.
  ///   - instructions: The instruction set, nil for the best of the machine.
  ///   - pins: Whether threads are tied to processors.
  package init(
    precision: Precision, threads: Int? = nil, instructions: InstructionSet? = nil,
    pins: Bool = false
  ) throws(ComputeError) {
    let set = instructions ?? .best
    guard set.isAvailable else { throw .unsupportedInstructions(name: set.rawValue) }
    self.precision = precision
    self.instructions = set
    kernels = KernelTable(set)
    do throws(PosixError) {
      pool = try ThreadPool(threadCount: threads ?? Processors.count, pins: pins)
    } catch { throw .noThread(reason: "\(error)") }
    rounded = try HostMemory(byteCount: 1)
    picked = try HostMemory(byteCount: 1)
    gathered = try HostMemory(byteCount: 1)
    parts = try HostMemory(byteCount: 1)
  }

  package var threadPool: ThreadPool? { pool }

  package var name: String {
    instructions == .avx512 ? "cpu/avx512vnni" : "cpu/\(instructions.rawValue)"
  }

  // MARK: Memory

  package func makeTensor(rows: Int, columns: Int) throws(ComputeError) -> DeviceTensor {
    let memory = try HostMemory(byteCount: rows * columns * 4)
    return unsafe DeviceTensor(
      rows: rows, columns: columns, device: 0, address: memory.address, owner: memory)
  }

  var elementBytes: Int { precision.cacheType == .f16 ? 2 : 4 }

  package func prepare(_ view: TensorView, for use: WeightUse) throws(ComputeError) -> Weight {
    guard let format = KernelTable.format(of: view.type) else {
      throw .unsupportedType(tensor: view.name, type: view.type)
    }
    guard view.type.fills(columns: view.shape.columns) else {
      throw .unsupportedShape(tensor: view.name, shape: view.shape)
    }
    guard use.contains(.product) else {
      return unsafe Weight(view: view, use: use, device: 0, address: nil, owner: nil)
    }
    if use.contains(.stored) || !KernelTable.packs(view) {
      let form = StoredForm(view, format: format)
      return unsafe Weight(
        view: view, use: use.union(.stored), device: 0,
        address: UnsafeMutableRawPointer(form.address), owner: form)
    }
    let groups = (view.shape.rows + 15) / 16
    let bytes = Int(ck_packed_group_bytes(format, Int64(view.shape.columns)))
    let memory = try unsafe arena.take(byteCount: groups * bytes)
    unsafe view.withBytes { stored in
      guard let first = stored.baseAddress else { return }
      unsafe withUnsafePointer(
        to: ck_pack_job(
          format: format, rows: Int64(view.shape.rows), columns: Int64(view.shape.columns),
          row_bytes: Int64(view.rowBytes), stored: first.assumingMemoryBound(to: UInt8.self),
          packed: memory.address.assumingMemoryBound(to: UInt8.self),
          scales: StoredForm.scales(of: view, from: view.scales?.firstRow ?? 0))
      ) { job in unsafe pack(view, groups: groups, job) }
    }
    return unsafe Weight(
      view: view, use: use, device: 0, address: memory.address, owner: memory.owner)
  }

  /// Packs a weight piece by piece and lets go of each stored piece, so that nothing is held twice.
  private func pack(_ view: TensorView, groups: Int, _ job: UnsafePointer<ck_pack_job>) {
    let step = max(1, Self.packedPieceBytes / (16 * view.rowBytes))
    for first in stride(from: 0, to: groups, by: step) {
      let count = min(step, groups - first)
      pool.run(items: count) { begin, end in
        unsafe kernels.pack(job, Int64(first + begin), Int64(first + end))
      }
      let start = view.range.lowerBound
      view.owner.release(
        start + 16 * first * view.rowBytes..<start + min(16 * (first + count), view.shape.rows)
          * view.rowBytes)
    }
  }

  /// The stored bytes that are packed before their pages are let go.
  private static let packedPieceBytes = 16 << 20

  package func write(_ values: [Float], to tensor: DeviceTensor, row: Int) {
    precondition(
      row >= 0 && values.count % tensor.columns == 0
        && row + values.count / tensor.columns <= tensor.rows, "written rows lie in the tensor")
    let target = unsafe floats(tensor) + row * tensor.columns
    for (index, value) in values.enumerated() { unsafe target[index] = value }
  }

  package func read(_ tensor: DeviceTensor, rows: Range<Int>, into values: inout [Float]) {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= tensor.rows, "read rows lie in the tensor")
    let count = rows.count * tensor.columns
    let source = unsafe floats(tensor) + rows.lowerBound * tensor.columns
    guard values.count == count else {
      values = unsafe [Float](unsafeUninitializedCapacity: count) { target, filled in
        guard let first = target.baseAddress else { return }
        unsafe first.initialize(from: source, count: count)
        filled = count
      }
      return
    }
    unsafe values.withUnsafeMutableBufferPointer { target in
      guard let first = target.baseAddress else { return }
      unsafe first.update(from: source, count: count)
    }
  }

  package func copyRows(_ indices: [Int], of source: DeviceTensor, into target: DeviceTensor) {
    precondition(
      source.columns == target.columns && indices.count <= target.rows,
      "copied rows have one length and fit")
    for (index, row) in indices.enumerated() {
      precondition(row >= 0 && row < source.rows, "a copied row lies in its tensor")
      unsafe (floats(target) + index * target.columns).update(
        from: floats(source) + row * source.columns, count: source.columns)
    }
  }

  // MARK: Look-ups

  package func embed(_ ids: [Int], from table: Weight, into output: DeviceTensor) {
    precondition(
      output.columns == table.columns && ids.count <= output.rows,
      "an embedding has the table's row length")
    for (row, id) in ids.enumerated() {
      precondition(id >= 0 && id < table.rows, "a row lies in its weight")
      let line = unsafe UnsafeMutableBufferPointer(
        start: floats(output) + row * output.columns, count: output.columns)
      var span = unsafe line.mutableSpan
      table.view.decodeRow(id, into: &span)
    }
  }

  func floats(_ tensor: DeviceTensor) -> UnsafeMutablePointer<Float> {
    unsafe tensor.address.assumingMemoryBound(to: Float.self)
  }
}
