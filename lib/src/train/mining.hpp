#pragma once
#include <atomic>
#include <cstdint>
#include <string>

#include "core/metric.hpp"
#include "core/parameters.hpp"
#include "train/batcher.hpp"
#include "train/sampling_options.hpp"
#include "train/tower_encoder.hpp"

namespace gemel::train {

/// What one round of mining did. Scores are the metric's, large = alike.
struct MiningReport {
  std::int64_t pairs = 0;      // positive pairs that were to get negatives
  std::int64_t pool = 0;       // texts of the index, all links together
  std::int64_t negatives = 0;  // found
  // Candidates passed over, and why:
  std::int64_t same_group = 0;  // a labelled duplicate, directly or through others
  std::int64_t too_close = 0;   // closer than min_distance
  std::int64_t too_far = 0;     // farther than max_distance
  std::int64_t relative = 0;    // too close beside the positive: probably a duplicate
  std::int64_t missing = 0;     // negatives that no candidate was left for
  loss::Quantiles scores;       // of the negatives
  double seconds = 0;

  std::string json() const;     // one object
  std::string summary() const;  // "60000 negatives for 64000 pairs, scores 0.31 to 0.94 …"
};

/// Finds negatives for positive pairs among a random pool of the training texts under the present
/// weights: the pool and, window by window, the first texts of the pairs are embedded, and the
/// exact search gives each its nearest. Memory: pool · D floats and a window. A pure function of
/// (data, options, values, seed), whatever the threads.
/// Errors: Interrupted.
class Miner {
 public:
  Miner(const Dataset&, std::span<const TowerLink>, const SamplingOptions&, Metric, int threads);
  /// @param encoder of the same model; leaves other values packed than it found
  MinedNegatives mine(TowerEncoder& encoder, const ParameterBlock& values, std::uint64_t seed,
                      const std::atomic<bool>* stop, MiningReport& report) const;

 private:
  struct Round;
  const Dataset* data_;
  std::vector<TowerLink> links_;
  SamplingOptions options_;
  Metric metric_;
  int threads_;
};

}  // namespace gemel::train
