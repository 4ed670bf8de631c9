// What a process may ask about itself and its machine.

import CPosix
import Glibc

/// Facts about the machine and this process.
package enum Machine {
  /// The host name, `localhost` where the system tells none.
  package static var hostName: String {
    var buffer = [CChar](repeating: 0, count: 256)
    let capacity = buffer.count - 1
    // SAFETY: the last byte stays zero whatever the call writes.
    let result = unsafe gethostname(&buffer, capacity)
    let name = FilePath(bytes: buffer.map { UInt8(bitPattern: $0) }).text
    return result == 0 && !name.isEmpty ? name : "localhost"
  }

  /// The value of an environment variable, or nil.
  package static func environment(_ name: String) -> String? {
    let prefix = name + "="
    return environment.first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
  }

  /// All environment variables as NAME=VALUE.
  package static var environment: [String] {
    var list: [String] = []
    // SAFETY: the environment ends with a null pointer; nothing in this program changes it.
    guard var next = unsafe cposix_environment() else { return [] }
    while let entry = unsafe next.pointee {
      list.append(unsafe String(cString: entry))
      unsafe next += 1
    }
    return list
  }

  /// The number of this process.
  package static var processID: Int { Int(getpid()) }

  /// The path of the running program.
  package static var executablePath: FilePath? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let capacity = buffer.count
    // SAFETY: the kernel writes at most the buffer's count of bytes.
    let count = unsafe readlink("/proc/self/exe", &buffer, capacity)
    guard count > 0 && count < capacity else { return nil }
    return FilePath(bytes: buffer[..<count].map { UInt8(bitPattern: $0) })
  }

  /// Fills an array with random bytes from the kernel.
  package static func randomBytes(_ count: Int) throws(PosixError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let start = done
      // SAFETY: the range past `start` lies inside the array.
      let step = unsafe bytes.withUnsafeMutableBytes { buffer in
        uninterrupted {
          unsafe Int(cposix_random(buffer.baseAddress.map { unsafe $0 + start }, count - start))
        }
      }
      guard step > 0 else { throw .call("getrandom", subject: "\(count) bytes", .last) }
      done += step
    }
    return bytes
  }

  /// The bytes that the allocator has given out and not got back.
  package static var allocatedBytes: Int { Int(cposix_allocated_bytes()) }

  /// Forbids memory dumps of this process, which would hold document text.
  package static func forbidDumps() { _ = cposix_forbid_dumps() }
}

/// The memory of the machine.
package struct Memory: Hashable, Sendable {
  /// The bytes this process could ever use: the machine's, or its control group's limit.
  package let totalBytes: Int
  /// The bytes that can be taken now without swapping.
  package let availableBytes: Int

  /// Reads the memory of the machine, or returns nil where the kernel does not tell.
  package static func current() -> Memory? {
    guard let text = try? readFile("/proc/meminfo", limit: 1 << 16) else { return nil }
    var total: Int?
    var available: Int?
    for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count >= 2, let value = Int(words[1]), value < 1 << 50 else { continue }
      if words[0] == "MemTotal:" { total = value * 1024 }
      if words[0] == "MemAvailable:" { available = value * 1024 }
    }
    guard let total, let available else { return nil }
    let limit = groupLimit ?? total
    return Memory(
      totalBytes: min(total, limit), availableBytes: min(available, limit))
  }

  /// The least limit of the control groups that this process is in, where one is set.
  private static var groupLimit: Int? {
    let lines = (try? readFile("/proc/self/cgroup", limit: 1 << 16)) ?? []
    var files = ["/sys/fs/cgroup/memory.max"]
    for line in String(decoding: lines, as: UTF8.self).split(separator: "\n") {
      // Version 2 is hierarchy 0 without a controller; in version 1 memory has its own.
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      if parts[0] == "0", parts[1].isEmpty {
        files += paths(below: "/sys/fs/cgroup", parts[2]).map { $0 + "/memory.max" }
      } else if parts[1].split(separator: ",").contains("memory") {
        files += paths(below: "/sys/fs/cgroup/memory", parts[2]).map {
          $0 + "/memory.limit_in_bytes"
        }
      }
    }
    return files.compactMap { file in
      guard let bytes = try? readFile(FilePath(file), limit: 64) else { return nil }
      return Int(String(decoding: bytes, as: UTF8.self).filter { $0.isNumber })
    }.min()
  }

  /// Returns the folder of a control group and those of the groups around it.
  private static func paths(below root: String, _ group: Substring) -> [String] {
    var result = [root]
    for name in group.split(separator: "/") {
      result.append((result.last ?? root) + "/" + name)
    }
    return result
  }
}

/// The room on a file system, and what kind it is.
package struct Volume: Hashable, Sendable {
  /// Bytes that an ordinary user may still write.
  package let freeBytes: Int
  /// All bytes of the file system.
  package let totalBytes: Int
  /// The kernel's magic number of the file system.
  package let type: Int64

  /// Describes the file system that holds an open file or folder.
  package static func holding(_ file: borrowing FileDescriptor) throws(PosixError) -> Volume {
    var found = statvfs()
    guard unsafe fstatvfs(file.number, &found) == 0 else {
      throw .call("statvfs", subject: "an open file", .last)
    }
    let unit = Int(clamping: found.f_frsize)
    return Volume(
      freeBytes: Int(clamping: found.f_bavail).multipliedReportingOverflow(by: unit).partialValue,
      totalBytes: Int(clamping: found.f_blocks).multipliedReportingOverflow(by: unit).partialValue,
      type: cposix_file_system_type(file.number))
  }

  /// True for file systems whose locks and renames reach other hosts.
  ///
  /// The magic numbers are those of `linux/magic.h` and `statfs(2)`.
  package var isNetwork: Bool {
    switch type & 0xffff_ffff {
    case 0x6969,  // NFS
      0x517b, 0xff53_4d42, 0xfe53_4d42,  // SMB, CIFS, SMB2
      0x0102_1997,  // 9P
      0x5346_414f, 0x6b41_4653,  // AFS
      0x00c3_6400,  // Ceph
      0x564c,  // NCP
      0x7375_7245,  // Coda
      0x0bd0_0bd0,  // Lustre
      0x0116_1970,  // GFS2
      0x7461_636f,  // OCFS2
      0x4750_4653:  // GPFS
      true
    default: false
    }
  }

  /// True for file systems in user space, whose promises are unknown.
  package var isUserSpace: Bool { type & 0xffff_ffff == 0x6573_5546 }
}

/// Ends the process as SIGKILL from outside would: nothing else of it runs.
package func killProcess() -> Never {
  kill(getpid(), SIGKILL)
  // The signal may arrive a moment after the call returns.
  while true { pause() }
}

/// Ends the process at once with a status, without running anything else.
package func exitProcess(status: Int32) -> Never { exit(status) }
