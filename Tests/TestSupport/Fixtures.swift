// Files that lie beside the tests.

package import Posix

/// The folder `Fixtures` beside a test's source file.
package enum Fixtures {
  /// Returns the path of a fixture of the test target that calls.
  package static func path(_ name: FilePath, file: String = #filePath) -> FilePath {
    (FilePath(file).parent ?? ".") / "Fixtures" / name
  }

  /// Returns the path of a file of the repository.
  package static func repository(_ name: FilePath) -> FilePath {
    let tests = FilePath(#filePath).parent?.parent ?? "."
    return (tests.parent ?? ".") / name
  }

  /// Returns the path of a built program, which lies beside the running test.
  package static func program(_ name: FilePath) -> FilePath? {
    var folder = Machine.executablePath?.parent
    // The test may run inside a bundle or as a helper of the toolchain: look upwards a few steps.
    for _ in 0..<4 {
      guard let here = folder else { break }
      if (try? FileDescriptor.open(here / name, .read)) != nil { return here / name }
      folder = here.parent
    }
    return nil
  }
}
