#pragma once
#include <string>
#include <vector>

#include "apps/command_line.hpp"
#include "model/bundle_file.hpp"
#include "nn/towers.hpp"

namespace gemel::app {

/// --output, --storage and --notes of a verb that makes a model of others.
/// @param like "the first model's", whose storage and notes are the defaults
void add_derived_options(CommandLine&, const std::string& like);
/// Refuses an output that would replace what is read, or cannot be written.
void check_derived_output(const CommandLine&, const std::vector<std::string>& inputs);
/// Throws UsageError for a storage that is not known.
void check_derived_storage(const CommandLine&);
/// Writes a model like `first` with other weights, which has no thresholds and no calibration yet.
/// @param values   rounded as they are stored
/// @param training a JSON object
/// @return what to tell: ", fingerprint …; it has no thresholds yet: …"
std::string write_derived(const CommandLine&, const BundleFile& first, const nn::Towers&,
                          ParameterBlock& values, const std::string& training);

}  // namespace gemel::app
