#pragma once
#include <string>
#include <vector>

#include "apps/command_line.hpp"
#include "apps/output/vector_format.hpp"

namespace gemel::app {

/// Where vectors go.
struct VectorPlaces {
  std::string vectors;   ///< "-" for standard output
  std::string ids;       ///< empty for none
  std::string manifest;  ///< empty for none
  output::VectorFormat format = output::VectorFormat::npy;
  bool with_text = false;
};

/// --output, --vector-format, --with-text and --manifest.
void add_vector_options(CommandLine&);

/// @param inputs files that will be read, which no output may replace
/// Throws UsageError for options that do not go together.
VectorPlaces choose_vector_places(const CommandLine&, const std::vector<std::string>& inputs);

}  // namespace gemel::app
