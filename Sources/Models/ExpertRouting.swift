// Which experts a token goes to, and with which weights: decided on the host, in double precision.
//
//   softmax       p = softmax(z) over all experts
//   sigmoid       p = 1 / (1 + e^-z)
//   rootSoftplus  p = sqrt(ln(1 + e^z))
//
// The experts with the greatest p + bias are chosen, equal ones by the lower index; with groups
// only those of the best groups, a group being as good as its two best experts together. The
// weights are the chosen p without bias, divided by their sum if that is asked for, times a scale.

import Compute

/// How a router's scores become choices.
package struct ExpertRouting: Equatable, Sendable {
  /// What makes probabilities of scores.
  package enum Scores: Equatable, Sendable {
    case softmax, sigmoid, rootSoftplus
  }

  /// What makes probabilities of scores.
  package var scores: Scores
  /// The number of experts.
  package var expertCount: Int
  /// The number of experts that one token goes to.
  package var chosenCount: Int
  /// Whether the chosen weights are divided by their sum.
  package var normalizes: Bool
  /// A factor of all weights.
  package var scale: Double
  /// The number of groups of neighboring experts; one means no groups.
  package var groupCount = 1
  /// The number of groups whose experts may be chosen.
  package var keptGroupCount = 1

  /// One token's experts and their weights, best first.
  struct Choice: Equatable {
    var experts: [Int]
    var weights: [Float]
  }

  /// Chooses experts for one token.
  ///
  /// - Parameters:
  ///   - scores: The router's products, one per expert.
  ///   - bias: What is added for the choice only.
  func choose(_ scores: ArraySlice<Float>, bias: [Float]?) -> Choice {
    let probabilities = probabilities(scores)
    var rank = probabilities
    if let bias { for index in rank.indices { rank[index] += Double(bias[index]) } }
    if groupCount > 1 { keepBestGroups(&rank) }
    let experts = Self.greatest(rank, count: chosenCount)
    return Choice(experts: experts, weights: weights(of: experts, probabilities))
  }

  /// Returns the weights of experts that something else chose.
  func weigh(_ experts: [Int], _ scores: ArraySlice<Float>) -> Choice {
    Choice(experts: experts, weights: weights(of: experts, probabilities(scores)))
  }

  /// Returns the indices of the greatest values, best first, equal ones by index.
  static func greatest(_ values: [Double], count: Int) -> [Int] {
    var best: [Int] = []
    best.reserveCapacity(count + 1)
    for (index, value) in values.enumerated() {
      if best.count == count, let last = best.last, !(value > values[last]) { continue }
      var place = best.count
      while place > 0, value > values[best[place - 1]] { place -= 1 }
      best.insert(index, at: place)
      if best.count > count { best.removeLast() }
    }
    return best
  }
}

// MARK: - Arithmetic

extension ExpertRouting {
  private func probabilities(_ scores: ArraySlice<Float>) -> [Double] {
    switch self.scores {
    case .softmax:
      let greatest = Double(scores.max() ?? 0)
      let weights = scores.map { Elementary.exp(Double($0) - greatest) }
      let total = weights.reduce(0, +)
      return weights.map { $0 / total }
    case .sigmoid:
      return scores.map { 1 / (1 + Elementary.exp(-Double($0))) }
    case .rootSoftplus:
      return scores.map { score in
        let z = Double(score)
        // Of a very negative score little is left but e^z; the logarithm would lose it.
        let small = Elementary.exp(-abs(z))
        let tail = small < 1e-8 ? small : Elementary.log(1 + small)
        return (max(z, 0) + tail).squareRoot()
      }
    }
  }

  private func weights(of experts: [Int], _ probabilities: [Double]) -> [Float] {
    let chosen = experts.map { probabilities[$0] }
    // The summand only keeps a sum of zeros from dividing.
    let divisor = normalizes ? chosen.reduce(1e-20, +) : 1
    return chosen.map { Float($0 / divisor * scale) }
  }

  /// Makes the experts of all but the best groups unchoosable.
  private func keepBestGroups(_ rank: inout [Double]) {
    let size = rank.count / groupCount
    let goodness = (0..<groupCount).map { group in
      let members = Array(rank[group * size..<(group + 1) * size])
      return Self.greatest(members, count: 2).reduce(0) { $0 + members[$1] }
    }
    let kept = Self.greatest(goodness, count: keptGroupCount)
    for group in 0..<groupCount where !kept.contains(group) {
      for index in group * size..<(group + 1) * size { rank[index] = -.infinity }
    }
  }
}
