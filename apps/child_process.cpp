#include "apps/child_process.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <gemel/error.hpp>
#ifdef __linux__
#include <sys/prctl.h>
#endif

namespace gemel::app {
namespace {

constexpr useconds_t kPollMicroseconds = 20000;
constexpr int kPollsPerWatch = 10;
constexpr int kCannotRun = 127;

[[noreturn]] void fail(const char* what) {
  throw Error("sweep", std::string(what) + ": " + std::strerror(errno));
}

void set_handlers(void (*handler)(int)) {
  std::signal(SIGINT, handler);
  std::signal(SIGTERM, handler);
}

// Between fork and exec: system calls only. Signals are blocked until our handlers are off, which
// would swallow them.
[[noreturn]] void become_child(char* const* arguments, const ChildStreams& streams, pid_t parent,
                               const sigset_t& old_mask) {
  setpgid(0, 0);
  set_handlers(SIG_DFL);
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGINT);
  if (getppid() != parent) _exit(kCannotRun);
#else
  static_cast<void>(parent);
#endif
  sigprocmask(SIG_SETMASK, &old_mask, nullptr);
  const bool joined = dup2(streams.in, STDIN_FILENO) >= 0 &&
                      dup2(streams.out, STDOUT_FILENO) >= 0 &&
                      dup2(streams.error, STDERR_FILENO) >= 0;
  if (joined) execv("/proc/self/exe", arguments);
  _exit(kCannotRun);
}

}  // namespace

ScratchFile::ScratchFile(const std::string& content) {
  std::string path = (std::filesystem::temp_directory_path() / "gemel-XXXXXX").string();
  descriptor_ = mkstemp(path.data());
  if (descriptor_ < 0) throw Error(path, "cannot be made", std::strerror(errno));
  unlink(path.c_str());
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t n = ::write(descriptor_, content.data() + done, content.size() - done);
    if (n < 0 && errno != EINTR) {
      close(descriptor_);
      throw Error(path, "cannot be written", std::strerror(errno));
    }
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  lseek(descriptor_, 0, SEEK_SET);
}

ScratchFile::~ScratchFile() {
  close(descriptor_);
}

std::string ScratchFile::content() const {
  std::string text;
  char part[4096];
  for (off_t at = 0;;) {
    const ssize_t n = pread(descriptor_, part, sizeof part, at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(part, static_cast<std::size_t>(n));
    at += n;
  }
}

ChildEnd run_self(const std::vector<std::string>& arguments, const ChildStreams& streams,
                  const std::atomic<bool>& stop, const std::function<void()>& watch) {
  std::vector<std::string> words = {"gemel"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  sigset_t blocked, old_mask;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGINT);
  sigaddset(&blocked, SIGTERM);
  sigprocmask(SIG_BLOCK, &blocked, &old_mask);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) become_child(pointers.data(), streams, parent, old_mask);
  sigprocmask(SIG_SETMASK, &old_mask, nullptr);
  if (child < 0) fail("a run cannot be started");

  bool told = false;
  for (int polls = 1;; ++polls) {
    int status = 0;
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended < 0 && errno != EINTR) fail("a run cannot be waited for");
    if (ended == child) {
      if (WIFSIGNALED(status)) return {128 + WTERMSIG(status), WTERMSIG(status)};
      return {WEXITSTATUS(status), 0};
    }
    if (stop && !told) {
      kill(child, SIGINT);
      told = true;
    }
    if (polls % kPollsPerWatch == 0) watch();
    usleep(kPollMicroseconds);
  }
}

}  // namespace gemel::app
