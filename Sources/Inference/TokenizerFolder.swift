// The tokenizer of a checkpoint that is a folder: tokenizer.json, and tokenizer_config.json if it is there.

import JSON
import Posix
import Tokenizers

/// The tokenizer files beside a checkpoint's weights.
enum TokenizerFolder {
  /// The longest file that is read; the released files of large models have 5 to 20 MB.
  private static let byteLimit = 256 << 20

  /// Reads the files beside a checkpoint.
  ///
  /// - Parameter path: The folder, or a file in it.
  static func definition(_ path: String) throws(InferenceError) -> TokenizerDefinition {
    let parent = FilePath(path).parent?.text ?? "."
    let folder = [path, parent].first { exists("\($0)/tokenizer.json") }
    guard let folder else { throw .noTokenizer(path: path) }
    do throws(TokenizerError) {
      let configuration = "\(folder)/tokenizer_config.json"
      return try TokenizerDefinition(
        tokenizer: try read("\(folder)/tokenizer.json"),
        configuration: exists(configuration) ? try read(configuration) : nil)
    } catch { throw .tokenizer(error) }
  }

  private static func exists(_ path: String) -> Bool {
    do throws(PosixError) {
      let file = try FileDescriptor.open(FilePath(path), .readNow)
      return try PosixFileSystem().status(of: file).kind == .regular
    } catch { return false }
  }

  private static func read(_ path: String) throws(TokenizerError) -> JSONValue {
    let bytes: [UInt8]
    do throws(PosixError) {
      bytes = try readFile(FilePath(path), limit: byteLimit)
    } catch {
      throw .malformedFile(name: path, expected: "what can be read: \(error)")
    }
    do throws(JSONError) {
      return try JSONValue.parse(bytes)
    } catch { throw .malformedFile(name: path, expected: "JSON: \(error)") }
  }
}
