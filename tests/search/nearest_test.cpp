#include <doctest.h>

#include <algorithm>
#include <gemel/error.hpp>

#include "search/neighbours.hpp"
#include "tests/search/search_data.hpp"

using namespace gemel;
using gemel::test::Rows;

namespace {

std::vector<ScoredPair> compare_all(Metric metric, const Rows& a, const Rows& b, bool within,
                                    std::size_t k) {
  std::vector<ScoredPair> result;
  for (std::int32_t i = 0; i < a.count; ++i) {
    std::vector<ScoredPair> row;
    for (std::int32_t j = 0; j < b.count; ++j)
      if (!within || i != j)
        row.push_back({i, j,
                       score_from_distance(metric, distance(metric, a.view().row(i),
                                                            b.view().row(j), a.dimension))});
    // j ascends already, so that a stable sort settles ties.
    std::stable_sort(row.begin(), row.end(),
                     [](const ScoredPair& x, const ScoredPair& y) { return x.score > y.score; });
    row.resize(std::min(k, row.size()));
    result.insert(result.end(), row.begin(), row.end());
  }
  return result;
}

}  // namespace

TEST_CASE("the k nearest are those that comparing all finds") {
  const Rows sets[] = {test::clustered(500, 70, 1), test::coarse(500, 33, 2)};
  for (const Rows& rows : sets)
    for (const Metric metric :
         {Metric::cosine, Metric::manhattan, Metric::euclidean, Metric::exp_manhattan})
      for (const std::int64_t k : {1, 7}) {
        CAPTURE(name(metric));
        CAPTURE(rows.dimension);
        CAPTURE(k);
        CHECK(nearest(metric, rows.view(), k, {.threads = 2}) ==
              compare_all(metric, rows, rows, true, static_cast<std::size_t>(k)));
      }
}

TEST_CASE("the k nearest of another set") {
  const Rows a = test::clustered(300, 80, 3), b = test::coarse(700, 80, 4);
  SearchStatistics seen;
  CHECK(nearest(Metric::euclidean, a.view(), b.view(), 3, {}, &seen) ==
        compare_all(Metric::euclidean, a, b, false, 3));
  CHECK(seen.pairs == 300 * 700);
}

TEST_CASE("rows without numbers have neighbours too") {
  const Rows rows = test::extreme(400, 70, 5);
  const auto found = nearest(Metric::euclidean, rows.view(), 2, {.threads = 2});
  CHECK(found.size() == 800);
  CHECK(found == nearest(Metric::euclidean, rows.view(), 2, {.threads = 1}));
}

TEST_CASE("neighbours so far away that their score is 0") {
  Rows rows = test::clustered(500, 70, 8);
  for (std::int64_t r = 0; r < rows.count; r += 2)
    for (std::int64_t k = 0; k < rows.dimension; ++k) rows.row(r)[k] *= 100;
  CHECK(nearest(Metric::exp_manhattan, rows.view(), 3, {.threads = 2}) ==
        compare_all(Metric::exp_manhattan, rows, rows, true, 3));
}

// The closest of all pairs say nothing of the rows that stand alone: bounds that rule out what lies
// beyond the neighbours of the former let nearly all pairs of the latter pass.
TEST_CASE("rows that stand alone among crowds are not compared with all") {
  Rows rows = test::clustered(4000, 192, 6);
  for (std::int64_t r = 100; r < rows.count; r += 2)  // crowds of 40
    for (std::int64_t k = 0; k < rows.dimension; ++k)
      rows.row(r)[k] = rows.row(r % 100)[k] + 0.01f * rows.row(r)[k];
  for (const Metric metric : {Metric::cosine, Metric::manhattan}) {
    CAPTURE(name(metric));
    SearchStatistics seen;
    nearest(metric, rows.view(), 3, {.threads = 2}, &seen);
    CAPTURE(seen.depth);
    CHECK(static_cast<double>(seen.candidates) < 0.05 * static_cast<double>(seen.pairs));
  }
}

TEST_CASE("fewer rows than wanted, and none") {
  const Rows none{0, 2, {}}, three{3, 2, {0, 0, 1, 0, 5, 0}};
  CHECK(nearest(Metric::euclidean, three.view(), 9) ==
        std::vector<ScoredPair>{
            {0, 1, -1}, {0, 2, -5}, {1, 0, -1}, {1, 2, -4}, {2, 1, -4}, {2, 0, -5}});
  CHECK(nearest(Metric::euclidean, none.view(), 1).empty());
  CHECK(nearest(Metric::euclidean, three.view(), none.view(), 1).empty());
}

TEST_CASE("wrong numbers are named") {
  const Rows three{3, 2, {0, 0, 1, 0, 5, 0}};
  CHECK_THROWS_WITH_AS(nearest(Metric::euclidean, three.view(), 0),
                       "k: is 0; allowed is 1 to 2147483647", Error);
  CHECK_THROWS_WITH_AS(nearest(Metric::euclidean, three.view(), 2, {.max_pairs = 5}),
                       "search: 2 neighbours of 3 rows are more than 5 pairs; ask for fewer "
                       "neighbours or raise the limit of pairs",
                       Error);
}
