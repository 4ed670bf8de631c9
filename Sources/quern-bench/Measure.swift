// How the measurements are made and written: repeated, sorted, one JSON line each.

import JSON
import Posix

/// The middle and the ends of some repeated measurements.
struct Spread {
  let least: Double
  let median: Double
  let greatest: Double

  /// Measures an amount per second, `repeats` times after one run that does not count.
  ///
  /// - Parameter amount: What one run does.
  init(repeats: Int, amount: Double, _ body: () throws -> Void) rethrows {
    let clock = SystemClock()
    try body()
    var rates: [Double] = []
    for _ in 0..<max(1, repeats) {
      let start = clock.monotonicNanoseconds
      try body()
      let seconds = Double(max(1, clock.monotonicNanoseconds - start)) * 1e-9
      rates.append(amount / seconds)
    }
    rates.sort()
    least = rates[0]
    median = rates[rates.count / 2]
    greatest = rates[rates.count - 1]
  }

  /// The rates in a unit, as members of a line.
  func json(in unit: Double) -> JSONValue {
    func number(_ value: Double) -> JSONValue {
      let scaled = Int((value / unit * 100 + 0.5).rounded(.down))
      return .number(JSONNumber(scaled / 100, hundredths: scaled % 100))
    }
    return ["min": number(least), "median": number(median), "max": number(greatest)]
  }
}

extension JSONNumber {
  /// A number with two decimal places.
  fileprivate init(_ whole: Int, hundredths: Int) {
    let text = "\(whole)." + (hundredths < 10 ? "0\(hundredths)" : "\(hundredths)")
    self = (try? JSONValue.parse(text))?.number ?? JSONNumber(whole)
  }
}

/// Writes one measurement to standard output.
func report(_ line: JSONValue) throws(PosixError) {
  try StandardStream.output.writeLine(line.text)
}
