// Whole processes, start-up included.
//   bench_process TIMES COMMAND [ARGUMENT]…
// Runs the command so many times with its output thrown away and prints for each: seconds on the
// wall, seconds of all cores, largest memory in MB, with tabs between them.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include <cstdio>
#include <cstdlib>

extern char** environ;

namespace {

double now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
}

// False where the command cannot be started or fails.
bool run(char** command) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
  const double start = now();
  pid_t child = 0;
  if (posix_spawnp(&child, command[0], &files, nullptr, command, environ) != 0) return false;
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  std::printf("%.6f\t%.6f\t%.1f\n", now() - start,
              seconds(usage.ru_utime) + seconds(usage.ru_stime),
              static_cast<double>(usage.ru_maxrss) / 1024);
  posix_spawn_file_actions_destroy(&files);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) return std::fprintf(stderr, "usage: bench_process TIMES COMMAND\n"), 2;
  for (int i = 0; i < std::atoi(arguments[1]); ++i)
    if (!run(arguments + 2))
      return std::fprintf(stderr, "bench_process: %s failed\n", arguments[2]), 1;
}
