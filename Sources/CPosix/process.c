// The process: stop signals, processors, environment, dumps.
#define _GNU_SOURCE
#include "cposix.h"

#include <malloc.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// Lock-free, hence safe inside a signal handler.
static atomic_int stop_signals;

static void count_stop_signal(int number) {
  (void)number;
  atomic_fetch_add_explicit(&stop_signals, 1, memory_order_relaxed);
}

int cposix_count_stop_signals(void) {
  struct sigaction action;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  action.sa_handler = count_stop_signal;
  if (sigaction(SIGTERM, &action, NULL) != 0) return -1;
  if (sigaction(SIGINT, &action, NULL) != 0) return -1;
  // A reader that goes away is an error of the write, not the end of the process.
  action.sa_handler = SIG_IGN;
  return sigaction(SIGPIPE, &action, NULL);
}

int cposix_stop_signals(void) {
  return atomic_load_explicit(&stop_signals, memory_order_relaxed);
}

void cposix_add_stop_signal(void) { count_stop_signal(0); }

int64_t cposix_random(void *bytes, size_t count) { return (int64_t)getrandom(bytes, count, 0); }

int cposix_name_thread(const char *name) { return pthread_setname_np(pthread_self(), name); }

int cposix_pin_thread(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (processor < 0 || processor >= CPU_SETSIZE) return -1;
  CPU_SET(processor, &set);
  return sched_setaffinity(0, sizeof set, &set);
}

int cposix_allowed_processors(int *list, int capacity) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return -1;
  int count = 0;
  for (int processor = 0; processor < CPU_SETSIZE; processor++) {
    if (!CPU_ISSET(processor, &set)) continue;
    if (count < capacity) list[count] = processor;
    count++;
  }
  return count;
}

char **cposix_environment(void) { return environ; }

int cposix_forbid_dumps(void) {
  struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) return -1;
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int64_t cposix_allocated_bytes(void) { return (int64_t)mallinfo2().uordblks; }

int cposix_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int cposix_spawn(
    int *process, const char *path, char *const *arguments, char *const *environment,
    const char *folder, int output, int errors) {
  posix_spawn_file_actions_t actions;
  pid_t child = 0;
  int result = posix_spawn_file_actions_init(&actions);
  if (result != 0) return result;
  result = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  if (result == 0) result = posix_spawn_file_actions_adddup2(&actions, output, 1);
  if (result == 0) result = posix_spawn_file_actions_adddup2(&actions, errors, 2);
  if (result == 0 && folder) result = posix_spawn_file_actions_addchdir_np(&actions, folder);
  if (result == 0) result = posix_spawn(&child, path, &actions, NULL, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  *process = (int)child;
  return result;
}

int cposix_child_outcome(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
