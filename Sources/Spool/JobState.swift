// Where a job is: its state is the folder that holds its envelope.
//
//   tmp/ --link keys/, rename--> ready/ --claim--> claimed/W/ --commit--> done/DAY/ or failed/
//                                  ^-- release, or recovery with one crash more --|

package import Posix

/// The state of an accepted job.
package enum JobState: Hashable, Sendable {
  /// Its key is entered; the next recovery moves it to `ready/`.
  case entering
  /// It waits for a worker.
  case ready
  /// A worker holds it.
  case claimed(worker: String)
  /// Its line is written and says anything but failed.
  case done
  /// Its line is written and says failed.
  case failed

  /// The word for people.
  package var word: String {
    switch self {
    case .entering, .ready: "waiting"
    case .claimed: "running"
    case .done: "done"
    case .failed: "failed"
    }
  }
}

/// The file name of an envelope: urgency, job and crashes, such as `4-01J….a0`.
package struct JobName: Hashable, Comparable, Sendable {
  /// 0 to 9; the smallest is claimed first.
  package let rank: Int
  /// The job.
  package let job: JobID
  /// How many workers have died while they held the job.
  package let crashes: Int

  /// Creates a name; priority 9 is the most urgent.
  package init(priority: Int, job: JobID, crashes: Int = 0) {
    rank = 9 - min(9, max(0, priority))
    self.job = job
    self.crashes = crashes
  }

  /// Reads a file name, or returns nil for any other name.
  package init?(_ file: FilePath) {
    let parts = file.text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 28, parts[1].first == "a",
      let rank = parts[0].first?.wholeNumberValue, parts[0].dropFirst().first == "-",
      let job = JobID(parts[0].dropFirst(2)),
      let crashes = Int(parts[1].dropFirst()), crashes >= 0, crashes < 1000
    else { return nil }
    self.rank = rank
    self.job = job
    self.crashes = crashes
    guard self.file == file else { return nil }
  }

  /// The file name.
  package var file: FilePath { "\(rank)-\(job).a\(crashes)" }

  /// The name after one more crash.
  package var crashedAgain: JobName { JobName(priority: 9 - rank, job: job, crashes: crashes + 1) }

  package static func < (left: JobName, right: JobName) -> Bool {
    (left.rank, left.job.text) < (right.rank, right.job.text)
  }
}

/// A name that may be a part of a file name: of a queue or of a worker.
package struct SpoolName: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The text: 1 to 64 letters, digits, hyphens and underscores.
  package let text: String

  /// Checks a name.
  package init(_ text: String) throws(SpoolError) {
    guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else {
      throw .badName(text)
    }
    self.text = text
  }

  /// Makes a name of any text, such as a host name: other characters become hyphens.
  package init(making text: String) {
    let bytes = text.utf8.prefix(64).map { Self.isAllowed($0) ? $0 : UInt8(ascii: "-") }
    self.text = bytes.isEmpty ? "worker" : String(decoding: bytes, as: UTF8.self)
  }

  package static func < (left: SpoolName, right: SpoolName) -> Bool { left.text < right.text }

  package var description: String { text }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
