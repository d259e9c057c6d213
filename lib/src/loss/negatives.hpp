#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/matrix.hpp"
#include "core/metric.hpp"
#include "core/random.hpp"
#include "loss/pair_loss.hpp"

namespace gemel::loss {

/// How negatives are made from the texts of a batch.
struct NegativeOptions {
  Metric metric = Metric::cosine;
  int per_text = 1;        ///< negatives an anchor text, 0 to 1024; fewer where the batch has fewer
  float weight = 1;        ///< Pair::weight of each made pair; 0 to 1000
  float min_distance = 0;  ///< closer ones are skipped as probable duplicates nobody labelled;
                           ///< in the metric's unit, 0 for none, at most 1e6
  float max_distance = 0;  ///< farther ones are skipped as too easy; metric's unit, 0 for no limit,
                           ///< at most 1e6
  /// How much closer than the anchor's closest positive p a negative may be: skipped as probable
  /// duplicates are those closer than (1 − relative_margin)·d(a, p). 0 to 1; 0 skips all that are
  /// closer than p, 1 none. Anchors without a positive skip none.
  float relative_margin = 1;

  /// Throws Error naming the field, its value and the allowed range.
  void validate() const;
};

/// Which texts of the batch become negatives of an anchor.
///   hardest            the closest
///   random             drawn uniformly
///   semi_hard          the closest among those farther than the anchor's farthest positive; where
///                      these are too few, or it has no positive, the closest of the others
///                      (Schroff, Kalenichenko and Philbin 2015)
///   distance_weighted  drawn with weights inverse to how common their distance is in the batch, so
///                      that close and far ones come alike (Wu et al. 2017). How common is read off
///                      a histogram of the batch, whatever the metric; see DistanceHistogram
enum class NegativeMiner { hardest, random, semi_hard, distance_weighted };

std::string_view name(NegativeMiner);
NegativeMiner negative_miner_from_name(std::string_view);  ///< throws Error, the allowed names

/// What became of the candidates, ordered pairs of an anchor and another row, over any number of
/// calls.
struct NegativeReport {
  std::int64_t candidates = 0;     // looked at
  std::int64_t same_group = 0;     // skipped: known to say the same
  std::int64_t labelled = 0;       // skipped: labelled already
  std::int64_t too_close = 0;      // skipped: closer than min_distance
  std::int64_t near_positive = 0;  // skipped: by relative_margin
  std::int64_t too_far = 0;        // skipped: farther than max_distance
  /// [chosen], score_from_distance() of each pair or triplet made; the larger, the harder.
  std::vector<float> scores;

  std::int64_t chosen() const { return static_cast<std::int64_t>(scores.size()); }
};

/// The least, the 10th, 50th and 90th percentile and the largest; all 0 for no values. Linear
/// between neighbours (Hyndman and Fan 1996, type 7).
struct Quantiles {
  float least = 0, low = 0, middle = 0, high = 0, most = 0;
};
Quantiles quantiles(std::vector<float> values);

/// Negatives of every text of the batch as pairs of label 0: `per_text` rows of another group, by
/// the miner's rule. Pairs that stand in `labelled`, in either order, are left out, and a pair that
/// both its texts chose comes once. Positives of an anchor, for semi_hard and relative_margin, are
/// the rows of its group and those labelled >= 0.5 with it. Ties go to the lower row. Pairs come as
/// a < b, ascending. O(N²·D). Thread-safe.
/// @param embeddings [N, D]
/// @param group      [N]; rows of one group say the same
/// @param random     drawn from by random and distance_weighted only
/// @param report     added to, unless null; random looks at candidates until it has enough
std::vector<Pair> mine_negatives(NegativeMiner miner, const NegativeOptions& options,
                                 ConstMatrixView embeddings, std::span<const std::int32_t> group,
                                 std::span<const Pair> labelled, Random& random,
                                 NegativeReport* report = nullptr);

/// mine_negatives() with the miner hardest: hardest negatives in the batch.
std::vector<Pair> hardest_negatives(const NegativeOptions& options, ConstMatrixView embeddings,
                                    std::span<const std::int32_t> group,
                                    std::span<const Pair> labelled,
                                    NegativeReport* report = nullptr);

/// mine_negatives() with the miner random; distances are computed only if the options or the report
/// ask for them.
std::vector<Pair> random_negatives(const NegativeOptions& options, ConstMatrixView embeddings,
                                   std::span<const std::int32_t> group,
                                   std::span<const Pair> labelled, Random& random,
                                   NegativeReport* report = nullptr);

/// Distances between all rows: [N, N], symmetric, zero diagonal. Blocked, single-threaded.
/// Sums are taken in another order than distance()'s, so the last bits may differ.
std::vector<float> all_distances(Metric metric, ConstMatrixView embeddings);

}  // namespace gemel::loss
