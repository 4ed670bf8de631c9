// Products of gathered rows: every expert's weights are read once, for all rows that chose it.
//
// SAFETY: see CPUBackend.swift.

import CKernels
import Tensors

extension CPUBackend {
  package func multiply(_ input: DeviceTensor, gathered products: [GatheredProduct]) {
    multiply(input, gathered: products.filter { roundsInputs(of: $0.weight) }, rounded: true)
    multiply(input, gathered: products.filter { !roundsInputs(of: $0.weight) }, rounded: false)
  }

  /// Multiplies by those weights that take their inputs in one form.
  private func multiply(
    _ input: DeviceTensor, gathered products: [GatheredProduct], rounded useBlock8: Bool
  ) {
    guard !products.isEmpty else { return }
    // Neighbors in the list that take the same rows, as gate and up do, share one copy.
    var firstRows: [Int] = []
    var rows: [Int] = []
    for (index, product) in products.enumerated() {
      if index > 0, products[index - 1].rows == product.rows {
        firstRows.append(firstRows[index - 1])
      } else {
        firstRows.append(rows.count)
        rows += product.rows
      }
    }
    let inputs = gather(rows, of: input)
    let source = unsafe inputRows(of: inputs, first: 0, count: rows.count, rounded: useBlock8)
    let size = useBlock8 ? MemoryLayout<ck_block8>.stride : MemoryLayout<Float>.stride

    var jobs: [ck_product] = unsafe []
    var items = 0
    for (product, first) in zip(products, firstRows) where !product.rows.isEmpty {
      let weight = product.weight
      precondition(
        input.columns == weight.columns && product.output.columns == weight.rows
          && product.firstOutput >= 0
          && product.firstOutput + product.rows.count <= product.output.rows,
        "a product's shapes meet")
      let groups = (weight.rows + 15) / 16
      unsafe jobs.append(
        self.product(
          weight, source: (source.address + first * source.stride * size, source.stride),
          tokens: product.rows.count, groups: nil, groupCount: groups,
          output: floats(product.output) + product.firstOutput * weight.rows,
          outputStride: weight.rows, bias: nil))
      items += groups
    }
    unsafe jobs.withUnsafeBufferPointer { list in
      unsafe run(list, items: items, rounded: useBlock8)
    }
  }

  /// Copies rows into memory of the backend's own.
  private func gather(_ rows: [Int], of input: DeviceTensor) -> DeviceTensor {
    guard let memory = grown(gathered, to: rows.count * input.columns * 4) else {
      preconditionFailure("memory for gathered rows is not to be had")
    }
    gathered = memory
    let target = unsafe DeviceTensor(
      rows: rows.count, columns: input.columns, device: 0, address: memory.address, owner: memory)
    copyRows(rows, of: input, into: target)
    return target
  }
}
