#include "apps/duplicate_report.hpp"

#include <doctest.h>

#include <vector>

using namespace gemel;
using namespace gemel::app;

namespace {

// Rows 0 to 5: a b a (blank) c b. Distinct texts: a, b, c.
Corpus corpus() {
  Corpus c;
  c.texts = {"a", "b", "a", " ", "c", "b"};
  c.ids = {"1", "2", "3", "4", "5", "6"};
  c.first = {0, 1, 4};
  c.rows = {{0, 2}, {1, 5}, {4}};
  return c;
}

Cluster cluster(std::vector<ClusterMember> members) {
  Cluster c;
  c.members = std::move(members);
  return c;
}

std::vector<std::int32_t> rows(const PrintedCluster& c) {
  std::vector<std::int32_t> result;
  for (const ClusterRow& r : c) result.push_back(r.row);
  return result;
}

}  // namespace

TEST_CASE("equal texts are clusters even where nothing else is") {
  const auto printed = spread_clusters(corpus(), {}, Metric::cosine);
  REQUIRE(printed.size() == 2);
  CHECK(rows(printed[0]) == std::vector<std::int32_t>{0, 2});
  CHECK(rows(printed[1]) == std::vector<std::int32_t>{1, 5});
  CHECK_FALSE(printed[0][0].exact);
  CHECK(printed[0][1].exact);
  CHECK(printed[0][1].partner == 0);
  CHECK(printed[0][1].score == 1.0f);
}

TEST_CASE("a cluster of distinct texts takes all their rows, by smallest row, head first") {
  // c is the representative; a resembles it with 0.5.
  const std::vector<Cluster> found = {cluster({{2, 0, 0.5f, 0.5f}, {0, 2, 0.5f, 0.5f}})};
  const auto printed = spread_clusters(corpus(), found, Metric::cosine);
  REQUIRE(printed.size() == 2);
  CHECK(rows(printed[0]) == std::vector<std::int32_t>{4, 0, 2});
  CHECK(rows(printed[1]) == std::vector<std::int32_t>{1, 5});
  for (const ClusterRow& r : printed[0]) CHECK(r.representative == 4);
  CHECK(printed[0][1].partner == 4);
  CHECK(printed[0][1].score == 0.5f);
  CHECK(printed[0][2].partner == 0);  // its equal, rather than the representative
  CHECK(printed[0][2].exact);
}

TEST_CASE("equal texts score best in every metric") {
  for (const auto& [metric, best] :
       {std::pair{Metric::cosine, 1.0f}, std::pair{Metric::manhattan, 0.0f},
        std::pair{Metric::euclidean, 0.0f}, std::pair{Metric::exp_manhattan, 1.0f}})
    CHECK(spread_clusters(corpus(), {}, metric)[0][1].score == best);
}
