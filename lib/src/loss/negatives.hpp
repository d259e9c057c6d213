#pragma once
#include <cstdint>
#include <span>
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

  /// Throws Error naming the field, its value and the allowed range.
  void validate() const;
};

/// For each text of the batch its `per_text` closest texts of another group, as pairs of label 0
/// (hardest negatives in the batch). Texts of one group say the same. Pairs that stand in
/// `labelled`, in either order, are left out, and a pair that both its texts chose comes once.
/// Ties go to the lower row. Pairs come as a < b, ascending. O(N²·D). Thread-safe.
/// @param embeddings [N, D]
/// @param group      [N]
std::vector<Pair> hardest_negatives(const NegativeOptions& options, ConstMatrixView embeddings,
                                    std::span<const std::int32_t> group,
                                    std::span<const Pair> labelled);

/// The same with partners drawn uniformly at random; distances are computed only if min_distance
/// asks for them.
std::vector<Pair> random_negatives(const NegativeOptions& options, ConstMatrixView embeddings,
                                   std::span<const std::int32_t> group,
                                   std::span<const Pair> labelled, Random& random);

/// Distances between all rows: [N, N], symmetric, zero diagonal. Blocked, single-threaded.
/// Sums are taken in another order than distance()'s, so the last bits may differ.
std::vector<float> all_distances(Metric metric, ConstMatrixView embeddings);

}  // namespace gemel::loss
