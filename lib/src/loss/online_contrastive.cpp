#include "loss/online_contrastive.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace gemel::loss {
namespace {

bool positive(const Pair& p) {
  return p.label >= 0.5f;
}

}  // namespace

std::vector<std::size_t> hard_pairs(std::span<const Pair> pairs, std::span<const float> distances) {
  assert(pairs.size() == distances.size());
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  // Without a pair of the other label each bound lets every pair through.
  float closest_negative = kInfinity, farthest_positive = -kInfinity;
  bool positives = false, negatives = false;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (!(pairs[i].weight > 0)) continue;
    if (positive(pairs[i])) {
      positives = true;
      farthest_positive = std::max(farthest_positive, distances[i]);
    } else {
      negatives = true;
      closest_negative = std::min(closest_negative, distances[i]);
    }
  }
  if (!negatives) closest_negative = -kInfinity;
  if (!positives) farthest_positive = kInfinity;

  std::vector<std::size_t> hard;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const bool kept =
        positive(pairs[i]) ? distances[i] > closest_negative : distances[i] < farthest_positive;
    if (kept && pairs[i].weight > 0) hard.push_back(i);
  }
  return hard;
}

}  // namespace gemel::loss
