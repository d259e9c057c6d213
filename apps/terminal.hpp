#pragma once
#include <atomic>
#include <string>
#include <string_view>

namespace gemel::app {

/// Writes everything to standard output; throws Error where it cannot (full disk, closed pipe).
void write_standard_output(std::string_view text);
/// One line to standard error, "gemel: TEXT"; failures are ignored, there is nowhere to say so.
void note(std::string_view text);
void warn(std::string_view text);  ///< "gemel: warning: TEXT"

bool error_is_terminal();
bool output_is_terminal();

/// A line that rewrites itself on a terminal; elsewhere nothing.
class StatusLine {
 public:
  ~StatusLine() { clear(); }
  void show(std::string_view text);
  void clear();

 private:
  bool shown_ = false;
};

/// Opens standard input, output and error where the caller has closed them, so that no file that
/// is opened later takes their place and receives messages. Writing to them then fails as before.
void open_standard_descriptors();

/// Ctrl-C and SIGTERM: temporaries are removed and the process ends at once with code 1, unless a
/// CooperativeStop is alive: then the first signal only raises stop() and the second one ends.
/// SIGPIPE is ignored, so that a closed pipe is an error message, not a death.
void install_signal_handlers();

class CooperativeStop {
 public:
  CooperativeStop();
  ~CooperativeStop();
  const std::atomic<bool>& flag() const;
};

}  // namespace gemel::app
