// The lines that a person names by a file, a folder of results or a whole spool, with what lies beside them.

import Documents
import JSON
import Posix
import Reports

/// Result and error lines, and the spool that they came from if there is one.
struct ResultFiles {
  /// The lines, file by file in the order of their names.
  private(set) var lines: [ResultLine] = []
  /// The number of lines that are none of this program.
  private(set) var strangeCount = 0
  /// The spool around the results, nil where there is none.
  private let spool: FilePath?

  /// The greatest size of one result file in bytes.
  private static let fileLimit = 1 << 30
  /// The greatest size of a sidecar in bytes.
  private static let sidecarLimit = 64 << 20

  /// Reads what lies at a path.
  ///
  /// - Throws: One line for a path that names nothing readable, or no results.
  init(_ path: FilePath) throws(CommandFailure) {
    let folder = Self.names(in: path)
    var files: [FilePath] = []
    if let names = folder {
      let isSpool = names.contains("VERSION") && names.contains("results")
      let parts: [FilePath] =
        isSpool ? ["results/sealed", "results", "errors"] : ["sealed", "."]
      for part in parts {
        let place = part == "." ? path : path / part
        files += (Self.names(in: place) ?? []).filter { $0.hasSuffix(".jsonl") }.sorted()
          .map { place / $0 }
      }
      spool = isSpool ? path : Self.spool(around: path)
    } else {
      files = [path]
      spool = Self.spool(around: path.parent ?? ".")
    }
    for file in files {
      let bytes = try InputFile.contents(of: file, kind: "results", limit: Self.fileLimit)
      for line in bytes.split(separator: UInt8(ascii: "\n")) {
        if let line = ResultLine(Array(line)) {
          lines.append(completed(line))
        } else {
          strangeCount += 1
        }
      }
    }
    if lines.isEmpty && strangeCount > 0 {
      throw CommandFailure(.badInput, "\(path) holds no result lines of this program")
    }
  }

  /// Returns the text of a line's document, nil where it is not at hand.
  ///
  /// - Parameter documents: A folder that holds documents under their names, asked before the spool.
  func text(of line: ResultLine, documents: FilePath?) -> String? {
    var places: [FilePath] = []
    let name = line.name
    if let documents, !name.isEmpty, !name.contains("/"), name != "..", name != "." {
      places.append(documents / FilePath(name))
    }
    guard let hash = line.documentHash else { return nil }
    if let spool {
      places.append(spool / "docs" / FilePath(String(hash.prefix(2))) / FilePath(hash))
    }
    for place in places {
      guard let bytes = try? InputFile.contents(of: place, kind: "document"),
        ResultLine.hash(of: bytes) == hash,
        let document = try? DocumentReaders.read(bytes, name: name)
      else { continue }
      return document.text
    }
    return nil
  }

  /// Returns a line with what its sidecar holds, as far as that can be read.
  private func completed(_ line: ResultLine) -> ResultLine {
    guard let spool, let path = line.sidecarPath, path.hasPrefix("sidecar/"),
      !path.split(separator: "/").contains(".."),
      let bytes = try? InputFile.contents(
        of: spool / FilePath(path), kind: "sidecar", limit: Self.sidecarLimit),
      let value = try? JSONValue.parse(bytes)
    else { return line }
    return line.completed(with: value)
  }

  private static func names(in folder: FilePath) -> [FilePath]? {
    guard let file = try? FileDescriptor.open(folder, .directory) else { return nil }
    return try? PosixFileSystem().list(file)
  }

  /// Returns the spool whose results lie in a folder.
  private static func spool(around folder: FilePath) -> FilePath? {
    for up: FilePath in ["..", "../.."] {
      let place = folder / up
      guard let names = names(in: place) else { continue }
      if names.contains("VERSION") && names.contains("docs") { return place }
    }
    return nil
  }
}
