#include "apps/plot/gnuplot.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <gemel/error.hpp>
#include <string_view>
#include <utility>

extern char** environ;

namespace gemel::plot {
namespace {

[[noreturn]] void fail(int error) {
  throw Error("gnuplot", std::string("could not be run: ") + std::strerror(error));
}

// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// Two connected ends. Sockets, since a write to one can be told not to raise SIGPIPE.
struct Channel {
  Descriptor ours, theirs;
  Channel() {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) fail(errno);
    ours = Descriptor(ends[0]);
    theirs = Descriptor(ends[1]);
  }
};

pid_t spawn(const Channel& in, const Channel& out, const Channel& complaints,
            const std::string& purpose) {
  std::string program = "gnuplot", defaults = "--default-settings", input = "-";
  std::array<char*, 4> arguments = {program.data(), defaults.data(), input.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.theirs.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.theirs.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, complaints.theirs.get(), STDERR_FILENO);
  pid_t child = -1;
  const int error =
      posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT)
    throw Error("gnuplot", "is not installed", "install gnuplot-nox to draw " + purpose);
  if (error != 0) fail(error);
  return child;
}

// Reads what is there into `text`. @return false at the end of the stream
bool receive(const Descriptor& from, std::string& text) {
  std::array<char, 65536> buffer;
  const ssize_t count = read(from.get(), buffer.data(), buffer.size());
  if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

// Sends the script and reads both outputs at the same time: each side may fill its buffer.
void converse(std::string_view script, Descriptor& in, Descriptor& out, Descriptor& complaints,
              std::string& picture, std::string& words) {
  while (out.get() >= 0 || complaints.get() >= 0) {
    std::array<pollfd, 3> waiting = {pollfd{in.get(), POLLOUT, 0}, pollfd{out.get(), POLLIN, 0},
                                     pollfd{complaints.get(), POLLIN, 0}};
    if (poll(waiting.data(), waiting.size(), -1) < 0) {
      if (errno == EINTR) continue;
      fail(errno);
    }
    if (waiting[0].revents != 0) {
      const ssize_t sent =
          send(in.get(), script.data(), script.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) script.remove_prefix(static_cast<std::size_t>(sent));
      const bool broken = sent < 0 && errno != EAGAIN && errno != EINTR;  // its words say why
      if (script.empty() || broken) in.close();
    }
    if (waiting[1].revents != 0 && !receive(out, picture)) out.close();
    if (waiting[2].revents != 0 && !receive(complaints, words)) complaints.close();
  }
}

// gnuplot points at the fault with a caret first: the last line of its words says what it is.
std::string last_line(const std::string& words) {
  const std::size_t last = words.find_last_not_of(" \n");
  if (last == std::string::npos) return "it says nothing";
  const std::size_t before = words.rfind('\n', last);
  const std::size_t first =
      words.find_first_not_of(" \n", before == std::string::npos ? 0 : before);
  return words.substr(first, last + 1 - first);
}

}  // namespace

std::string run_gnuplot(const std::string& script, const std::string& purpose) {
  Channel in, out, complaints;
  const pid_t child = spawn(in, out, complaints, purpose);
  for (Channel* c : {&in, &out, &complaints}) c->theirs.close();
  std::string picture, words;
  int status = 0;
  try {
    converse(script, in.ours, out.ours, complaints.ours, picture, words);
  } catch (...) {
    for (Channel* c : {&in, &out, &complaints}) c->ours.close();
    waitpid(child, &status, 0);
    throw;
  }
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || picture.empty())
    throw Error("gnuplot", "failed to draw " + purpose + ": " + last_line(words));
  return picture;
}

}  // namespace gemel::plot
