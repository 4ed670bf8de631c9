// Typed access to one JSON object of settings: no key is unknown, no value is of the wrong kind.

import JSON

/// What is wrong in a settings file.
struct SettingsError: Error {
  /// One sentence without a capital and a full stop.
  let sentence: String
}

/// One object of settings.
struct SettingsReader {
  private let object: JSONObject
  /// The place of the object, for messages.
  private let prefix: String

  /// Checks that a value is an object with known keys only.
  init(_ value: JSONValue, keys: [String], prefix: String = "") throws(SettingsError) {
    guard let object = value.object else {
      throw SettingsError(
        sentence: "\(prefix.isEmpty ? "the whole" : "\"\(prefix)\"") must be an object")
    }
    for key in object.keys where !keys.contains(key) {
      throw SettingsError(
        sentence: "the key \"\(prefix)\(key)\" is unknown"
          + NearestWord.hint(
            key, in: keys, otherwise: "; known are \(keys.joined(separator: ", "))")
      )
    }
    self.object = object
    self.prefix = prefix
  }

  private func wrong(_ key: String, _ expected: String, _ found: JSONValue) -> SettingsError {
    SettingsError(
      sentence: "\"\(prefix)\(key)\" must be \(expected), found \(String(found.text.prefix(40)))")
  }

  /// Returns a text, nil where the key is absent.
  func text(_ key: String) throws(SettingsError) -> String? {
    guard let value = object[key] else { return nil }
    guard let text = value.string else { throw wrong(key, "a text", value) }
    return text
  }

  /// Returns one of a few words, nil where the key is absent.
  func choice(_ key: String, of words: [String]) throws(SettingsError) -> String? {
    guard let value = object[key] else { return nil }
    guard let text = value.string, words.contains(text) else {
      throw wrong(key, "one of " + words.joined(separator: ", "), value)
    }
    return text
  }

  /// Returns a whole number in a range, nil where the key is absent.
  func integer(_ key: String, in range: ClosedRange<Int>) throws(SettingsError) -> Int? {
    guard let value = object[key] else { return nil }
    guard let number = value.int, range.contains(number) else {
      throw wrong(key, "a whole number from \(range.lowerBound) to \(range.upperBound)", value)
    }
    return number
  }

  /// Returns a number in a range, nil where the key is absent.
  func double(_ key: String, in range: ClosedRange<Double>) throws(SettingsError) -> Double? {
    guard let value = object[key] else { return nil }
    guard let number = value.number?.double, range.contains(number) else {
      throw wrong(key, "a number from \(range.lowerBound) to \(range.upperBound)", value)
    }
    return number
  }

  /// Returns the settings of an object with known keys, nil where the key is absent.
  func object(_ key: String, keys: [String]) throws(SettingsError) -> SettingsReader? {
    guard let value = object[key] else { return nil }
    return try SettingsReader(value, keys: keys, prefix: "\(prefix)\(key).")
  }
}
