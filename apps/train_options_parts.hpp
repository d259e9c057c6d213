#pragma once
#include "apps/command_line.hpp"
#include "train/options.hpp"

namespace gemel::app {

/// Parts of read_training_options(); names and numbers are read, ranges not yet checked.
train::LossOptions read_loss_options(const CommandLine&);
train::SamplingOptions read_sampling_options(const CommandLine&);

}  // namespace gemel::app
