// The oracle: every operation in plain Swift, sums in double precision, one thread, slow.
//
// Always exact. Rows are copied into arrays before the arithmetic, so that the arithmetic itself
// reads like its formula. Keys and values lie as [layer][position][head][element].

package import Tensors

/// The backend that others are measured against.
package final class ReferenceBackend: Backend {
  package let name = "reference"
  package let precision = Precision.exact

  /// Creates the backend.
  package init() {}

  // MARK: Memory

  package func makeTensor(rows: Int, columns: Int) throws(ComputeError) -> DeviceTensor {
    let memory = try HostMemory(byteCount: rows * columns * 4)
    // SAFETY: the memory has the size of the tensor, which owns it.
    return unsafe DeviceTensor(
      rows: rows, columns: columns, device: 0, address: memory.address, owner: memory)
  }

  package func makeStore(
    shape: KeyValueShape, capacity: Int
  ) throws(ComputeError) -> KeyValueStore {
    let elements = shape.layers * shape.heads * (shape.keySize + shape.valueSize) * capacity
    let memory = try HostMemory(byteCount: elements * 4)
    // SAFETY: the memory has the size of all keys and values; the store owns it.
    return unsafe KeyValueStore(
      shape: shape, capacity: capacity, type: .f32, device: 0, address: memory.address,
      owner: memory)
  }

  package func prepare(_ view: TensorView, for use: WeightUse) throws(ComputeError) -> Weight {
    guard view.type.decoder != nil else {
      throw ComputeError.unsupportedType(tensor: view.name, type: view.type)
    }
    guard view.type.fills(columns: view.shape.columns) else {
      throw ComputeError.unsupportedShape(tensor: view.name, shape: view.shape)
    }
    return unsafe Weight(view: view, use: use, device: 0, address: nil, owner: nil)
  }

  package func write(_ values: [Float], to tensor: DeviceTensor, row: Int) {
    precondition(
      row >= 0 && values.count % tensor.columns == 0
        && row + values.count / tensor.columns <= tensor.rows, "written rows lie in the tensor")
    elements(of: tensor, from: row * tensor.columns, count: values.count).store(values)
  }

  package func read(_ tensor: DeviceTensor, rows: Range<Int>, into values: inout [Float]) {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= tensor.rows, "read rows lie in the tensor")
    values = elements(
      of: tensor, from: rows.lowerBound * tensor.columns, count: rows.count * tensor.columns
    ).load()
  }

  package func copyRows(_ indices: [Int], of source: DeviceTensor, into target: DeviceTensor) {
    precondition(source.columns == target.columns, "copied rows have one length")
    for (index, row) in indices.enumerated() {
      write(self.row(row, of: source), to: target, row: index)
    }
  }

  package func fork(
    _ store: KeyValueStore, positions: Int, capacity: Int, borrows: Bool
  ) throws(ComputeError) -> KeyValueStore {
    precondition(
      positions >= 0 && positions <= min(store.capacity, capacity),
      "forked positions lie in both stores")
    let target = try makeStore(shape: store.shape, capacity: capacity)
    for layer in 0..<store.shape.layers {
      for kind in KeyOrValue.allCases {
        for position in 0..<positions {
          let line = self.line(kind, of: store, layer: layer, position: position).load()
          self.line(kind, of: target, layer: layer, position: position).store(line)
        }
      }
    }
    return target
  }

  // MARK: Primitives

  package func embed(_ ids: [Int], from table: Weight, into output: DeviceTensor) {
    precondition(output.columns == table.columns, "an embedding has the table's row length")
    for (row, id) in ids.enumerated() {
      write(decodedRow(id, of: table), to: output, row: row)
    }
  }

  package func normalize(
    _ input: DeviceTensor, rows: Int, weight: DeviceTensor, epsilon: Float,
    into output: DeviceTensor
  ) {
    let size = weight.columns
    precondition(input.columns == output.columns && input.columns % size == 0, "groups are whole")
    let scale = row(0, of: weight)
    for index in 0..<rows {
      var values = row(index, of: input)
      for first in stride(from: 0, to: values.count, by: size) {
        var squares = 0.0
        for i in first..<first + size { squares += Double(values[i]) * Double(values[i]) }
        let factor = 1 / (squares / Double(size) + Double(epsilon)).squareRoot()
        for i in first..<first + size {
          values[i] = Float(Double(values[i]) * factor) * scale[i - first]
        }
      }
      write(values, to: output, row: index)
    }
  }

  package func multiply(_ input: DeviceTensor, rows: Int, by projection: Projection) {
    let weight = projection.weight
    let output = projection.output
    precondition(
      input.columns == weight.columns && output.columns == weight.rows, "a product's shapes meet")
    let inputs = (0..<rows).map { row($0, of: input) }
    let bias = projection.bias.map { row(0, of: $0) }
    var outputs = [[Float]](repeating: [Float](repeating: 0, count: weight.rows), count: rows)
    for column in 0..<weight.rows {
      let line = decodedRow(column, of: weight)
      for index in 0..<rows {
        outputs[index][column] = Float(dot(line, inputs[index]) + Double(bias?[column] ?? 0))
      }
    }
    for index in 0..<rows { write(outputs[index], to: output, row: index) }
  }

  package func multiply(
    row: Int, of input: DeviceTensor, byRows ids: [Int32], of weight: Weight,
    into values: inout [Float]
  ) {
    let line = self.row(row, of: input)
    values = ids.map { Float(dot(decodedRow(Int($0), of: weight), line)) }
  }

  package func fillRotation(
    _ table: DeviceTensor, frequencies: DeviceTensor, magnitude: Float, sequences: [SequenceRows]
  ) {
    let pairs = frequencies.columns
    precondition(table.columns == 2 * pairs, "a rotation has two elements per frequency")
    let rates = row(0, of: frequencies)
    for sequence in sequences {
      for index in 0..<sequence.count {
        var angles = [Float](repeating: 0, count: 2 * pairs)
        for pair in 0..<pairs {
          let angle = Float(sequence.position + index) * rates[pair]
          let turn = Elementary.sineAndCosine(Double(angle))
          angles[pair] = Float(turn.cosine) * magnitude
          angles[pairs + pair] = Float(turn.sine) * magnitude
        }
        write(angles, to: table, row: sequence.firstRow + index)
      }
    }
  }

  package func rotate(
    _ heads: DeviceTensor, rows: Int, headSize: Int, offset: Int, by table: DeviceTensor,
    pairing: RotaryPairing
  ) {
    let pairs = table.columns / 2
    precondition(
      heads.columns % headSize == 0 && offset >= 0 && offset + 2 * pairs <= headSize,
      "turning elements lie in their head")
    for index in 0..<rows {
      var values = row(index, of: heads)
      let angles = row(index, of: table)
      for head in stride(from: offset, to: values.count, by: headSize) {
        for pair in 0..<pairs {
          let first = head + (pairing == .neighbors ? 2 * pair : pair)
          let second = pairing == .neighbors ? first + 1 : first + pairs
          let (x, y) = (values[first], values[second])
          let (cosine, sine) = (angles[pair], angles[pairs + pair])
          values[first] = x * cosine - y * sine
          values[second] = x * sine + y * cosine
        }
      }
      write(values, to: heads, row: index)
    }
  }

  package func store(
    keys: DeviceTensor, values: DeviceTensor, layer: Int, sequences: [SequenceRows]
  ) {
    for sequence in sequences {
      for index in 0..<sequence.count {
        for (kind, tensor) in [(KeyOrValue.key, keys), (.value, values)] {
          line(kind, of: sequence.store, layer: layer, position: sequence.position + index)
            .store(row(sequence.firstRow + index, of: tensor))
        }
      }
    }
  }

  package func attend(
    _ queries: DeviceTensor, queryHeads: Int, scale: Float, layer: Int,
    sequences: [SequenceRows], into output: DeviceTensor
  ) {
    for sequence in sequences {
      let shape = sequence.store.shape
      precondition(
        queryHeads % shape.heads == 0 && queries.columns == queryHeads * shape.keySize
          && output.columns == queryHeads * shape.valueSize, "query heads share key heads evenly")
      let end = sequence.position + sequence.count
      let keys = (0..<end).map {
        line(.key, of: sequence.store, layer: layer, position: $0).load()
      }
      let values = (0..<end).map {
        line(.value, of: sequence.store, layer: layer, position: $0).load()
      }
      for index in 0..<sequence.count {
        let query = row(sequence.firstRow + index, of: queries)
        var result: [Float] = []
        for head in 0..<queryHeads {
          result += attention(
            query[head * shape.keySize..<(head + 1) * shape.keySize],
            keys[...(sequence.position + index)], values,
            head: head / (queryHeads / shape.heads), size: shape.valueSize, scale: scale)
        }
        write(result, to: output, row: sequence.firstRow + index)
      }
    }
  }

  package func swiGLU(
    gate: DeviceTensor, up: DeviceTensor, rows: Int, into output: DeviceTensor
  ) {
    for index in 0..<rows {
      let gates = row(index, of: gate)
      let ups = row(index, of: up)
      let values = zip(gates, ups).map { (g: Float, u: Float) -> Float in
        Float(Double(g) / (1 + Elementary.exp(-Double(g))) * Double(u))
      }
      write(values, to: output, row: index)
    }
  }

  package func add(_ input: DeviceTensor, rows: Int, to residual: DeviceTensor) {
    for index in 0..<rows {
      let sums = zip(row(index, of: input), row(index, of: residual)).map { $0 + $1 }
      write(sums, to: residual, row: index)
    }
  }
}

// MARK: - Arithmetic

extension ReferenceBackend {
  func dot(_ a: [Float], _ b: [Float]) -> Double {
    var sum = 0.0
    for i in 0..<a.count { sum += Double(a[i]) * Double(b[i]) }
    return sum
  }

  /// Returns one head's softmax-weighted mean of the values.
  private func attention(
    _ query: ArraySlice<Float>, _ keys: ArraySlice<[Float]>, _ values: [[Float]],
    head: Int, size: Int, scale: Float
  ) -> [Float] {
    let scores = keys.map { key in
      let first = head * query.count
      return Double(scale) * dot(Array(query), Array(key[first..<first + query.count]))
    }
    let greatest = scores.max() ?? 0
    let weights = scores.map { Elementary.exp($0 - greatest) }
    let total = weights.reduce(0, +)
    return (head * size..<(head + 1) * size).map { element in
      var sum = 0.0
      for (position, weight) in weights.enumerated() {
        sum += weight * Double(values[position][element])
      }
      return Float(sum / total)
    }
  }
}

// MARK: - Access to memory

enum KeyOrValue: CaseIterable {
  case key, value
}

/// Floats in host memory, copied in and out as arrays.
@safe
struct Elements {
  let address: UnsafeMutablePointer<Float>
  let count: Int

  func load() -> [Float] {
    // SAFETY: whoever made this value checked that the elements lie in their owner.
    unsafe Array(UnsafeBufferPointer(start: address, count: count))
  }

  func store(_ values: [Float]) {
    precondition(values.count == count, "a row is written whole")
    // SAFETY: as in `load`.
    for (index, value) in values.enumerated() { unsafe address[index] = value }
  }
}

extension ReferenceBackend {
  private func elements(of tensor: DeviceTensor, from first: Int, count: Int) -> Elements {
    precondition(
      first >= 0 && count >= 0 && first + count <= tensor.rows * tensor.columns,
      "elements lie in their tensor")
    // SAFETY: the range was checked; tensors hold floats only.
    return unsafe Elements(
      address: tensor.address.assumingMemoryBound(to: Float.self) + first, count: count)
  }

  func row(_ index: Int, of tensor: DeviceTensor) -> [Float] {
    elements(of: tensor, from: index * tensor.columns, count: tensor.columns).load()
  }

  func line(
    _ kind: KeyOrValue, of store: KeyValueStore, layer: Int, position: Int
  ) -> Elements {
    let shape = store.shape
    precondition(
      layer >= 0 && layer < shape.layers && position >= 0 && position < store.capacity,
      "a position lies in its store")
    let keyCount = shape.heads * shape.keySize
    let valueCount = shape.heads * shape.valueSize
    let line = (layer * store.capacity + position) * (keyCount + valueCount)
    let first = kind == .key ? line : line + keyCount
    // SAFETY: layer and position were checked against the store's size.
    return unsafe Elements(
      address: store.address.assumingMemoryBound(to: Float.self) + first,
      count: kind == .key ? keyCount : valueCount)
  }

  func decodedRow(_ index: Int, of weight: Weight) -> [Float] {
    precondition(index >= 0 && index < weight.rows, "a row lies in its weight")
    var values = [Float](repeating: 0, count: weight.columns)
    var span = values.mutableSpan
    weight.view.decodeRow(index, into: &span)
    return values
  }
}
