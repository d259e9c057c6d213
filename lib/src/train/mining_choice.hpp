#pragma once
#include <span>
#include <vector>

#include "core/random.hpp"
#include "train/mining.hpp"

namespace gemel::train {

struct MiningCandidate {
  std::int32_t row = 0;
  float distance = 0;
};

/// The texts that may become negatives of one positive pair.
struct MiningCandidates {
  std::span<const std::int32_t> groups;  // [text_count], of the dataset
  std::int32_t anchor = 0;
  float positive_distance = -1;        // below 0 where nobody asked for it
  std::vector<MiningCandidate> texts;  // closest first
};

/// Whether the choice looks at the positive's distance.
bool needs_positive(const SamplingOptions&, loss::NegativeMiner);

/// Up to k of the candidates that pass the guards, counting in the report what was passed over:
/// the closest; any; the closest beyond the positive, then the farthest of the others; or one for
/// each of k distances drawn evenly between the closest and the farthest.
std::vector<MiningCandidate> choose_negatives(const SamplingOptions&, loss::NegativeMiner,
                                              const MiningCandidates&, std::size_t k, Random&,
                                              MiningReport&);

}  // namespace gemel::train
