#include "search/clusters.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <map>
#include <unordered_map>

#include "core/check.hpp"
#include "core/union_find.hpp"

namespace gemel {
namespace {

constexpr std::array<std::string_view, 2> kRules = {"components", "complete"};

std::size_t index(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

// Every pair once, i < j, sorted by i, then j.
std::vector<ScoredPair> tidy(std::span<const ScoredPair> pairs) {
  std::vector<ScoredPair> result(pairs.begin(), pairs.end());
  for (ScoredPair& p : result) {
    assert(p.i != p.j);
    if (p.i > p.j) std::swap(p.i, p.j);
  }
  std::sort(result.begin(), result.end(), [](const ScoredPair& x, const ScoredPair& y) {
    if (x.i != y.i) return x.i < y.i;
    return x.j != y.j ? x.j < y.j : x.score > y.score;
  });
  const auto same = [](const ScoredPair& x, const ScoredPair& y) {
    return x.i == y.i && x.j == y.j;
  };
  result.erase(std::unique(result.begin(), result.end(), same), result.end());
  return result;
}

// Merges clusters all of whose members pair with each other, best pair first.
class CompleteLinkage {
 public:
  CompleteLinkage(std::int64_t rows, const std::vector<ScoredPair>& pairs)
      : sets_(static_cast<std::int32_t>(rows)), sizes_(index(rows), 1), links_(index(rows)) {
    for (const ScoredPair& p : pairs) {
      ++links_[index(p.i)][p.j];
      ++links_[index(p.j)][p.i];
    }
    std::vector<ScoredPair> order = pairs;
    std::stable_sort(order.begin(), order.end(),
                     [](const ScoredPair& x, const ScoredPair& y) { return x.score > y.score; });
    for (const ScoredPair& p : order) try_merge(sets_.find(p.i), sets_.find(p.j));
  }
  UnionFind& sets() { return sets_; }

 private:
  void try_merge(std::int32_t a, std::int32_t b) {
    if (a == b) return;
    const std::int64_t possible = sizes_[index(a)] * sizes_[index(b)];
    if (links_[index(a)].at(b) != possible) return;
    sets_.join(a, b);
    const std::int32_t kept = sets_.find(a), gone = kept == a ? b : a;
    sizes_[index(kept)] += sizes_[index(gone)];
    links_[index(kept)].erase(gone);
    for (const auto& [other, count] : links_[index(gone)]) {
      if (other == kept) continue;
      links_[index(kept)][other] += count;
      auto& back = links_[index(other)];
      back[kept] += count;
      back.erase(gone);
    }
    links_[index(gone)] = {};
  }

  UnionFind sets_;
  std::vector<std::int64_t> sizes_;                                    // [rows], by set
  std::vector<std::unordered_map<std::int32_t, std::int64_t>> links_;  // [rows], pairs between sets
};

// A member's pairs inside its cluster, summed up.
struct Ties {
  double sum = 0;  // of scores above the lowest listed
  std::int32_t partner = -1;
  float score = -std::numeric_limits<float>::infinity();
  void add(std::int32_t other, float s, float lowest) {
    sum += double{s} - double{lowest};
    if (partner < 0 || s > score || (s == score && other < partner)) {
      partner = other;
      score = s;
    }
  }
};

Cluster make_cluster(const std::vector<std::int32_t>& rows, const std::vector<Ties>& ties) {
  const std::int32_t representative = *std::max_element(
      rows.begin(), rows.end(),
      [&](std::int32_t x, std::int32_t y) { return ties[index(x)].sum < ties[index(y)].sum; });
  Cluster cluster;
  const auto add = [&](std::int32_t row) {
    const Ties& t = ties[index(row)];
    cluster.members.push_back({row, t.partner, t.score, std::numeric_limits<float>::quiet_NaN()});
  };
  add(representative);
  for (const std::int32_t row : rows)
    if (row != representative) add(row);
  return cluster;
}

void set_representative_scores(std::vector<Cluster>& clusters,
                               const std::vector<ScoredPair>& pairs) {
  for (Cluster& cluster : clusters)
    for (ClusterMember& member : cluster.members) {
      if (member.row == cluster.representative()) {
        member.representative_score = member.score;
        continue;
      }
      const std::int32_t i = std::min(member.row, cluster.representative());
      const std::int32_t j = std::max(member.row, cluster.representative());
      const auto found = std::lower_bound(
          pairs.begin(), pairs.end(), std::pair(i, j),
          [](const ScoredPair& p, const auto& wanted) { return std::pair(p.i, p.j) < wanted; });
      if (found != pairs.end() && found->i == i && found->j == j)
        member.representative_score = found->score;
    }
}

}  // namespace

std::string_view name(ClusterRule rule) {
  return kRules[static_cast<std::size_t>(rule)];
}
ClusterRule cluster_rule_from_name(std::string_view n) {
  return static_cast<ClusterRule>(index_of_name("clusters", n, kRules));
}

std::vector<Cluster> find_clusters(std::int64_t rows, std::span<const ScoredPair> listed,
                                   ClusterRule rule) {
  const std::vector<ScoredPair> pairs = tidy(listed);
  UnionFind sets(static_cast<std::int32_t>(rows));
  if (rule == ClusterRule::complete)
    sets = CompleteLinkage(rows, pairs).sets();
  else
    for (const ScoredPair& p : pairs) sets.join(p.i, p.j);

  float lowest = std::numeric_limits<float>::infinity();
  for (const ScoredPair& p : pairs) lowest = std::min(lowest, p.score);
  std::vector<Ties> ties(index(rows));
  for (const ScoredPair& p : pairs) {
    if (sets.find(p.i) != sets.find(p.j)) continue;
    ties[index(p.i)].add(p.j, p.score, lowest);
    ties[index(p.j)].add(p.i, p.score, lowest);
  }
  std::map<std::int32_t, std::vector<std::int32_t>> by_set;  // smallest row names its set
  for (std::int32_t row = 0; row < rows; ++row)
    if (ties[index(row)].partner >= 0) by_set[sets.find(row)].push_back(row);
  std::vector<Cluster> clusters;
  clusters.reserve(by_set.size());
  for (const auto& [set, members] : by_set) clusters.push_back(make_cluster(members, ties));
  set_representative_scores(clusters, pairs);
  return clusters;
}

}  // namespace gemel
