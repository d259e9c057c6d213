#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "search/neighbours.hpp"

namespace gemel {

/// When texts belong together, given the pairs that score enough.
enum class ClusterRule {
  /// Whatever a chain of pairs joins: connected components. One bad link merges two clusters.
  components,
  /// Every two members are a pair, so no chain can bridge. Greedy: pairs are taken best first
  /// (ties: smaller i, then j), and two clusters merge if all their members pair with each other.
  complete
};
std::string_view name(ClusterRule);
ClusterRule cluster_rule_from_name(std::string_view);  ///< throws Error with the allowed names

/// A row of a cluster, with the member that it resembles most.
struct ClusterMember {
  std::int32_t row = 0;
  std::int32_t partner = 0;  ///< highest score among its pairs in this cluster; ties: smaller row
  float score = 0;           ///< with the partner
  float representative_score = 0;  ///< with the representative, NaN where they are no pair;
                                   ///< the representative's own is that with its partner
};

struct Cluster {
  /// Two or more: the representative first, then the others by row. The representative has the
  /// highest sum of scores with the other members (the medoid; ties: smaller row). A pair that is
  /// not listed counts as the lowest score listed.
  std::vector<ClusterMember> members;
  std::int32_t representative() const { return members.front().row; }
};

/// Clusters of rows 0 … rows − 1, by smallest row. The pairs, i != j, may come in any order and
/// direction; of a pair that is listed twice the best score counts. O(P log P) for P pairs.
std::vector<Cluster> find_clusters(std::int64_t rows, std::span<const ScoredPair> pairs,
                                   ClusterRule);

}  // namespace gemel
