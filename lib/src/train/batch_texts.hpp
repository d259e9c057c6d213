#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "train/batcher.hpp"
#include "train/dataset.hpp"
#include "train/options.hpp"
#include "train/trainer.hpp"

namespace gemel::train {

/// The token lists of one batch as the encoder shall see them in training: sampled segmentation and
/// token dropout applied, both pure functions of the step's seed. Reused from step to step.
class BatchTexts {
 public:
  std::vector<std::span<const std::int32_t>> collect(const TrainOptions&, const Dataset&,
                                                     const Batch&, const TrainHooks&,
                                                     std::uint64_t step_seed);

 private:
  std::vector<std::vector<std::int32_t>> own_;  // altered lists; [texts of the batch]
};

}  // namespace gemel::train
