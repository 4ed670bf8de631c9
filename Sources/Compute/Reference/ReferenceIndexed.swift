// The oracle of the operations on rows that indices name.

import Tensors

extension ReferenceBackend {
  package func multiply(_ input: DeviceTensor, gathered products: [GatheredProduct]) {
    for product in products {
      let weight = product.weight
      precondition(
        input.columns == weight.columns && product.output.columns == weight.rows,
        "a product's shapes meet")
      let inputs = product.rows.map { row($0, of: input) }
      var outputs = [[Float]](
        repeating: [Float](repeating: 0, count: weight.rows), count: inputs.count)
      guard !inputs.isEmpty else { continue }
      for column in 0..<weight.rows {
        let line = decodedRow(column, of: weight)
        for index in inputs.indices { outputs[index][column] = Float(dot(line, inputs[index])) }
      }
      for (index, values) in outputs.enumerated() {
        write(values, to: product.output, row: product.firstOutput + index)
      }
    }
  }

  package func mix(
    _ source: DeviceTensor, _ terms: RowTerms, into output: DeviceTensor, adding: Bool
  ) {
    precondition(
      source !== output && source.columns == output.columns, "sums have one shape")
    for index in 0..<terms.rowCount {
      var sums = adding ? row(index, of: output).map(Double.init) : []
      if sums.isEmpty { sums = [Double](repeating: 0, count: output.columns) }
      for term in index * terms.termsPerRow..<(index + 1) * terms.termsPerRow {
        let values = row(Int(terms.rows[term]), of: source)
        let weight = Double(terms.weights[term])
        for column in values.indices { sums[column] += weight * Double(values[column]) }
      }
      write(sums.map { Float($0) }, to: output, row: index)
    }
  }

  package func copyColumns(
    _ columns: Range<Int>, ofRows sources: [Int], of source: DeviceTensor, toRows targets: [Int],
    of target: DeviceTensor, at column: Int
  ) {
    precondition(sources.count == targets.count, "every copied row has a place")
    for (from, to) in zip(sources, targets) {
      var values = row(to, of: target)
      values.replaceSubrange(
        column..<column + columns.count, with: row(from, of: source)[columns])
      write(values, to: target, row: to)
    }
  }

  package func clamp(_ tensor: DeviceTensor, rows: Int, in range: ClosedRange<Float>) {
    for index in 0..<rows {
      let values = row(index, of: tensor).map { min(max($0, range.lowerBound), range.upperBound) }
      write(values, to: tensor, row: index)
    }
  }

  package func fillRotation(
    _ table: DeviceTensor, frequencies: DeviceTensor, magnitude: Float, positions: [Int]
  ) {
    let rates = row(0, of: frequencies)
    precondition(table.columns == 2 * rates.count, "a rotation has two elements per frequency")
    for (index, position) in positions.enumerated() {
      let turns = rates.map { Elementary.sineAndCosine(Double(Float(position) * $0)) }
      let angles =
        turns.map { Float($0.cosine) * magnitude } + turns.map { Float($0.sine) * magnitude }
      write(angles, to: table, row: index)
    }
  }

  // MARK: Stores

  package func makeRowStore(rows: Int, columns: Int) throws(ComputeError) -> RowStore {
    let memory = try HostMemory(byteCount: rows * columns * 4)
    // SAFETY: the memory has the size of all rows; the store owns it.
    return unsafe RowStore(
      rows: rows, columns: columns, type: .f32, device: 0, address: memory.address, owner: memory)
  }

  package func store(
    _ sources: [Int], of source: DeviceTensor, at targets: [Int], of store: RowStore
  ) {
    copyRows(sources, of: source, to: targets, of: tensor(store))
  }

  package func bytes(of store: RowStore, rows: Range<Int>) -> [UInt8] {
    var values: [Float] = []
    read(tensor(store), rows: rows, into: &values)
    return F32Format.encoded(values)
  }

  package func setBytes(_ bytes: [UInt8], of store: RowStore, row: Int) {
    write(F32Format.decoded(bytes), to: tensor(store), row: row)
  }

  package func byteCount(of store: KeyValueStore, positions: Int) -> Int {
    positions * (store.shape.keySize + store.shape.valueSize) * 4
  }

  package func bytes(of store: KeyValueStore, head: Int, positions: Int) -> [UInt8] {
    let parts = headParts(store, head)
    return (0..<positions).flatMap { position in
      parts.flatMap { kind, layer, columns in
        F32Format.encoded(
          Array(line(kind, of: store, layer: layer, position: position).load()[columns]))
      }
    }
  }

  package func setBytes(_ bytes: [UInt8], of store: KeyValueStore, head: Int, positions: Int) {
    var values = F32Format.decoded(bytes)[...]
    precondition(
      bytes.count == byteCount(of: store, positions: positions), "all bytes of a head are there")
    for position in 0..<positions {
      for (kind, layer, columns) in headParts(store, head) {
        let place = line(kind, of: store, layer: layer, position: position)
        var elements = place.load()
        elements.replaceSubrange(columns, with: values.prefix(columns.count))
        place.store(elements)
        values = values.dropFirst(columns.count)
      }
    }
  }

  /// Returns where the key and the value of a head stand in the lines of their layer.
  private func headParts(
    _ store: KeyValueStore, _ head: Int
  ) -> [(KeyOrValue, layer: Int, columns: Range<Int>)] {
    let shape = store.shape
    let (layer, own) = (head / shape.heads, head % shape.heads)
    return [
      (.key, layer, own * shape.keySize..<(own + 1) * shape.keySize),
      (.value, layer, own * shape.valueSize..<(own + 1) * shape.valueSize),
    ]
  }

  /// Returns a store's rows as a tensor.
  private func tensor(_ store: RowStore) -> DeviceTensor {
    // SAFETY: this backend's stores hold floats, and the tensor does not outlive the call.
    unsafe DeviceTensor(
      rows: store.rows, columns: store.columns, device: 0, address: store.address, owner: store)
  }

  // MARK: Compression

  package func pool(
    _ values: DeviceTensor, gates: DeviceTensor, windows: [[PoolSlot]], into output: DeviceTensor
  ) {
    for (index, window) in windows.enumerated() {
      let rows = window.map { slot in
        let columns = Int(slot.column)..<Int(slot.column) + output.columns
        return (
          value: Array(row(Int(slot.row), of: values)[columns]),
          gate: Array(row(Int(slot.row), of: gates)[columns])
        )
      }
      let means = (0..<output.columns).map { column in
        let weights = softmax(rows.map { Double($0.gate[column]) })
        return Float(
          zip(rows, weights).reduce(0.0) { $0 + Double($1.0.value[column]) * $1.1 })
      }
      write(means, to: output, row: index)
    }
  }

  package func score(
    _ queries: DeviceTensor, weights: DeviceTensor, scale: Float, _ rows: [ScoredRow],
    into scores: DeviceTensor
  ) {
    let heads = weights.columns
    let size = queries.columns / heads
    precondition(rows.count <= scores.rows, "scores have a row each")
    for (index, scored) in rows.enumerated() {
      let query = row(scored.query, of: queries)
      let factors = row(scored.query, of: weights)
      let keys = tensor(scored.keys)
      var line = row(index, of: scores)
      precondition(scored.count <= line.count, "scores have a column per key")
      for entry in 0..<scored.count {
        let key = row(entry, of: keys)
        var sum = 0.0
        for head in 0..<heads {
          let product = dot(Array(query[head * size..<(head + 1) * size]), key)
          sum += Double(scale) * Double(factors[head]) * max(0, product)
        }
        line[entry] = Float(sum)
      }
      write(line, to: scores, row: index)
    }
  }

  // MARK: Attention

  package func attend(
    _ queries: DeviceTensor, heads: Int, scale: Float, sinks: DeviceTensor,
    to selections: [RowSelection], into output: DeviceTensor
  ) {
    let size = queries.columns / heads
    let sink = row(0, of: sinks)
    precondition(
      queries.columns == heads * size && output.columns == queries.columns && sink.count == heads,
      "heads have the length of rows")
    for selection in selections {
      var rows = selection.nearRows.map { row(Int($0), of: tensor(selection.near)) }
      if let far = selection.far {
        rows += selection.farRows.map { row(Int($0), of: tensor(far)) }
      }
      let query = row(selection.query, of: queries)
      var result: [Float] = []
      for head in 0..<heads {
        let one = Array(query[head * size..<(head + 1) * size])
        // The sink is a score without a value.
        let weights = softmax(rows.map { Double(scale) * dot(one, $0) } + [Double(sink[head])])
        var sums = [Double](repeating: 0, count: size)
        for (row, weight) in zip(rows, weights) {
          for column in 0..<size { sums[column] += weight * Double(row[column]) }
        }
        result += sums.map { Float($0) }
      }
      write(result, to: output, row: selection.query)
    }
  }

  private func softmax(_ scores: [Double]) -> [Double] {
    let greatest = scores.max() ?? 0
    let weights = scores.map { Elementary.exp($0 - greatest) }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }
}
