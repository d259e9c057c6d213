#include "apps/terminal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "core/file.hpp"

namespace gemel::app {
namespace {

std::atomic<bool> g_cooperative{false};
std::atomic<bool> g_stop{false};

void on_signal(int) {
  if (g_cooperative && !g_stop.exchange(true)) return;
  remove_temporaries_from_signal_handler();
  constexpr std::string_view kText = "\ngemel: interrupted\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kText.data(), kText.size());
  _exit(1);
}

void line_to_stderr(std::string_view prefix, std::string_view text) {
  std::fprintf(stderr, "%.*s%.*s\n", static_cast<int>(prefix.size()), prefix.data(),
               static_cast<int>(text.size()), text.data());
}

}  // namespace

void write_standard_output(std::string_view text) {
  AtomicFile out("-");
  out.write(text);
  out.commit();
}

void note(std::string_view text) {
  line_to_stderr("gemel: ", text);
}
void warn(std::string_view text) {
  line_to_stderr("gemel: warning: ", text);
}

bool error_is_terminal() {
  return isatty(STDERR_FILENO) == 1;
}
bool output_is_terminal() {
  return isatty(STDOUT_FILENO) == 1;
}

void StatusLine::show(std::string_view text) {
  if (!error_is_terminal()) return;
  std::fprintf(stderr, "\r\033[K%.*s", static_cast<int>(text.size()), text.data());
  std::fflush(stderr);
  shown_ = true;
}

void StatusLine::clear() {
  if (!shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

void open_standard_descriptors() {
  for (const int wanted : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(wanted, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is taken, which is `wanted`; the wrong direction makes its use fail.
    [[maybe_unused]] const int opened =
        open("/dev/null", wanted == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

void install_signal_handlers() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

CooperativeStop::CooperativeStop() {
  g_cooperative = true;
}
CooperativeStop::~CooperativeStop() {
  g_cooperative = false;
}
const std::atomic<bool>& CooperativeStop::flag() const {
  return g_stop;
}

}  // namespace gemel::app
