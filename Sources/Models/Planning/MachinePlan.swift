// Whether a model fits a machine, and how fast it can be: bytes against memory and bandwidth.
//
// A decoded token of batch one reads the weights it uses and its cache once, so the bandwidth
// divided by these bytes bounds the tokens per second. Memory sizes are those of device makers,
// in powers of two; a device keeps about two percent of it for itself.

/// A machine to plan for.
package struct MachinePlan: Sendable {
  /// The devices.
  package var deviceCount: Int
  /// The memory of one device in bytes.
  package var deviceBytes: Double
  /// The bytes per second that one device reads from its memory.
  package var bandwidth: Double

  /// Creates a machine.
  package init(deviceCount: Int, deviceBytes: Double, bandwidth: Double) {
    self.deviceCount = deviceCount
    self.deviceBytes = deviceBytes
    self.bandwidth = bandwidth
  }

  /// What remains of a device's memory.
  private static let usableShare = 0.98
  /// What each of several devices needs for its exchange with the others.
  private static let exchangeBytes = 0.7e9
  /// Work space beside weights and caches.
  package static let workBytes = 2e9
  /// The spare share of memory below which a fit is called a close one.
  private static let closeShare = 0.04

  /// The bytes that weights, caches and work space may take together.
  package var usableBytes: Double {
    let all = deviceBytes * Self.usableShare * Double(deviceCount)
    return deviceCount > 1 ? all - Self.exchangeBytes * Double(deviceCount) : all
  }

  /// Whether something fits.
  package enum Fit: Equatable, Sendable {
    case yes
    /// With hardly any memory to spare.
    case justSo
    /// Only with so many tokens of context.
    case shorter(tokens: Int)
    case no
  }

  /// Says whether weights and one sequence fit.
  ///
  /// - Parameters:
  ///   - weights: The bytes of all weights.
  ///   - tokens: The length of the sequence.
  ///   - cache: The bytes that a sequence of a length takes.
  package func fit(weights: Double, tokens: Int, cache: (Int) -> Double) -> Fit {
    let needed = weights + Self.workBytes + cache(tokens)
    if needed <= usableBytes {
      return usableBytes - needed < Self.closeShare * usableBytes ? .justSo : .yes
    }
    // The longest sequence that fits, by halving.
    var (low, high) = (0, tokens)
    while low < high {
      let middle = (low + high + 1) / 2
      if weights + Self.workBytes + cache(middle) <= usableBytes {
        low = middle
      } else {
        high = middle - 1
      }
    }
    return low > 0 ? .shorter(tokens: low) : .no
  }

  /// The tokens per second that the bandwidth allows one sequence, layers lying one after another.
  package func tokensPerSecond(bytesRead: Double) -> Double {
    bytesRead > 0 ? bandwidth / bytesRead : 0
  }
}
