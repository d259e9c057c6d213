#pragma once
#include <span>
#include <vector>

#include "loss/negatives.hpp"
#include "loss/triplet_loss.hpp"

namespace gemel::loss {

/// Triplets from labelled pairs: for each pair (a, p) of label >= 0.5 and weight above 0,
/// `per_text` negatives n of a by the miner's rule, in the order of the pairs; none where the batch
/// has no candidate. `semi_hard` and relative_margin measure against d(a, p) of that pair.
/// Negatives are rows of a group that is neither a's nor p's and not labelled >= 0.5 with a. Rows
/// labelled 0 with a are candidates like others but for the guards, from which they are exempt:
/// they are known not to be duplicates. A triplet weighs options.weight times the pair's weight.
/// O(N²·D). Thread-safe.
/// @param embeddings [N, D]
/// @param group      [N]; rows of one group say the same
/// @param both_sides make (p, a, n) as well, after (a, p, n): not where a and p are of two kinds
/// @param random     drawn from by random and distance_weighted only
/// @param report     added to, unless null
std::vector<Triplet> make_triplets(NegativeMiner miner, const NegativeOptions& options,
                                   ConstMatrixView embeddings, std::span<const std::int32_t> group,
                                   std::span<const Pair> labelled, bool both_sides, Random& random,
                                   NegativeReport* report = nullptr);

}  // namespace gemel::loss
