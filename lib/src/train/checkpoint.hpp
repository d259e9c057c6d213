#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/parameters.hpp"
#include "train/batch_encoder.hpp"
#include "train/objective.hpp"
#include "train/optimizer.hpp"

namespace gemel::train {

/// What the batch miner did over an epoch.
struct MadeNegatives {
  // chosen, then passed over: same group, labelled, too close, near the positive, too far
  std::array<std::int64_t, 6> counts{};
  std::array<double, 5> quantiles{};  // Σ over batches of those of the chosen ones' scores
  std::int64_t batches = 0;           // that made any
  void add(const loss::NegativeReport&);
  std::string json() const;  // an object; quantiles as their means over the batches
};

/// Sums over the part of an epoch that is done.
struct EpochSums {
  double loss = 0;                         // Σ batch loss
  std::array<double, kLossTerms> terms{};  // Σ of each LossTerm, without its weight
  double penalty = 0;                      // Σ of what the attention penalty adds
  MadeNegatives made;
  std::int64_t batches = 0, texts = 0, tokens = 0;
  double seconds = 0;
  void add(const ObjectiveResult&, double penalty, const BatchEncoder::Work&);
};

/// Where a run stands between two steps, apart from the big blocks.
struct Progress {
  int epoch = 0;           // epochs completed
  std::int64_t batch = 0;  // batches done in the current epoch
  std::int64_t step = 0;   // steps done in all
  ObjectiveState objective;
  ScalarAdam w_moments, b_moments;
  EpochSums sums;
  double best_metric = 0;
  int best_epoch = 0;  // 1-based, 0: none yet
  loss::PairLossParameters best_pair;
  MinedNegatives mined;
  int mined_epoch = -1;          // 0-based epoch that `mined` was made for
  std::string mining_report;     // JSON, of that round
  std::vector<std::string> log;  // the JSONL lines of the epochs done
};

/// Everything of the size of the model that a killed run needs to go on as if it had not been
/// killed: values, moments, best values, averages; in the trainer's order.
using CheckpointBlocks = std::vector<ParameterBlock*>;

/// Writes under a temporary name and renames. `signature` names options, data and encoder.
void write_checkpoint(const std::string& path, const std::string& signature, const Progress&,
                      const CheckpointBlocks&);
/// Errors: Error for a damaged file, or one of another signature.
Progress read_checkpoint(const std::string& path, const std::string& signature,
                         const CheckpointBlocks&);

}  // namespace gemel::train
