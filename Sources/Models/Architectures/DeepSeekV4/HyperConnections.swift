// Manifold-constrained hyper-connections: several residual streams, mixed around each block.
//
//   m    = fn . rms(all streams of a token)              2 n + n n values for n streams
//   pre  = sigmoid(m[0..<n] * scale[0] + base) + eps     what the block reads of each stream
//   post = 2 sigmoid(m[n..<2n] * scale[1] + base)        what each stream takes of the output
//   C    = m[2n...] * scale[2] + base, as [from][to]: softmax of each row + eps, divided by the sums
//          of its columns, then rounds of rows and columns in turn (Sinkhorn and Knopp 1967)
//   streams'[to] = post[to] * output + sum over from of C[from][to] * streams[from]
//
// The few values per token are computed on the host in double precision.

import Compute

/// The coefficients around one block.
struct StreamMixing {
  /// What the block reads of each stream, token by token.
  var read: [Float] = []
  /// What each stream takes of the block's output, token by token.
  var write: [Float] = []
  /// What each stream keeps of each, token by token: `[from][to]`.
  var keep: [Float] = []
}

/// The weights of one place where streams are mixed.
struct HyperConnection {
  let function: Weight
  let base: [Float]
  let scale: [Float]
  /// Whether the place only reads, as the one before the output head.
  var readsOnly = false

  /// Computes the coefficients of the first tokens.
  ///
  /// - Parameters:
  ///   - streams: `[tokens * streams, hiddenSize]`.
  ///   - flat: Room for `[tokens, streams * hiddenSize]`.
  ///   - mixes: Room for the product's outputs.
  func mixing(
    _ streams: DeviceTensor, tokens: Int, _ model: DeepSeekV4Configuration,
    flat: DeviceTensor, mixes: DeviceTensor, ones: DeviceTensor, on backend: any Backend
  ) -> StreamMixing {
    backend.normalize(
      streams.reshaped(columns: flat.columns), rows: tokens, weight: ones,
      epsilon: model.normEpsilon, into: flat)
    backend.multiply(flat, rows: tokens, by: Projection(weight: function, output: mixes))
    var values: [Float] = []
    backend.read(mixes, rows: 0..<tokens, into: &values)
    var result = StreamMixing()
    let n = model.streamCount
    for token in 0..<tokens {
      let m = values[token * mixes.columns..<(token + 1) * mixes.columns].map(Double.init)
      for stream in 0..<n {
        let read = Self.sigmoid(m[stream] * Double(scale[0]) + Double(base[stream]))
        result.read.append(Float(read + model.streamEpsilon))
      }
      guard !readsOnly else { continue }
      for stream in n..<2 * n {
        let write = Self.sigmoid(m[stream] * Double(scale[1]) + Double(base[stream]))
        result.write.append(Float(2 * write))
      }
      let logits = (2 * n..<2 * n + n * n).map { m[$0] * Double(scale[2]) + Double(base[$0]) }
      result.keep += Self.balanced(
        logits, count: n, rounds: model.sinkhornRounds, epsilon: model.streamEpsilon
      ).map { Float($0) }
    }
    return result
  }

  /// Sums a block's input from the streams.
  func read(
    _ streams: DeviceTensor, _ mixing: StreamMixing, streamCount: Int, into output: DeviceTensor,
    on backend: any Backend
  ) {
    var terms = RowTerms(termsPerRow: streamCount)
    for (row, weight) in mixing.read.enumerated() { terms.append(row: row, weight: weight) }
    backend.mix(streams, terms, into: output, adding: false)
  }

  /// Mixes streams and adds a block's output.
  func write(
    _ output: DeviceTensor, _ streams: DeviceTensor, _ mixing: StreamMixing, streamCount n: Int,
    into result: DeviceTensor, on backend: any Backend
  ) {
    var kept = RowTerms(termsPerRow: n)
    var added = RowTerms(termsPerRow: 1)
    for token in 0..<mixing.write.count / n {
      for to in 0..<n {
        for from in 0..<n {
          kept.append(row: token * n + from, weight: mixing.keep[(token * n + from) * n + to])
        }
        added.append(row: token, weight: mixing.write[token * n + to])
      }
    }
    backend.mix(streams, kept, into: result, adding: false)
    backend.mix(output, added, into: result, adding: true)
  }
}

// MARK: - Arithmetic

extension HyperConnection {
  private static func sigmoid(_ x: Double) -> Double { 1 / (1 + Elementary.exp(-x)) }

  /// Returns a matrix of nearly equal sums of rows and of columns, ending on columns.
  private static func balanced(
    _ logits: [Double], count n: Int, rounds: Int, epsilon: Double
  ) -> [Double] {
    var matrix = logits
    for row in 0..<n {
      let greatest = matrix[row * n..<(row + 1) * n].max() ?? 0
      for column in 0..<n {
        matrix[row * n + column] = Elementary.exp(matrix[row * n + column] - greatest)
      }
    }
    // The softmax adds epsilon behind its division, the rounds before theirs.
    divideRows(&matrix, n, added: 0)
    for index in matrix.indices { matrix[index] += epsilon }
    divideColumns(&matrix, n, added: epsilon)
    for _ in 1..<max(1, rounds) {
      divideRows(&matrix, n, added: epsilon)
      divideColumns(&matrix, n, added: epsilon)
    }
    return matrix
  }

  private static func divideRows(_ matrix: inout [Double], _ n: Int, added: Double) {
    for row in 0..<n {
      var sum = added
      for column in 0..<n { sum += matrix[row * n + column] }
      for column in 0..<n { matrix[row * n + column] /= sum }
    }
  }

  private static func divideColumns(_ matrix: inout [Double], _ n: Int, added: Double) {
    for column in 0..<n {
      var sum = added
      for row in 0..<n { sum += matrix[row * n + column] }
      for row in 0..<n { matrix[row * n + column] /= sum }
    }
  }
}
