// A worker with fixed answers, for sweeps that kill it: `SpoolRig SPOOL [PARALLEL [MAX-JOBS]]`.
//
// Every document is answered with {"bytes":N} after 0 to 20 ms. A document that holds the word POISON kills
// the process at once, as a crash of the engine would; each STOP in one is a request to stop that arrives while
// its answer is made. With 0 as the greatest number of jobs it only
// accepts what lies in the inboxes.

import Extraction
import Pipeline
import Posix
import Spool

@main
struct Main {
  static func main() {
    let words = CommandLine.arguments
    guard words.count >= 2 else {
      print("usage: SpoolRig SPOOL [PARALLEL [MAX-JOBS]]")
      exitProcess(status: 64)
    }
    let parallel = words.count > 2 ? Int(words[2]) ?? 1 : 1
    let maxJobs = words.count > 3 ? Int(words[3]) ?? .max : .max
    do throws(PosixError) { try StopSignal.install() } catch {
      print("\(error)")
      exitProcess(status: 74)
    }
    do throws(SpoolError) {
      let spool = try SpoolDirectory(opening: FilePath(words[1]))
      let runner = JobRunner(
        spool, worker: try SpoolName("rig"),
        options: RunOptions(parallel: parallel, maxJobs: maxJobs)
      ) { event in
        if case .queueRefused(let problem) = event { print("\(problem)") }
      }
      let outcome = runner.run {
        OpenedSource(source: FixedAnswers()) {}
      }
      exitProcess(status: status(of: outcome))
    } catch {
      print("\(error)")
      exitProcess(status: 74)
    }
  }

  private static func status(of outcome: RunOutcome) -> Int32 {
    if outcome.isLocked || outcome.returned > 0 || outcome.isStoppedEarly { return 75 }
    if let failure = outcome.failure {
      print("\(failure)")
      return 74
    }
    if outcome.refusedQueues > 0 { return 78 }
    return outcome.unsuccessful > 0 ? 1 : 0
  }
}
