#include "train/sampling_options.hpp"

#include "core/check.hpp"

namespace gemel::train {
void SamplingOptions::validate() const {
  check_range("batch_negatives", batch_negatives, 0, 256);
  check_range("negative_weight", negative_weight, 0.0f, 1000.0f);
  check_range("min_distance", min_distance, 0.0f, 1e6f);
  check_range("max_distance", max_distance, 0.0f, 1e6f);
  if (max_distance > 0) check_range("min_distance", min_distance, 0.0f, max_distance);
  check_range("relative_margin", relative_margin, 0.0f, 1.0f);
  check_range("mined_negatives", mined_negatives, 0, 64);
  check_range("mined_share", mined_share, 0.0f, 1.0f);
  check_range("mining_pool", mining_pool, 100, 10'000'000);
  check_range("mining_neighbours", mining_neighbours, 1, 1024);
  if (mined_negatives > 0)
    check_range("mining_neighbours", mining_neighbours, mined_negatives, 1024);
  check_range("mining_from", mining_from, 0, 10'000);
}

}  // namespace gemel::train
