#pragma once
#include <optional>
#include <string>

#include "apps/command_line.hpp"
#include "core/precision.hpp"

namespace gemel::app {

/// --compute, for verbs whose --precision is something else.
void add_compute_option(CommandLine&);
/// Nothing for auto. Throws UsageError naming the precisions.
std::optional<Precision> compute_from_text(const std::string& text, const char* option);
std::optional<Precision> read_compute(const CommandLine&);

}  // namespace gemel::app
