// Files: openat2, renameat2, flock, statfs.
#define _GNU_SOURCE
#include "cposix.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

int cposix_open_at(int directory, const char *path, int flags, unsigned mode) {
  return openat(directory, path, flags, (mode_t)mode);
}

// True when a component of `path` could lead out of its directory.
static int climbs(const char *path) {
  if (path[0] == '/') return 1;
  for (const char *part = path; part; part = strchr(part, '/')) {
    if (*part == '/') part++;
    if (part[0] == '.' && part[1] == '.' && (part[2] == 0 || part[2] == '/')) return 1;
  }
  return 0;
}

int cposix_open_beneath(int directory, const char *path, int flags, unsigned mode) {
  struct open_how how;
  memset(&how, 0, sizeof how);
  how.flags = (uint64_t)(unsigned)flags;
  how.mode = (flags & O_CREAT) ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  long descriptor = syscall(SYS_openat2, directory, path, &how, sizeof how);
  if (descriptor >= 0) return (int)descriptor;
  // ENOSYS: kernel before 5.6. EPERM: a sandbox that does not know the call.
  if (errno != ENOSYS && errno != EPERM) return -1;
  if (climbs(path)) {
    errno = EXDEV;
    return -1;
  }
  return openat(directory, path, flags | O_NOFOLLOW, (mode_t)mode);
}

int cposix_rename_exclusive(
    int from_directory, const char *from, int to_directory, const char *to) {
  return renameat2(from_directory, from, to_directory, to, RENAME_NOREPLACE);
}

int cposix_allocate(int descriptor, int64_t byte_count) {
  return fallocate(descriptor, 0, 0, (off_t)byte_count);
}

int cposix_lock(int descriptor, int exclusive) {
  int result;
  do {
    result = flock(descriptor, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB);
  } while (result == -1 && errno == EINTR);
  return result;
}

void cposix_unlock(int descriptor) { flock(descriptor, LOCK_UN); }

int cposix_has_writer(int descriptor) {
  // Should a writer come while the lease is held: the default signal would end the process, this one
  // is ignored by default.
  fcntl(descriptor, F_SETSIG, SIGURG);
  // A read lease is only granted while nobody has the file open for writing.
  if (fcntl(descriptor, F_SETLEASE, F_RDLCK) == 0) {
    fcntl(descriptor, F_SETLEASE, F_UNLCK);
    return 0;
  }
  return errno == EAGAIN;
}

int64_t cposix_file_system_type(int descriptor) {
  struct statfs found;
  if (fstatfs(descriptor, &found) != 0) return -1;
  return (int64_t)found.f_type;
}
