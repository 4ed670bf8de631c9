// swift-tools-version: 6.2
// The manifest is the law of ARCHITECTURE.md: every row names all that a target may import.
// `scripts/structure` compares both.

import PackageDescription

/// Warnings are errors under CI only: a later compiler must not break a user's build.
let strict: [SwiftSetting] =
  Context.environment["QUERN_CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

let swift: [SwiftSetting] =
  strict + [
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]

/// Hot targets run optimized in debug builds too, with assertions live.
let hotSwift: [SwiftSetting] =
  swift + [.unsafeFlags(["-O", "-assert-config", "Debug"], .when(configuration: .debug))]

/// Loops begin at multiples of 32 bytes: by chance elsewhere, products of Q5_0 were slower by 6 % (Zen 4).
let kernelC: [CSetting] = [
  .unsafeFlags(
    ["-O3", "-falign-loops=32", "-ffp-contract=off", "-std=c23", "-Wall", "-Wextra"]
      + (Context.environment["QUERN_CI"] == nil ? [] : ["-Werror"]))
]

/// A target of C sources with optimized kernels or thin shims.
func kernels(_ name: String) -> Target { .target(name: name, cSettings: kernelC) }

/// An executable target.
func program(_ name: String, uses: [Target.Dependency], path: String? = nil) -> Target {
  .executableTarget(name: name, dependencies: uses, path: path, swiftSettings: swift)
}

/// A library target of the house.
func library(
  _ name: String, uses: [Target.Dependency] = [], hot: Bool = false, notes: [String] = []
) -> Target {
  .target(
    name: name, dependencies: uses, exclude: notes, swiftSettings: hot ? hotSwift : swift)
}

/// A test target that mirrors a library target.
func tests(_ name: String, uses: [Target.Dependency] = [], fixtures: Bool = false) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.byName(name: name), "TestSupport"] + uses,
    exclude: fixtures ? ["Fixtures"] : [],  // a missing folder is a warning, so is an unlisted file
    swiftSettings: swift)
}

/// `QUERN_TESTS=Grammars,JSONSchema` leaves out the tests of all other targets, so that the tests of a few build fast.
let chosenTests: [String]? = Context.environment["QUERN_TESTS"].map { names in
  names.split(separator: ",").map { "\($0)Tests" }
}

let targets: [Target] = [
  // Floor 1
  library("JSON", hot: true),
  library("Digests", uses: ["CKernels"], hot: true),
  kernels("CPosix"),
  library("Posix", uses: ["CPosix"]),
  library("Patterns", hot: true),
  library("Tokens", hot: true),
  library("Tensors", hot: true),
  kernels("CKernels"),

  // Floor 2
  library("JSONSchema", uses: ["JSON", "Patterns"], hot: true),
  library("Documents", uses: ["JSON", "Posix"]),
  library("Spool", uses: ["JSON", "Posix", "Digests"], notes: ["SPOOL.md"]),
  library("Tokenizers", uses: ["JSON", "Tokens"], hot: true),
  library("Checkpoints", uses: ["Tensors", "JSON", "Posix"], hot: true),
  library("Compute", uses: ["Tensors", "CKernels", "Posix"], hot: true),

  // Floor 3
  library("Grammars", uses: ["JSONSchema", "Patterns", "Tokens", "JSON"], hot: true),
  library("Models", uses: ["Compute", "Checkpoints", "Tensors", "Tokens"], hot: true),

  // Floor 4
  library(
    "Inference",
    uses: [
      "Models", "Compute", "Checkpoints", "Tensors", "Tokenizers", "Tokens", "JSON", "Digests",
      "Posix",
    ], hot: true),

  // Floor 5
  library(
    "Extraction",
    uses: [
      "Inference", "Grammars", "Documents", "JSONSchema", "Tokenizers", "Tokens", "JSON",
      "Digests",
    ]),

  // Floor 6
  library(
    "Pipeline", uses: ["Extraction", "Spool", "Documents", "JSON", "Posix", "Digests"]),
  library("Reports", uses: ["Extraction", "Documents", "JSON", "Digests"]),

  // Floor 7
  program(
    "quern",
    uses: [
      "Pipeline", "Reports", "Extraction", "Spool", "Documents", "Inference", "Models",
      "Checkpoints", "Tokenizers", "Tokens", "Grammars", "JSONSchema", "Compute", "JSON", "Posix",
      "Digests",
    ]),
  program(
    "quern-bench",
    uses: [
      "Pipeline", "Spool", "Extraction", "Inference", "Models", "Grammars", "JSONSchema",
      "Tokenizers", "Tokens", "Checkpoints", "Compute", "Tensors", "JSON", "Posix", "TestSupport",
    ]),

  // Tests
  .target(
    name: "TestSupport", dependencies: ["JSON", "Posix"], path: "Tests/TestSupport",
    swiftSettings: swift),
  program(
    "SpoolRig", uses: ["Pipeline", "Extraction", "Spool", "Documents", "Posix", "JSON"],
    path: "Tests/SpoolRig"),
  tests("JSON"),
  tests("Digests"),
  tests("Posix"),
  tests("Patterns", fixtures: true),
  tests("Tokens"),
  tests("Tensors", fixtures: true),
  tests("JSONSchema", uses: ["JSON", "Patterns"], fixtures: true),
  tests("Documents"),
  tests("Spool", uses: ["JSON", "Posix", "Digests"]),
  tests("Tokenizers", uses: ["JSON", "Tokens"], fixtures: true),
  tests("Checkpoints", uses: ["Tensors", "JSON", "Posix"]),
  tests("Compute", uses: ["Tensors", "Posix"]),
  tests("Grammars", uses: ["JSONSchema", "Patterns", "Tokens", "JSON"]),
  tests(
    "Models", uses: ["Compute", "Checkpoints", "Tensors", "Tokens", "JSON", "Posix"],
    fixtures: true),
  tests(
    "Inference",
    uses: [
      "Models", "Compute", "Checkpoints", "Tensors", "Tokenizers", "Tokens", "JSON", "Posix",
    ]
  ),
  tests(
    "Extraction",
    uses: [
      "Inference", "Grammars", "Documents", "JSONSchema", "Tokenizers", "Tokens", "JSON",
      "Digests",
    ]),
  tests("Pipeline", uses: ["Extraction", "Spool", "Documents", "JSON", "Posix", "Digests"]),
  tests("Reports", uses: ["Extraction", "Documents", "JSON", "Digests", "Posix"]),
  .testTarget(
    name: "CommandTests",
    dependencies: ["TestSupport", "JSON", "Posix", "quern", "quern-bench", "SpoolRig"],
    swiftSettings: swift),
]

let package = Package(
  name: "quern",
  targets: targets.filter { target in
    target.type != .test || chosenTests?.contains(target.name) ?? true
  },
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c2x
)
