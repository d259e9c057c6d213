#pragma once
#include <memory>
#include <span>
#include <vector>

#include "core/parameters.hpp"
#include "train/options.hpp"

namespace gemel::train {

/// The weights that are judged and kept, where these are not simply the last step's. Averaging
/// smooths the noise of the last steps, as a lower learning rate would.
class WeightAverage {
 public:
  WeightAverage(const AverageOptions&, const ParameterLayout&);
  /// ema: average ← decay·average + (1 − decay)·values, with the decay lowered to (1 + t)/(10 + t)
  /// in the first steps, so that the random start is soon forgotten. It begins with the first
  /// step's values: weights that stand still are their own average, bit for bit.
  /// @param step steps done, 1 or more
  void after_step(const ParameterBlock& values, std::int64_t step);
  /// last: takes the epoch's end in.
  /// @param epoch 0-based
  void after_epoch(const ParameterBlock& values, int epoch);
  /// Writes the weights to be judged after `epochs` epochs into `out`.
  void write(const ParameterBlock& values, int epochs, ParameterBlock& out) const;
  /// What a checkpoint has to keep.
  std::vector<ParameterBlock*> blocks();

 private:
  AverageOptions options_;
  std::vector<std::unique_ptr<ParameterBlock>> blocks_;  // ema: 1; last: K, epoch e in e mod K
};

}  // namespace gemel::train
