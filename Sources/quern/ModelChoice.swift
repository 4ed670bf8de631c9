// Which model file a command uses: a path, a name in the cache, or the default.

import Posix

/// The file or folder of a model, found before anything of it is read.
struct ModelChoice {
  /// The file or folder.
  let path: FilePath

  /// The name of the model that is used when none is named.
  static let standardName = "qwen2.5-coder-1.5b"

  /// The option of every command that uses a model.
  static let option = OptionSyntax.value(
    "model", "MODEL", .path,
    "A GGUF file, a folder with safetensors, or a name such as qwen2.5-coder-0.5b that "
      + "scripts/fetch-model keeps in the cache.", standard: "$QUERN_MODEL, else \(standardName)")

  /// Finds the model that a command line, else the environment, names.
  ///
  /// - Throws: Status 69 with one sentence where there is no such model.
  init(_ invocation: Invocation) throws(CommandFailure) {
    if let named = invocation.path("model") {
      self = try ModelChoice(named: named)
    } else if let value = Machine.environment("QUERN_MODEL"), !value.isEmpty {
      self = try ModelChoice(named: FilePath(value))
    } else {
      self = try ModelChoice(named: FilePath(Self.standardName))
    }
  }

  /// Finds the model of a path, or of a name in the cache.
  init(named name: FilePath) throws(CommandFailure) {
    if try Self.isThere(name) {
      path = name
      return
    }
    let isPath = name.parent != nil || name.hasSuffix(".gguf")
    guard !isPath else {
      throw CommandFailure(
        .unavailable,
        "there is no model at \(name); give a GGUF file, or fetch the default one with "
          + "scripts/fetch-model")
    }
    guard let cache = Self.cache else {
      throw CommandFailure(
        .unavailable,
        "the model \(name) is not to be found: none of QUERN_CACHE, XDG_CACHE_HOME and HOME is set; "
          + "give a GGUF file with --model")
    }
    let file = cache / FilePath(bytes: name.bytes + Array(".gguf".utf8))
    guard try Self.isThere(file) else {
      throw CommandFailure(
        .unavailable,
        "the model \(name) is not at \(file); fetch it with scripts/fetch-model \(name)")
    }
    path = file
  }

  /// The folder in which models lie under their names.
  private static var cache: FilePath? {
    func folder(_ name: String) -> FilePath? {
      Machine.environment(name).flatMap { $0.isEmpty ? nil : FilePath($0) }
    }
    return folder("QUERN_CACHE") ?? folder("XDG_CACHE_HOME").map { $0 / "quern" }
      ?? folder("HOME").map { $0 / ".cache/quern" }
  }

  private static func isThere(_ path: FilePath) throws(CommandFailure) -> Bool {
    do throws(PosixError) {
      _ = try FileDescriptor.open(path, .readNow)
      return true
    } catch {
      if error.errno == .noEntry || error.errno == .notDirectory { return false }
      throw CommandFailure(error, "open the model \(path)", otherwise: .unavailable)
    }
  }
}
