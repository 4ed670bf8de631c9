// Good checkpoints, damaged at random: the same seed gives the same damage.

/// How a checkpoint is damaged.
enum Damage: String, CaseIterable {
  case flippedBytes = "flipped bytes"
  case lyingShape = "a lying shape"
  case overlap = "overlapping tensors"
  case badMerge = "bad merges"
  case expertCount = "a number of experts"
  case setting = "a setting"
  case type = "a type"
  case cut = "a cut"
}

/// SplitMix64, after Steele, Lea and Flood 2014.
struct MutationRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }

  /// Returns a number that is likely to hurt, beside a good one.
  mutating func lie(beside good: UInt64) -> UInt64 {
    let lies: [UInt64] = [
      0, 1, good &- 1, good &+ 1, 2 &* good, good / 2, good &+ 32, 255, 65_536, 1 << 31, 1 << 32,
      (1 << 31) - 1, 1 << 40, 1 << 62, 1 << 63, .max, next(), next() >> 32, next() >> 48,
    ]
    return lies[Int.random(in: lies.indices, using: &self)]
  }
}

/// The files of one good checkpoint.
struct CheckpointSample {
  /// The name of the file with the tensors.
  let main: String
  /// The bytes of all files by name.
  var files: [String: [UInt8]]
  /// The bytes before the tensors.
  let headerSize: Int

  private let places: GGUFPlaces?

  /// Takes the files of a checkpoint that is known to be good.
  init(main: String, files: [String: [UInt8]]) {
    self.main = main
    self.files = files
    let bytes = files[main] ?? []
    places = main.hasSuffix(".gguf") ? GGUFPlaces(bytes) : nil
    headerSize =
      places?.end ?? 8 + (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
  }

  /// Whether a tokenizer is to be made of it.
  var hasTokenizer: Bool {
    files["tokenizer.json"] != nil || places.map { !$0.merges.isEmpty } ?? false
  }

  /// The bytes of everything but tensors.
  var metadataSize: Int {
    headerSize + files.reduce(0) { $0 + ($1.key == main ? 0 : $1.value.count) }
  }

  /// Returns the files with some damage.
  func damaged(_ damage: Damage, _ random: inout MutationRandom) -> [String: [UInt8]] {
    var files = files
    if damage == .cut {
      let name = random.pick(Array(files.keys).sorted())
      let count = files[name]?.count ?? 0
      let limit = name == main && Bool.random(using: &random) ? headerSize : count
      files[name]?.removeLast(count - Int.random(in: 0..<max(1, limit), using: &random))
    } else if damage == .flippedBytes {
      let name = random.pick(Array(files.keys).sorted())
      let count = name == main ? headerSize : files[name]?.count ?? 0
      for _ in 0..<Int.random(in: 1...4, using: &random) where count > 0 {
        files[name]?[Int.random(in: 0..<count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
    } else if let places {
      files[main] = damagedGGUF(damage, places, &random)
    } else {
      damageFolder(&files, damage, &random)
    }
    return files
  }
}

extension MutationRandom {
  /// Returns one of several.
  mutating func pick<T>(_ list: [T]) -> T { list[Int.random(in: list.indices, using: &self)] }
}

// MARK: - GGUF

extension CheckpointSample {
  private func damagedGGUF(
    _ damage: Damage, _ places: GGUFPlaces, _ random: inout MutationRandom
  ) -> [UInt8] {
    var bytes = files[main] ?? []
    func put(_ value: UInt64, at place: Int, size: Int) {
      for index in 0..<size {
        bytes[place + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
      }
    }
    switch damage {
    case .lyingShape:
      let place = random.pick(places.dimensions)
      put(random.lie(beside: places.number(place, size: 8)), at: place, size: 8)
    case .overlap:
      let (target, source) = (random.pick(places.offsets), random.pick(places.offsets))
      let shift: UInt64 = Bool.random(using: &random) ? 0 : 32
      put(places.number(source, size: 8) &+ shift, at: target, size: 8)
    case .badMerge where !places.merges.isEmpty:
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let merge = random.pick(places.merges)
        if Int.random(in: 0..<4, using: &random) == 0 {
          put(random.lie(beside: UInt64(merge.count)), at: merge.lowerBound - 8, size: 8)
        } else if Bool.random(using: &random) {
          for place in merge where bytes[place] == 0x20 { bytes[place] = 0x61 }
        } else {
          for place in merge { bytes[place] = UInt8.random(in: 0...255, using: &random) }
        }
      }
    case .expertCount, .setting, .badMerge:
      let numbers = places.numbers.filter {
        damage != .expertCount || $0.key.contains(".expert_")
      }
      let (_, place, size) = random.pick(numbers.isEmpty ? places.numbers : numbers)
      put(random.lie(beside: places.number(place, size: size)), at: place, size: size)
    case .type:
      put(UInt64.random(in: 0...48, using: &random), at: random.pick(places.types), size: 4)
    case .flippedBytes, .cut: break
    }
    return bytes
  }
}

// MARK: - Folders

extension CheckpointSample {
  private func damageFolder(
    _ files: inout [String: [UInt8]], _ damage: Damage, _ random: inout MutationRandom
  ) {
    switch damage {
    case .badMerge where files["tokenizer.json"] != nil:
      var text = files["tokenizer.json"] ?? []
      let start = Self.end(of: "\"merges\":[", in: text) ?? 0
      let merges = Self.strings(in: text, from: start)
      for merge in Set((0..<3).map { _ in random.pick(merges.indices.map { $0 }) }).sorted()
        .reversed()
      {
        text.replaceSubrange(merges[merge], with: Array(random.pick(Self.wrongMerges).utf8))
      }
      files["tokenizer.json"] = text
    case .expertCount, .setting, .badMerge:
      var text = files["config.json"] ?? []
      let numbers = Self.numbers(in: text).filter { range in
        damage != .expertCount || Self.key(before: range.lowerBound, in: text).contains("expert")
      }
      guard !numbers.isEmpty else { return }
      let range = random.pick(numbers)
      let good = UInt64(String(decoding: text[range], as: UTF8.self)) ?? 1
      let lies = ["-1", "1e300", "\"x\"", "null", "[]", "0.5", "-9223372036854775808"]
      let lie =
        Int.random(in: 0..<3, using: &random) == 0
        ? random.pick(lies) : "\(random.lie(beside: good))"
      text.replaceSubrange(range, with: Array(lie.utf8))
      files["config.json"] = text
    default:
      files[main] = damagedHeader(damage, &random)
    }
  }

  private static let wrongMerges = [
    "\"ab\"", "\"\"", "\" \"", "\"a b c\"", "\"t  h\"", "1", "null", "[\"t\"]", "[\"t\",\"q\"]",
    "\"\u{4e00} \u{4e01}\"", "[\"t\",\"h\",\"e\"]", "\"the the\"", "\"t h\"", "{}",
  ]

  /// Damages the header of a safetensors file, whose length may change with it.
  private func damagedHeader(_ damage: Damage, _ random: inout MutationRandom) -> [UInt8] {
    let bytes = files[main] ?? []
    var text = Array(bytes[8..<headerSize])
    func runs(_ pattern: String) -> [[Range<Int>]] {
      var result: [[Range<Int>]] = []
      var from = 0
      while let place = Self.end(of: pattern, in: text, from: from) {
        let close = text[place...].firstIndex(of: 0x5D) ?? text.count
        result.append(Self.numbers(in: text, place..<close))
        from = close
      }
      return result.filter { !$0.isEmpty }
    }
    switch damage {
    case .lyingShape:
      let range = random.pick(random.pick(runs("\"shape\":[")))
      let good = UInt64(String(decoding: text[range], as: UTF8.self)) ?? 1
      text.replaceSubrange(range, with: Array("\(random.lie(beside: good))".utf8))
    case .overlap:
      let all = runs("\"data_offsets\":[")
      let (target, source) = (random.pick(all), random.pick(all))
      let pair = text[source[0].lowerBound..<source[1].upperBound]
      text.replaceSubrange(target[0].lowerBound..<target[1].upperBound, with: Array(pair))
    default:
      let types = ["F16", "BF16", "I64", "U8", "F8_E4M3", "F8_E8M0", "I8", "F64", "BOOL", "X"]
      var places: [Int] = []
      while let place = Self.end(of: "\"dtype\":\"", in: text, from: places.last ?? 0) {
        places.append(place)
      }
      let place = random.pick(places)
      let close = text[place...].firstIndex(of: 0x22) ?? place
      text.replaceSubrange(place..<close, with: Array(random.pick(types).utf8))
    }
    let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
    return length + text + bytes[headerSize...]
  }

  // MARK: Text

  /// Returns the place behind the next occurrence of a pattern.
  private static func end(of pattern: String, in text: [UInt8], from: Int = 0) -> Int? {
    let pattern = Array(pattern.utf8)
    guard text.count >= pattern.count else { return nil }
    return (from...max(from, text.count - pattern.count)).first { place in
      place + pattern.count <= text.count
        && pattern.indices.allSatisfy { text[place + $0] == pattern[$0] }
    }.map { $0 + pattern.count }
  }

  /// Returns the whole numbers of a text, where they are no part of a name.
  private static func numbers(in text: [UInt8], _ part: Range<Int>? = nil) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var place = part?.lowerBound ?? 0
    let end = part?.upperBound ?? text.count
    while place < end {
      let start = place
      while place < end, (0x30...0x39).contains(text[place]) { place += 1 }
      if place > start, start == 0 || [0x3A, 0x5B, 0x2C, 0x20].contains(text[start - 1]) {
        result.append(start..<place)
      }
      place = max(place, start + 1)
    }
    return result
  }

  /// Returns the strings of a list, with their quotes.
  private static func strings(in text: [UInt8], from start: Int) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var place = start
    while place < text.count, text[place] != 0x5D {
      guard text[place] == 0x22 else {
        place += 1
        continue
      }
      var close = place + 1
      while close < text.count, text[close] != 0x22 { close += text[close] == 0x5C ? 2 : 1 }
      result.append(place..<min(close + 1, text.count))
      place = close + 1
    }
    return result
  }

  /// Returns the text between the quotes before a place.
  private static func key(before place: Int, in text: [UInt8]) -> String {
    guard let close = text[..<place].lastIndex(of: 0x22),
      let open = text[..<close].lastIndex(of: 0x22)
    else { return "" }
    return String(decoding: text[open..<close], as: UTF8.self)
  }
}
