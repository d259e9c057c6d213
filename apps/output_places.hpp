#pragma once
#include <string>
#include <vector>

namespace gemel::app {

/// Throws UsageError where an output would replace a file that is read.
void check_no_replacement(const std::vector<std::string>& outputs,
                          const std::vector<std::string>& inputs);

/// Opens each output for writing and leaves everything as it was, so that an unwritable place shows
/// before the work. Throws Error.
void check_writable(const std::vector<std::string>& outputs);

}  // namespace gemel::app
