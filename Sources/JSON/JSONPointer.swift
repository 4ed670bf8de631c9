// RFC 6901: the names of places inside a JSON value.

/// A path from the root of a JSON value to one of its parts.
package struct JSONPointer: Hashable, Sendable, CustomStringConvertible {
  /// The unescaped steps.
  package var steps: [String]

  /// Creates a pointer from unescaped steps.
  package init(steps: [String] = []) { self.steps = steps }

  /// Reads the string form, nil if it neither is empty nor begins with a slash, or escapes badly.
  package init?(_ text: String) {
    guard !text.isEmpty else {
      self.steps = []
      return
    }
    guard text.utf8.first == 0x2F else { return nil }
    var steps: [String] = []
    for part in text.utf8.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false) {
      var step: [UInt8] = []
      var escaped = false
      for byte in part {
        if escaped {
          guard byte == 0x30 || byte == 0x31 else { return nil }
          step.append(byte == 0x30 ? 0x7E : 0x2F)
          escaped = false
        } else if byte == 0x7E {
          escaped = true
        } else {
          step.append(byte)
        }
      }
      guard !escaped else { return nil }
      steps.append(String(decoding: step, as: UTF8.self))
    }
    self.steps = steps
  }

  /// The string form, with `~` and `/` escaped.
  package var description: String {
    var result = ""
    for step in steps {
      result += "/"
      if !step.utf8.contains(where: { $0 == 0x7E || $0 == 0x2F }) {
        result += step
        continue
      }
      for scalar in step.unicodeScalars {
        switch scalar {
        case "~": result += "~0"
        case "/": result += "~1"
        default: result.unicodeScalars.append(scalar)
        }
      }
    }
    return result
  }

  /// Returns the pointer one step further.
  package func appending(_ step: String) -> JSONPointer { JSONPointer(steps: steps + [step]) }

  /// Returns the part of a value that the pointer names, nil if there is none.
  package func find(in value: JSONValue) -> JSONValue? {
    var current = value
    for step in steps {
      switch current {
      case .object(let object):
        guard let next = object[step] else { return nil }
        current = next
      case .array(let elements):
        guard let index = Int(step), elements.indices.contains(index), String(index) == step
        else { return nil }
        current = elements[index]
      default: return nil
      }
    }
    return current
  }
}
