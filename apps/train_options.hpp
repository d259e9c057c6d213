#pragma once
#include <string>

#include "apps/command_line.hpp"
#include "core/encoder_config.hpp"
#include "train/options.hpp"

namespace gemel::app {

/// Declares the options of `gemel train` that shape encoder, loss and optimisation, with the
/// structs' own defaults.
void add_encoder_options(CommandLine&);
void add_training_options(CommandLine&);

/// Fills the structs from a parsed command line. Throws Error naming field, value and range.
EncoderConfig read_encoder_options(const CommandLine&, std::int64_t vocabulary_size);
train::TrainOptions read_training_options(const CommandLine&);

/// Throws Error where judge_scores (bundle_files.hpp) gives no such figure for such labels.
void check_dev_metric(const std::string& name, bool graded);

/// "mean,max" and the like; throws Error with the allowed names.
std::vector<Pooling> poolings_from_list(const std::string& list);

/// What makes two runs the same: every option of a run that shapes the model, as JSON with sorted
/// keys, without those that only say where files lie or how many threads run.
std::string describe_run(const EncoderConfig&, const train::TrainOptions&);

}  // namespace gemel::app
