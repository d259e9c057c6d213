#pragma once
#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace gemel::app {

/// An open file that nobody else sees and that is gone when it is closed: what a child reads or
/// writes. Throws Error where the system has no room for one.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& content = "");
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  int descriptor() const { return descriptor_; }
  std::string content() const;  ///< all of it, from the beginning

 private:
  int descriptor_ = -1;
};

/// Descriptors that the child has as its standard ones.
struct ChildStreams {
  int in, out, error;
};

/// How a child ended.
struct ChildEnd {
  int code = 0;    // exit code; 128 + the signal's number where one ended it
  int signal = 0;  // 0: none
};

/// Runs this very program with other arguments and waits for it, calling `watch` about five times a
/// second. It stands in a process group of its own, so that Ctrl-C reaches this program alone,
/// which passes it on once as soon as `stop` is raised. A child whose parent dies is interrupted
/// too (Linux). Throws Error where it cannot be started. Not thread-safe.
ChildEnd run_self(const std::vector<std::string>& arguments, const ChildStreams& streams,
                  const std::atomic<bool>& stop, const std::function<void()>& watch);

}  // namespace gemel::app
