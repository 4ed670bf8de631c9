// A feed-forward block of many experts, of which each token uses a few.
// Shazeer et al. 2017, "Outrageously large neural networks".
//
// The tokens of a pass are grouped by expert, so that each expert's weights are read once. What a
// token receives does not depend on its company: its experts' outputs are summed in the order in
// which the router chose them.

import Compute
import Tensors

/// The sizes of a mixture of experts.
package struct ExpertConfiguration: Equatable, Sendable {
  /// How tokens are routed.
  package var routing: ExpertRouting
  /// The elements between the two products of an expert.
  package var innerSize: Int
  /// The same of the expert that takes every token, zero if there is none.
  package var sharedInnerSize: Int
  /// Bounds of the product after the gate and before it: gate from above, up from both sides.
  package var limit: Float?
}

/// Activations of a mixture of experts.
final class ExpertSpace {
  let scores: DeviceTensor
  let gate: DeviceTensor
  let up: DeviceTensor
  let output: DeviceTensor
  let sharedGate: DeviceTensor
  let sharedUp: DeviceTensor
  let sharedOutput: DeviceTensor
  /// The scores on the host.
  var hostScores: [Float] = []

  /// Makes room for a number of rows.
  init(
    rows: Int, hiddenSize: Int, for experts: ExpertConfiguration, backend: any Backend
  ) throws(ComputeError) {
    let slots = rows * experts.routing.chosenCount
    scores = try backend.makeTensor(rows: rows, columns: experts.routing.expertCount)
    gate = try backend.makeTensor(rows: slots, columns: experts.innerSize)
    up = try backend.makeTensor(rows: slots, columns: experts.innerSize)
    output = try backend.makeTensor(rows: slots, columns: hiddenSize)
    let shared = max(1, experts.sharedInnerSize)
    sharedGate = try backend.makeTensor(rows: rows, columns: shared)
    sharedUp = try backend.makeTensor(rows: rows, columns: shared)
    sharedOutput = try backend.makeTensor(rows: rows, columns: hiddenSize)
  }
}

/// One expert: down(silu(gate(x)) * up(x)).
struct Expert {
  let gate: Weight
  let up: Weight
  let down: Weight
}

/// The expert that takes every token.
struct SharedExpert {
  let expert: Expert
  /// A row whose product with a token, through the sigmoid, scales what the expert gives.
  var outputGate: Weight?
}

/// The experts of each token id, for layers that route by the token itself.
struct TokenTable {
  /// The experts of one token.
  let countPerToken: Int
  /// The experts, token by token.
  let ids: [Int32]

  /// Returns the experts of a token.
  func experts(of token: Int) -> [Int] {
    ids[token * countPerToken..<(token + 1) * countPerToken].map { Int($0) }
  }
}

/// The experts of one layer.
struct MixtureOfExperts {
  let configuration: ExpertConfiguration
  let router: Weight
  let bias: [Float]?
  /// The experts of each token id, for layers that route by the token itself.
  var table: TokenTable?
  let experts: [Expert]
  let shared: SharedExpert?

  /// Runs the block over the first rows.
  ///
  /// - Parameter tokens: The rows' token ids.
  /// - Returns: What the router chose for each row.
  @discardableResult
  func run(
    _ input: DeviceTensor, tokens: [Int], _ space: ExpertSpace, on backend: any Backend,
    into output: DeviceTensor
  ) -> [ExpertRouting.Choice] {
    let rows = tokens.count
    let choices = route(input, tokens: tokens, space, on: backend)
    runShared(input, rows: rows, space, on: backend, into: output)

    // Rows by expert; `slots` are their places in the experts' activations.
    var rowsOf = [[Int]](repeating: [], count: experts.count)
    for (row, choice) in choices.enumerated() {
      for expert in choice.experts { rowsOf[expert].append(row) }
    }
    var first = [Int](repeating: 0, count: experts.count)
    var count = 0
    for expert in experts.indices {
      first[expert] = count
      count += rowsOf[expert].count
    }
    var inward: [GatheredProduct] = []
    var outward: [GatheredProduct] = []
    for (index, expert) in experts.enumerated() where !rowsOf[index].isEmpty {
      let start = first[index]
      let members = rowsOf[index]
      inward.append(
        GatheredProduct(
          weight: expert.gate, rows: members, output: space.gate, firstOutput: start))
      inward.append(
        GatheredProduct(weight: expert.up, rows: members, output: space.up, firstOutput: start))
      outward.append(
        GatheredProduct(
          weight: expert.down, rows: Array(start..<start + members.count), output: space.output,
          firstOutput: start))
    }
    backend.multiply(input, gathered: inward)
    activate(space.gate, space.up, rows: count, on: backend)
    backend.multiply(space.gate, gathered: outward)

    var next = first
    var terms = RowTerms(termsPerRow: configuration.routing.chosenCount)
    for choice in choices {
      for (expert, weight) in zip(choice.experts, choice.weights) {
        terms.append(row: next[expert], weight: weight)
        next[expert] += 1
      }
    }
    backend.mix(space.output, terms, into: output, adding: shared != nil)
    return choices
  }

  /// Chooses the experts of every row.
  private func route(
    _ input: DeviceTensor, tokens: [Int], _ space: ExpertSpace, on backend: any Backend
  ) -> [ExpertRouting.Choice] {
    backend.multiply(
      input, rows: tokens.count, by: Projection(weight: router, output: space.scores))
    backend.read(space.scores, rows: 0..<tokens.count, into: &space.hostScores)
    let routing = configuration.routing
    return tokens.enumerated().map { row, token in
      let start = row * routing.expertCount
      let scores = space.hostScores[start..<start + routing.expertCount]
      if let table { return routing.weigh(table.experts(of: token), scores) }
      return routing.choose(scores, bias: bias)
    }
  }

  /// Writes the shared expert's output.
  private func runShared(
    _ input: DeviceTensor, rows: Int, _ space: ExpertSpace, on backend: any Backend,
    into output: DeviceTensor
  ) {
    guard let shared else { return }
    backend.multiply(
      input, rows: rows,
      by: [
        Projection(weight: shared.expert.gate, output: space.sharedGate),
        Projection(weight: shared.expert.up, output: space.sharedUp),
      ])
    activate(space.sharedGate, space.sharedUp, rows: rows, on: backend)
    guard let outputGate = shared.outputGate else {
      backend.multiply(
        space.sharedGate, rows: rows, by: Projection(weight: shared.expert.down, output: output))
      return
    }
    backend.multiply(
      space.sharedGate, rows: rows,
      by: Projection(weight: shared.expert.down, output: space.sharedOutput))
    var terms = RowTerms(termsPerRow: 1)
    var score: [Float] = []
    for row in 0..<rows {
      backend.multiply(row: row, of: input, byRows: [0], of: outputGate, into: &score)
      terms.append(row: row, weight: Float(1 / (1 + Elementary.exp(-Double(score[0])))))
    }
    backend.mix(space.sharedOutput, terms, into: output, adding: false)
  }

  /// Joins gate and up in place of the gate.
  private func activate(
    _ gate: DeviceTensor, _ up: DeviceTensor, rows: Int, on backend: any Backend
  ) {
    if let limit = configuration.limit {
      backend.clamp(gate, rows: rows, in: -.infinity...limit)
      backend.clamp(up, rows: rows, in: -limit...limit)
    }
    backend.swiGLU(gate: gate, up: up, rows: rows, into: gate)
  }
}
