// The program: words in, exit status out.

import Posix

@main
struct Main {
  static func main() {
    do throws(CommandFailure) {
      exitProcess(status: try Arguments.run(Arguments.ofThisProcess).rawValue)
    } catch {
      Log().write(.error, error.message)
      exitProcess(status: error.status.rawValue)
    }
  }
}
