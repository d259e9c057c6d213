#include "search/clusters.hpp"

#include <doctest.h>

#include <algorithm>
#include <cmath>
#include <gemel/error.hpp>
#include <set>

#include "core/random.hpp"

using namespace gemel;

namespace {

std::vector<std::vector<std::int32_t>> rows_of(const std::vector<Cluster>& clusters) {
  std::vector<std::vector<std::int32_t>> result;
  for (const Cluster& c : clusters) {
    result.emplace_back();
    for (const ClusterMember& m : c.members) result.back().push_back(m.row);
  }
  return result;
}
using Table = std::vector<std::vector<std::int32_t>>;

}  // namespace

TEST_CASE("a chain is one component, but no complete cluster") {
  // 0 – 1 – 2, where 0 and 2 are no pair; 3 – 4 apart; 5 alone.
  const std::vector<ScoredPair> pairs = {{0, 1, 0.9f}, {1, 2, 0.8f}, {3, 4, 0.7f}};
  // 1 pairs with both others, so it stands for them.
  CHECK(rows_of(find_clusters(6, pairs, ClusterRule::components)) == Table{{1, 0, 2}, {3, 4}});
  CHECK(rows_of(find_clusters(6, pairs, ClusterRule::complete)) == Table{{0, 1}, {3, 4}});
}

TEST_CASE("complete clusters start from the best pairs") {
  // The chain's second link is the better one.
  const std::vector<ScoredPair> pairs = {{0, 1, 0.8f}, {1, 2, 0.9f}};
  CHECK(rows_of(find_clusters(3, pairs, ClusterRule::complete)) == Table{{1, 2}});
  // Of equal scores, the smaller rows.
  const std::vector<ScoredPair> equal = {{1, 2, 0.9f}, {0, 1, 0.9f}};
  CHECK(rows_of(find_clusters(3, equal, ClusterRule::complete)) == Table{{0, 1}});
}

TEST_CASE("two cliques with one bridge") {
  const std::vector<ScoredPair> pairs = {{0, 1, 0.95f}, {0, 2, 0.94f}, {1, 2, 0.93f}, {2, 3, 0.9f},
                                         {3, 4, 0.92f}, {3, 5, 0.91f}, {4, 5, 0.9f}};
  CHECK(rows_of(find_clusters(6, pairs, ClusterRule::components)).size() == 1);
  CHECK(rows_of(find_clusters(6, pairs, ClusterRule::complete)) == Table{{0, 1, 2}, {3, 4, 5}});
}

TEST_CASE("members know their best partner and their score with the representative") {
  // Sums: 0: 0.9 + 0.5, 1: 0.9 + 0.8, 2: 0.8 + 0.5, so 1 stands for them.
  const std::vector<ScoredPair> pairs = {{1, 0, 0.9f}, {2, 0, 0.5f}, {1, 2, 0.8f}};
  const std::vector<Cluster> clusters = find_clusters(3, pairs, ClusterRule::components);
  REQUIRE(clusters.size() == 1);
  const Cluster& c = clusters[0];
  CHECK(c.representative() == 1);
  CHECK(c.members[0].partner == 0);
  CHECK(c.members[0].score == 0.9f);
  CHECK(c.members[1].row == 0);
  CHECK(c.members[1].partner == 1);
  CHECK(c.members[1].score == 0.9f);
  CHECK(c.members[1].representative_score == 0.9f);
  CHECK(c.members[2].row == 2);
  CHECK(c.members[2].partner == 1);
  CHECK(c.members[2].score == 0.8f);
  CHECK(c.members[2].representative_score == 0.8f);
}

TEST_CASE("scores that are negative, and members that do not pair with the representative") {
  // A chain 0 – 1 – 2 – 3 of distances 1, 2, 1: above the lowest, −2, the sums are 1, 1, 1, 1.
  const std::vector<ScoredPair> pairs = {{0, 1, -1}, {1, 2, -2}, {2, 3, -1}};
  const std::vector<Cluster> clusters = find_clusters(4, pairs, ClusterRule::components);
  REQUIRE(clusters.size() == 1);
  CHECK(clusters[0].representative() == 0);  // ties: the smaller row
  CHECK(clusters[0].members[1].representative_score == -1);
  CHECK(std::isnan(clusters[0].members[2].representative_score));
  CHECK(clusters[0].members[3].partner == 2);
}

TEST_CASE("partners are sought inside the cluster") {
  // 2's best pair is 1, but 1 went with 0.
  const std::vector<ScoredPair> pairs = {{0, 1, 0.9f}, {1, 2, 0.8f}, {2, 3, 0.7f}};
  const std::vector<Cluster> clusters = find_clusters(4, pairs, ClusterRule::complete);
  CHECK(rows_of(clusters) == Table{{0, 1}, {2, 3}});
  CHECK(clusters[1].members[0].partner == 3);
  CHECK(clusters[1].members[0].score == 0.7f);
}

TEST_CASE("pairs listed both ways count once, with the best score") {
  const std::vector<ScoredPair> pairs = {{0, 1, 0.5f}, {1, 0, 0.6f}, {0, 1, 0.5f}};
  for (const ClusterRule rule : {ClusterRule::components, ClusterRule::complete}) {
    const std::vector<Cluster> clusters = find_clusters(2, pairs, rule);
    REQUIRE(clusters.size() == 1);
    CHECK(clusters[0].members[1].score == 0.6f);
  }
}

TEST_CASE("no pairs, no clusters") {
  CHECK(find_clusters(0, {}, ClusterRule::components).empty());
  CHECK(find_clusters(9, {}, ClusterRule::complete).empty());
}

TEST_CASE("random graphs: complete clusters are cliques, maximal to each other, in any order") {
  Random random(7);
  for (int round = 0; round < 20; ++round) {
    std::vector<ScoredPair> pairs;
    std::set<std::pair<std::int32_t, std::int32_t>> edges;
    for (std::int32_t i = 0; i < 40; ++i)
      for (std::int32_t j = i + 1; j < 40; ++j)
        if (random.uniform() < 0.3) {
          pairs.push_back({i, j, static_cast<float>(random.below(10)) / 10});
          edges.insert({i, j});
        }
    const Table first = rows_of(find_clusters(40, pairs, ClusterRule::complete));
    const auto all_pair = [&](const std::vector<std::int32_t>& a,
                              const std::vector<std::int32_t>& b) {
      for (const std::int32_t x : a)
        for (const std::int32_t y : b)
          if (x != y && !edges.count({std::min(x, y), std::max(x, y)})) return false;
      return true;
    };
    for (std::size_t a = 0; a < first.size(); ++a)
      for (std::size_t b = 0; b < first.size(); ++b)
        CHECK(all_pair(first[a], first[b]) == (a == b));
    random.shuffle(std::span(pairs));
    for (ScoredPair& p : pairs)
      if (random.next() & 1) std::swap(p.i, p.j);
    CHECK(rows_of(find_clusters(40, pairs, ClusterRule::complete)) == first);
  }
}

TEST_CASE("rules have names") {
  CHECK(name(ClusterRule::components) == "components");
  CHECK(cluster_rule_from_name("complete") == ClusterRule::complete);
  CHECK_THROWS_WITH_AS(cluster_rule_from_name("loose"),
                       "clusters: 'loose' is not known; choose among components, complete", Error);
}
