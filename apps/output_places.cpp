#include "apps/output_places.hpp"

#include <filesystem>

#include "apps/command_line.hpp"
#include "core/file.hpp"

namespace gemel::app {
namespace {

namespace fs = std::filesystem;

// "-" and "" are no file.
bool same_file(const std::string& a, const std::string& b) {
  std::error_code failed;
  return !a.empty() && a != "-" && fs::is_regular_file(b, failed) && fs::equivalent(a, b, failed);
}

}  // namespace

void check_no_replacement(const std::vector<std::string>& outputs,
                          const std::vector<std::string>& inputs) {
  for (const std::string& output : outputs)
    for (const std::string& input : inputs)
      if (same_file(output, input))
        throw UsageError("'" + output + "' would replace a file that is read");
}

void check_writable(const std::vector<std::string>& outputs) {
  for (const std::string& output : outputs)
    if (!output.empty()) AtomicFile probe(output);
}

}  // namespace gemel::app
