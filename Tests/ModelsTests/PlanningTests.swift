// The plan of DeepSeek-V4-Flash against the table that was computed by hand from its sizes, and the
// parts of a checkpoint against its file.

import Checkpoints
import Models
import Tensors
import Testing

@Suite struct PlanningTests {
  /// One row of the table: stored bytes, then read bytes and rates at four lengths, in gigabytes.
  struct Row: Sendable {
    var form: String
    var stored: Double
    var read: [Double]
    var slower: [Double]
    var faster: [Double]
  }

  private static let lengths = [1024, 32_768, 500_000, 1_048_576]
  /// The table is rounded to three digits.
  private static let tolerance = 0.02

  static let rows = [
    Row(
      form: "released", stored: 156.0, read: [11.22, 11.25, 11.61, 12.04],
      slower: [299, 298, 288, 278], faster: [428, 427, 413, 399]),
    Row(
      form: "q4_k", stored: 161.3, read: [8.10, 8.12, 8.49, 8.92], slower: [414, 412, 395, 376],
      faster: [593, 591, 565, 538]),
    Row(
      form: "2bit", stored: 86.5, read: [9.40, 9.42, 9.79, 10.22], slower: [357, 355, 342, 328],
      faster: [511, 509, 490, 470]),
    Row(
      form: "2bit-dense4", stored: 83.4, read: [6.20, 6.23, 6.60, 7.03],
      slower: [540, 538, 508, 477], faster: [774, 770, 728, 683]),
    Row(
      form: "2bit-all", stored: 76.1, read: [6.05, 6.08, 6.45, 6.88],
      slower: [554, 551, 520, 487], faster: [793, 790, 745, 698]),
  ]

  private static func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= tolerance * b }

  private static func machine(
    _ count: Int, gigabytes: Double, bandwidth: Double = 3.35e12
  ) -> MachinePlan {
    MachinePlan(deviceCount: count, deviceBytes: gigabytes * 0x1p30, bandwidth: bandwidth)
  }

  @Test(arguments: rows)
  func everyCellOfTheTableIsReproduced(row: Row) throws {
    let model = PlannedModel.deepSeekV4Flash
    let form = try #require(model.forms.first { $0.name == row.form })
    #expect(Self.isNear(model.bytesStored(form) / 1e9, row.stored))
    for (index, tokens) in Self.lengths.enumerated() {
      let read = model.bytesRead(form) + model.cache(tokens).read
      #expect(Self.isNear(read / 1e9, row.read[index]))
      let slower = Self.machine(1, gigabytes: 80).tokensPerSecond(bytesRead: read)
      let faster = Self.machine(1, gigabytes: 80, bandwidth: 4.8e12)
        .tokensPerSecond(bytesRead: read)
      #expect(Self.isNear(slower, row.slower[index]) && Self.isNear(faster, row.faster[index]))
    }
  }

  @Test func theFormsOfWholeBitsHaveTheirSizes() throws {
    let model = PlannedModel.deepSeekV4Flash
    for (name, gigabytes) in [("int4", 151.0), ("int5", 195.0), ("int6", 233.0)] {
      let form = try #require(model.forms.first { $0.name == name })
      #expect(Self.isNear(model.bytesStored(form) / 1e9, gigabytes), "\(name)")
    }
    #expect(Self.isNear(model.parts.reduce(0) { $0 + $1.parameters }, 284.33e9))
  }

  @Test func aCacheTakesWhatTheFormatsTake() {
    let cache = PlannedModel.deepSeekV4Flash.cache
    for (tokens, kept, read) in [
      (1024, 7e6, 7e6), (32_768, 129e6, 35e6), (500_000, 1.93e9, 402e6), (1_048_576, 4.04e9, 832e6),
    ] {
      // Seven megabytes are rounded to one digit.
      let tolerance = tokens == 1024 ? 0.05 : Self.tolerance
      #expect(abs(cache(tokens).kept - kept) <= tolerance * kept)
      #expect(abs(cache(tokens).read - read) <= tolerance * read)
    }
  }

  /// Rows A to E on one and two devices: whether a sequence of a million tokens fits.
  @Test func theFitsOfTheTableAreReproduced() throws {
    let machines = [
      Self.machine(1, gigabytes: 80), Self.machine(1, gigabytes: 141),
      Self.machine(2, gigabytes: 80), Self.machine(2, gigabytes: 141),
    ]
    for (machine, gigabytes) in zip(machines, [84.0, 149, 167, 298]) {
      #expect(Self.isNear(machine.usableBytes / 1e9, gigabytes))
    }
    let expected: [String: String] = [
      "released": "nn=y", "q4_k": "nn-y", "2bit": "nyyy", "2bit-dense4": "nyyy", "2bit-all": "=yyy",
    ]
    let model = PlannedModel.deepSeekV4Flash
    for (name, cells) in expected {
      let form = try #require(model.forms.first { $0.name == name })
      let found = machines.map { machine -> Character in
        switch machine.fit(
          weights: model.bytesStored(form), tokens: 1_048_576, cache: { model.cache($0).kept })
        {
        case .yes: "y"
        case .justSo: "="
        case .shorter: "-"
        case .no: "n"
        }
      }
      #expect(String(found) == cells, "\(name)")
    }
  }

  @Test func aCheckpointsPartsAddUpToItsTensors() throws {
    for file in GoldenFixture.names + GoldenFixture.compressed {
      let checkpoint = try GoldenFixture.checkpoint(file)
      let share = ModelRegistry.expertShare(of: checkpoint)
      let parts = ModelParts(checkpoint, expertShare: share)
      #expect(parts.bytes == checkpoint.tensorByteCount, "\(file)")
      #expect(parts.activeParameters <= parts.parameters)
      let hasExperts = parts.sizes.contains { $0.part == .experts }
      #expect(hasExperts == (share < 1), "\(file)")
      let cache = try ModelRegistry.plannedCache(of: checkpoint)
      #expect(cache(64).kept > 0 && cache(64).kept >= cache(64).read)
    }
    let small = try GoldenFixture.checkpoint("deepseek-v4-tiny-q/model.safetensors")
    let parts = ModelParts(small, expertShare: ModelRegistry.expertShare(of: small))
    let experts = try #require(parts.sizes.first { $0.part == .experts })
    #expect(experts.type == .e2m1 && experts.parameters == 4 * 4 * 3 * 64 * 192)
    #expect(parts.sizes.contains { $0.part == .attention && $0.type == .e4m3 })
  }
}
