// Thin doors to kernel calls and macros that Swift cannot name.
// Every function returns what the call returns: -1 with errno set where it fails.
#ifndef CPOSIX_H
#define CPOSIX_H

#include <stddef.h>
#include <stdint.h>

// Opens `path` below `directory`; never leaves it and never follows a symbolic link.
// Falls back to openat with O_NOFOLLOW where the kernel lacks openat2.
int cposix_open_beneath(int directory, const char *path, int flags, unsigned mode);

// Opens `path` as openat does: the variadic function that Swift cannot call.
int cposix_open_at(int directory, const char *path, int flags, unsigned mode);

// Moves a file and fails with EEXIST when the target exists.
int cposix_rename_exclusive(int from_directory, const char *from, int to_directory, const char *to);

// Reserves the first `byte_count` bytes of a file and extends it to that length.
int cposix_allocate(int descriptor, int64_t byte_count);

// Takes a lock on a whole open file without waiting: EWOULDBLOCK when another holds it.
int cposix_lock(int descriptor, int exclusive);

// Gives a lock back, whoever else has the file open.
void cposix_unlock(int descriptor);

// Returns 1 when another open file of the same inode may write, 0 when none may or nobody knows.
int cposix_has_writer(int descriptor);

// Returns the magic number of the file system that holds an open file.
int64_t cposix_file_system_type(int descriptor);

// Counts TERM and INT from now on instead of ending the process.
int cposix_count_stop_signals(void);

// Returns how many TERM and INT signals have arrived.
int cposix_stop_signals(void);

// Adds one to the count, as an arriving signal does.
void cposix_add_stop_signal(void);

// Fills `bytes` with at most `count` random bytes of the kernel and returns how many.
int64_t cposix_random(void *bytes, size_t count);

// Names the calling thread; the kernel keeps 15 bytes.
int cposix_name_thread(const char *name);

// Ties the calling thread to one processor.
int cposix_pin_thread(int processor);

// Writes the processors this process may use into `list` and returns how many there are.
int cposix_allowed_processors(int *list, int capacity);

// Returns the environment of the process: pointers to NAME=VALUE, the last one null.
char **cposix_environment(void);

// Forbids memory dumps of this process, which would hold document text.
int cposix_forbid_dumps(void);

// The bytes that the allocator has given out.
int64_t cposix_allocated_bytes(void);

// Makes a pipe whose ends are closed in child programs.
int cposix_pipe(int ends[2]);

// Starts a program without standard input, its output going to two open files.
// `folder` may be null; returns an error number, 0 on success.
int cposix_spawn(
    int *process, const char *path, char *const *arguments, char *const *environment,
    const char *folder, int output, int errors);

// Decodes the status of a finished child: its exit status, or minus the signal that ended it.
int cposix_child_outcome(int status);

#endif
