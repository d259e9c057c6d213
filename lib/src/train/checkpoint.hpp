#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/parameters.hpp"
#include "loss/pair_loss.hpp"
#include "train/optimizer.hpp"

namespace gemel::train {

/// Sums over the part of an epoch that is done.
struct EpochSums {
  double loss = 0;  // Σ batch loss
  std::int64_t batches = 0, texts = 0, tokens = 0;
  double seconds = 0;
};

/// Where a run stands between two steps, apart from the big blocks.
struct Progress {
  int epoch = 0;           // epochs completed
  std::int64_t batch = 0;  // batches done in the current epoch
  std::int64_t step = 0;   // steps done in all
  loss::PairLossParameters pair_parameters;
  ScalarAdam w_moments, b_moments;
  EpochSums sums;
  double best_metric = 0;
  int best_epoch = 0;  // 1-based, 0: none yet
  loss::PairLossParameters best_pair_parameters;
  std::vector<std::string> log;  // the JSONL lines of the epochs done
};

/// Everything that a killed run needs to go on as if it had not been killed.
struct CheckpointBlocks {
  ParameterBlock& values;
  ParameterBlock& first_moment;
  ParameterBlock& second_moment;
  ParameterBlock& best_values;
};

/// Writes under a temporary name and renames. `signature` names options, data and encoder.
void write_checkpoint(const std::string& path, const std::string& signature, const Progress&,
                      const CheckpointBlocks&);
/// Errors: Error for a damaged file, or one of another signature.
Progress read_checkpoint(const std::string& path, const std::string& signature,
                         const CheckpointBlocks&);

}  // namespace gemel::train
