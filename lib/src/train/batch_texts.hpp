#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "train/augmentation.hpp"
#include "train/batcher.hpp"
#include "train/dataset.hpp"

namespace gemel::train {

/// How altered texts become tokens.
struct TextCoder {
  /// The best segmentation.
  Dataset::Tokenise tokenise;
  /// A sampled one, for AugmentationOptions::sample_segmentation.
  std::function<void(std::string_view, std::uint64_t seed, std::vector<std::int32_t>&)> sample;
};

/// The token lists of one batch as the encoder shall see them in training: those of variant 0 as
/// the dataset has them, others altered. What a text becomes is a pure function of the step's seed,
/// its row and its variant. Reused from step to step.
class BatchTexts {
 public:
  std::vector<std::span<const std::int32_t>> collect(const AugmentationOptions&, int max_tokens,
                                                     const Dataset&, const Batch&, const TextCoder&,
                                                     std::uint64_t step_seed);

 private:
  std::vector<std::vector<std::int32_t>> own_;  // altered lists; [texts of the batch]
};

}  // namespace gemel::train
