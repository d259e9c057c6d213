#pragma once
#include <string>

#include "apps/command_line.hpp"
#include "train/options.hpp"

namespace gemel::app {

/// Declares the options of `gemel train` that shape loss, sampling and optimisation, with the
/// structs' own defaults.
void add_loss_options(CommandLine&);
void add_practice_options(CommandLine&);

/// Fills the structs from a parsed command line. Throws Error naming field, value and range.
train::TrainOptions read_training_options(const CommandLine&);

/// Throws Error where judge_scores (bundle_files.hpp) gives no such figure for such labels.
/// @param name "accuracy", "head_accuracy" or, of another set than the first, "SET/accuracy"
void check_dev_metric(const std::string& name, bool graded);

/// Every option that shapes the model, as a JSON object of strings: what makes two runs the same.
/// Those that say where files lie or how many threads run are left out.
std::string describe_run(const CommandLine&);
/// The same with the files that the model learns from: what a bundle keeps, so that it can be made
/// again. What says where results go is left out, so that equal runs give equal bundles.
std::string describe_model(const CommandLine&);

}  // namespace gemel::app
