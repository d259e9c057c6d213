#pragma once
#include "apps/command_line.hpp"

namespace gemel::app {

/// The file of --init, which may be a shipped model's name; "" without one.
std::string bundle_of_init(const CommandLine&);

/// The options of `gemel train` that a bundle of --init answers, so that a user who fine-tunes need
/// not repeat them: the encoder's structure, metric, longest text and, where --loss trains a head,
/// the head's. None without --init, or for a bundle of several towers. Throws Error where the
/// bundle cannot be read.
ConfigRecord options_of_init(const CommandLine&);

}  // namespace gemel::app
