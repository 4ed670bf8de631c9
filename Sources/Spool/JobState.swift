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

/// The file name of an envelope: priority, job and crashes, such as `5-01J….a0`.
package struct JobName: Hashable, Comparable, Sendable {
  /// 0 to 9; the smallest is claimed first.
  package let priority: Int
  /// The job.
  package let job: JobID
  /// How many workers have died while they held the job.
  package let crashes: Int

  /// Creates a name.
  package init(priority: Int, job: JobID, crashes: Int = 0) {
    self.priority = min(9, max(0, priority))
    self.job = job
    self.crashes = crashes
  }

  /// Reads a file name, or returns nil for any other name.
  package init?(_ file: FilePath) {
    let parts = file.text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 28, parts[1].first == "a",
      let priority = parts[0].first?.wholeNumberValue, parts[0].dropFirst().first == "-",
      let job = JobID(parts[0].dropFirst(2)),
      let crashes = Int(parts[1].dropFirst()), crashes >= 0, crashes < 1000
    else { return nil }
    self.priority = priority
    self.job = job
    self.crashes = crashes
    guard self.file == file else { return nil }
  }

  /// The file name.
  package var file: FilePath { "\(priority)-\(job).a\(crashes)" }

  /// The name after one more crash.
  package var crashedAgain: JobName { JobName(priority: priority, job: job, crashes: crashes + 1) }

  package static func < (left: JobName, right: JobName) -> Bool {
    (left.priority, left.job.text) < (right.priority, right.job.text)
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
