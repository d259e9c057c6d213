#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "loss/negatives.hpp"

namespace gemel::loss {

/// exp_manhattan saturates: many far texts share d = 1. Ranking by Manhattan keeps them apart.
constexpr Metric ranking_metric(Metric metric) {
  return metric == Metric::exp_manhattan ? Metric::manhattan : metric;
}
/// A distance of `metric` in the unit of ranking_metric(metric), and back.
float ranking_from_distance(Metric metric, float d);
float distance_from_ranking(Metric metric, float r);

/// What is known of every two rows of a batch.
class Known {
 public:
  Known(std::span<const std::int32_t> group, std::span<const Pair> labelled);

  std::int32_t rows() const { return static_cast<std::int32_t>(group_.size()); }
  bool same_group(std::int32_t a, std::int32_t b) const { return group(a) == group(b); }
  bool labelled(std::int32_t a, std::int32_t b) const { return label(a, b) != 0; }
  bool labelled_same(std::int32_t a, std::int32_t b) const { return label(a, b) == kSame; }
  bool positive(std::int32_t a, std::int32_t b) const {
    return a != b && (same_group(a, b) || labelled_same(a, b));
  }

 private:
  static constexpr std::uint8_t kOther = 1, kSame = 2;
  std::size_t index(std::int32_t a, std::int32_t b) const {
    return static_cast<std::size_t>(a) * group_.size() + static_cast<std::size_t>(b);
  }
  std::int32_t group(std::int32_t a) const { return group_[static_cast<std::size_t>(a)]; }
  std::uint8_t label(std::int32_t a, std::int32_t b) const { return labels_[index(a, b)]; }

  std::span<const std::int32_t> group_;  // [N]
  std::vector<std::uint8_t> labels_;     // [N, N], 0 where not labelled
};

/// Distances of an anchor's positives: infinity and −infinity without one.
struct PositiveRange {
  float closest, farthest;
};

/// The options' bounds, for distances in the metric's own unit or in that of its ranking metric.
class Guards {
 public:
  Guards(const NegativeOptions& options, bool ranking);

  /// The least distance of a negative whose anchor's closest positive is that far; 0 for none.
  float near_bound(float closest_positive) const;
  /// False, and the reason counted, where a candidate at distance d is to be skipped.
  bool pass(float d, float near_bound, NegativeReport& report) const;
  /// True if any candidate might be skipped.
  bool active() const;

 private:
  float minimum_, maximum_, share_;  // share_ = 1 − relative_margin
  Metric unit_;                      // what distances are converted from before share_ applies
};

/// How common distances are in a batch: 32 bins of equal width from the least to the largest
/// distance of two rows of different groups, in the ranking metric's unit. An anchor's candidate
/// weighs 1/(rows in its bin), so that bins, not rows, are drawn alike; a bin holding less than an
/// eighth of the even share counts as holding that, so that one odd pair is not drawn every time.
/// Wu et al. (2017) divide by the density on the unit sphere, which only cosine of spread-out
/// vectors follows; a batch's own density serves every metric and any stage of the training.
class DistanceHistogram {
 public:
  /// @param distances  [N, N], symmetric
  DistanceHistogram(const std::vector<float>& distances, const Known& known);
  /// Above 0; relative to nothing.
  double weight(float distance) const;

 private:
  std::size_t bin(float distance) const;
  float least_ = 0, most_ = 0;
  double total_ = 0;
  std::vector<double> counts_;
};

struct Candidate {
  float d;  // in the ranking metric's unit
  std::int32_t row;
  friend bool operator<(const Candidate& x, const Candidate& y) {
    return x.d != y.d ? x.d < y.d : x.row < y.row;
  }
};

/// Leaves the `wanted` candidates that the miner chooses, or all where there are fewer.
/// @param beyond      distance of the anchor's farthest positive, or −infinity; semi_hard only
/// @param histogram   distance_weighted only, else may be null
void choose(NegativeMiner miner, std::size_t wanted, float beyond,
            const DistanceHistogram* histogram, Random& random, std::vector<Candidate>& candidates);

}  // namespace gemel::loss
