// Products of the processor's backend: which rows are rounded, and how groups become items.
//
// SAFETY: see CPUBackend.swift.

import CKernels
import Tensors

extension CPUBackend {
  package func multiply(_ input: DeviceTensor, rows: Int, by projection: Projection) {
    multiply(input, rows: rows, by: [projection])
  }

  package func multiply(_ input: DeviceTensor, rows: Int, by projections: [Projection]) {
    multiply(input, rows: rows, by: projections, rounded: true)
    multiply(input, rows: rows, by: projections, rounded: false)
  }

  package func multiply(
    gate: DeviceTensor, up: DeviceTensor, rows: Int, by projection: Projection
  ) {
    if roundsInputs(of: projection.weight) {
      // What the gate lets through is rounded where it comes into being, and never written down.
      multiply(gate, rows: rows, by: [projection], rounded: true, up: up)
    } else {
      swiGLU(gate: gate, up: up, rows: rows, into: gate)
      multiply(gate, rows: rows, by: [projection], rounded: false)
    }
  }

  /// Multiplies by those weights that take their inputs in one form.
  private func multiply(
    _ input: DeviceTensor, rows: Int, by projections: [Projection], rounded useBlock8: Bool,
    up: DeviceTensor? = nil
  ) {
    guard projections.contains(where: { roundsInputs(of: $0.weight) == useBlock8 }) else { return }
    let source = unsafe inputRows(of: input, first: 0, count: rows, rounded: useBlock8, up: up)
    unsafe withUnsafeTemporaryAllocation(of: ck_product.self, capacity: projections.count) {
      products in
      var count = 0
      var items = 0
      for projection in projections where roundsInputs(of: projection.weight) == useBlock8 {
        let weight = projection.weight
        let bias = projection.bias
        precondition(
          input.columns == weight.columns && projection.output.columns == weight.rows
            && rows <= input.rows && rows <= projection.output.rows
            && bias?.columns ?? weight.rows == weight.rows, "a product's shapes meet")
        unsafe products.initializeElement(
          at: count,
          to: product(
            weight, source: source, tokens: rows, groups: nil, groupCount: (weight.rows + 15) / 16,
            output: floats(projection.output), outputStride: weight.rows,
            bias: bias.map { unsafe UnsafePointer(floats($0)) }))
        count += 1
        items += (weight.rows + 15) / 16
      }
      unsafe run(
        UnsafeBufferPointer(rebasing: products[..<count]), items: items, rounded: useBlock8)
    }
  }

  package func multiply(
    row: Int, of input: DeviceTensor, byRows ids: [Int32], of weight: Weight,
    into values: inout [Float]
  ) {
    pick(row..<row + 1, of: input, ids, of: weight, into: &values)
  }

  package func multiply(
    _ input: DeviceTensor, rows: Int, byRows ids: [Int32], of weight: Weight,
    into values: inout [Float]
  ) {
    pick(0..<rows, of: input, ids, of: weight, into: &values)
  }

  /// Computes the groups that hold the rows asked for, for several rows of inputs.
  private func pick(
    _ rows: Range<Int>, of input: DeviceTensor, _ ids: [Int32], of weight: Weight,
    into values: inout [Float]
  ) {
    precondition(
      input.columns == weight.columns && rows.lowerBound >= 0 && rows.upperBound <= input.rows,
      "a product's shapes meet")
    var groups: [Int32] = []
    for id in ids where groups.last != id / 16 {
      precondition(id >= 0 && Int(id) < weight.rows, "a row lies in its weight")
      groups.append(id / 16)
    }
    let stride = 16 * groups.count
    guard let memory = grown(picked, to: max(1, rows.count * stride * 4)) else {
      preconditionFailure("memory for picked rows is not to be had")
    }
    picked = memory
    let useBlock8 = roundsInputs(of: weight)
    let source = unsafe inputRows(
      of: input, first: rows.lowerBound, count: rows.count, rounded: useBlock8)
    let output = unsafe picked.address.assumingMemoryBound(to: Float.self)
    unsafe groups.withUnsafeBufferPointer { list in
      var job = unsafe product(
        weight, source: source, tokens: rows.count, groups: list.baseAddress,
        groupCount: list.count, output: output, outputStride: stride, bias: nil)
      unsafe withUnsafePointer(to: &job) { job in
        unsafe run(
          UnsafeBufferPointer(start: job, count: 1), items: list.count, rounded: useBlock8)
      }
    }
    if values.count != rows.count * ids.count {
      values = [Float](repeating: 0, count: rows.count * ids.count)
    }
    for row in 0..<rows.count {
      let line = unsafe output + row * stride
      var place = -1
      var last: Int32 = -1
      for (index, id) in ids.enumerated() {
        if id / 16 != last {
          last = id / 16
          place += 1
        }
        values[row * ids.count + index] = unsafe line[16 * place + Int(id % 16)]
      }
    }
  }

  /// Whether a weight takes activations of 8 bits.
  func roundsInputs(of weight: Weight) -> Bool {
    precision == .fast && weight.view.type.isQuantized && !weight.use.contains(.stored)
  }

  /// Returns the address and stride of input rows, rounded to 8 bits if asked for.
  ///
  /// - Parameter up: For inputs that are gates and are rounded: what they let through, which is rounded in their place.
  func inputRows(
    of input: DeviceTensor, first: Int, count: Int, rounded useBlock8: Bool,
    up: DeviceTensor? = nil
  ) -> (address: UnsafeRawPointer, stride: Int) {
    if let up {
      precondition(
        useBlock8 && up.columns == input.columns && first + count <= up.rows,
        "gate and up have one shape")
    }
    let rows = unsafe UnsafePointer(floats(input)) + first * input.columns
    guard useBlock8 else { return unsafe (UnsafeRawPointer(rows), input.columns) }
    let stride = input.columns / 32
    let bytes = count * stride * MemoryLayout<ck_block8>.stride
    guard let memory = grown(rounded, to: bytes) else {
      preconditionFailure("memory for rounded rows is not to be had")
    }
    rounded = memory
    unsafe withUnsafePointer(
      to: ck_quantize_job(
        columns: Int64(input.columns), input_stride: Int64(input.columns),
        output_stride: Int64(stride), input: rows,
        output: rounded.address.assumingMemoryBound(to: ck_block8.self),
        up: up.map { unsafe UnsafePointer(floats($0)) + first * input.columns })
    ) { job in
      pool.run(items: count) { begin, end in
        unsafe kernels.quantize(job, Int64(begin), Int64(end))
      }
    }
    return unsafe (UnsafeRawPointer(rounded.address), stride)
  }

  /// Returns memory of at least some size, the given one if it is large enough.
  func grown(_ memory: HostMemory, to byteCount: Int) -> HostMemory? {
    if memory.byteCount >= byteCount { return memory }
    return try? HostMemory(byteCount: byteCount * 2)
  }

  func product(
    _ weight: Weight, source: (address: UnsafeRawPointer, stride: Int), tokens: Int,
    groups: UnsafePointer<Int32>?, groupCount: Int, output: UnsafeMutablePointer<Float>,
    outputStride: Int, bias: UnsafePointer<Float>?
  ) -> ck_product {
    guard let packed = unsafe weight.address, let type = KernelTable.format(of: weight.view.type)
    else { preconditionFailure("a product's weight was prepared for products") }
    // Four-bit floats with factors elsewhere are packed as if the factors stood beside them.
    let format =
      weight.use.contains(.stored)
      ? Int32(CK_STORED.rawValue)
      : weight.view.type == .e2m1 ? Int32(CK_MXFP4.rawValue) : type
    return unsafe ck_product(
      format: format, rows: Int64(weight.rows), columns: Int64(weight.columns),
      packed: UnsafePointer(packed.assumingMemoryBound(to: UInt8.self)), groups: groups,
      group_count: Int64(groupCount), tokens: Int64(tokens), input: source.address,
      input_stride: Int64(source.stride), output: output, output_stride: Int64(outputStride),
      bias: bias)
  }

  /// Runs products whose items follow one another.
  func run(
    _ products: UnsafeBufferPointer<ck_product>, items: Int, rounded useBlock8: Bool
  ) {
    guard let first = products.baseAddress else { return }
    let list = unsafe ck_products(count: Int64(products.count), products: first)
    let byteCount = unsafe products.reduce(0) { sum, product in
      unsafe sum
        + Int(
          product.group_count * ck_packed_group_bytes(product.format, product.columns))
    }
    unsafe withUnsafePointer(to: list) { job in
      pool.run(items: items, multiple: 2, byteCount: byteCount) { begin, end in
        if useBlock8 {
          unsafe kernels.productsBlock8(job, Int64(begin), Int64(end))
        } else {
          unsafe kernels.productsFloat(job, Int64(begin), Int64(end))
        }
      }
    }
  }
}
