#pragma once
#include <string>
#include <vector>

#include "apps/command_line.hpp"
#include "core/model_config.hpp"

namespace gemel::app {

/// Declares the options of `gemel train` that shape the model, with the structs' own defaults.
void add_encoder_options(CommandLine&);
void add_tower_options(CommandLine&);

/// Fills the structs from a parsed command line. Throws Error naming field, value and range.
EncoderConfig read_encoder_options(const CommandLine&, std::int64_t vocabulary_size);
/// One tower of the encoder options; or those that --tower names, each with the encoder options as
/// its defaults and its own "NAME key=value …" above them.
ModelConfig read_model_options(const CommandLine&, std::int64_t vocabulary_size);
/// The encoder options that shape the parameters, as read_encoder_options() would read them.
ConfigRecord encoder_record(const EncoderConfig&);

/// "mean,max" and the like; throws Error with the allowed names.
std::vector<Pooling> poolings_from_list(const std::string& list);

}  // namespace gemel::app
