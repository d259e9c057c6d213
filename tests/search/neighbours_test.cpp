#include "search/neighbours.hpp"

#include <doctest.h>

#include <algorithm>
#include <gemel/error.hpp>
#include <limits>

#include "tests/search/search_data.hpp"

using namespace gemel;
using gemel::test::Rows;

namespace {

constexpr Metric kMetrics[] = {Metric::cosine, Metric::manhattan, Metric::euclidean,
                               Metric::exp_manhattan};

// What the search must find: every pair compared.
std::vector<ScoredPair> compare_all(Metric metric, const Rows& a, const Rows& b, bool within,
                                    float min_score) {
  std::vector<ScoredPair> result;
  for (std::int64_t i = 0; i < a.count; ++i)
    for (std::int64_t j = within ? i + 1 : 0; j < b.count; ++j) {
      const float* u = a.values.data() + i * a.dimension;
      const float* v = b.values.data() + j * b.dimension;
      const float score = score_from_distance(metric, distance(metric, u, v, a.dimension));
      if (score >= min_score)
        result.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(j), score});
    }
  return result;
}

// The score that a given share of the first rows' pairs reaches: an actual score, so that `>=`
// matters.
float score_of_share(Metric metric, const Rows& rows, double share) {
  Rows few{std::min<std::int64_t>(rows.count, 200), rows.dimension, rows.values};
  std::vector<float> scores;
  for (const ScoredPair& p : compare_all(metric, few, few, true, -1e30f)) scores.push_back(p.score);
  std::sort(scores.begin(), scores.end(), std::greater<>());
  return scores[static_cast<std::size_t>(share * static_cast<double>(scores.size()))];
}

void check_same(const std::vector<ScoredPair>& found, const std::vector<ScoredPair>& wanted) {
  REQUIRE(found.size() == wanted.size());
  const auto [f, w] = std::mismatch(found.begin(), found.end(), wanted.begin());
  if (f != found.end()) {
    CHECK(f->i == w->i);
    CHECK(f->j == w->j);
    CHECK(f->score == w->score);
  }
}

}  // namespace

TEST_CASE("pairs above a threshold are those that comparing all finds") {
  // 600 rows of so few floats are enough for the bounds to come into play.
  const Rows sets[] = {test::clustered(600, 70, 1), test::coarse(600, 33, 2),
                       test::extreme(600, 130, 3), test::clustered(90, 16, 4)};
  for (const Rows& rows : sets)
    for (const Metric metric : kMetrics) {
      const float min_score = score_of_share(metric, rows, 0.002);
      CAPTURE(name(metric));
      CAPTURE(rows.dimension);
      CAPTURE(min_score);
      const auto wanted = compare_all(metric, rows, rows, true, min_score);
      CHECK(wanted.size() > 5);
      check_same(neighbours_above(metric, rows.view(), min_score), wanted);
      check_same(neighbours_above(metric, rows.view(), min_score, {.threads = 3}), wanted);
    }
}

TEST_CASE("pairs of two sets are those that comparing all finds") {
  const Rows a = test::clustered(500, 66, 11), b = test::clustered(450, 66, 11);
  const Rows few = test::clustered(3, 66, 11);
  for (const Metric metric : kMetrics) {
    CAPTURE(name(metric));
    const float min_score = score_of_share(metric, a, 0.001);
    check_same(neighbours_above(metric, a.view(), b.view(), min_score, {.threads = 2}),
               compare_all(metric, a, b, false, min_score));
    check_same(neighbours_above(metric, few.view(), b.view(), min_score),
               compare_all(metric, few, b, false, min_score));
    check_same(neighbours_above(metric, b.view(), few.view(), min_score),
               compare_all(metric, b, few, false, min_score));
  }
}

TEST_CASE("the bounds are in use and rule most pairs out") {
  const Rows rows = test::clustered(900, 200, 5);
  for (const Metric metric : {Metric::cosine, Metric::euclidean, Metric::manhattan}) {
    SearchStatistics seen;
    neighbours_above(metric, rows.view(), score_of_share(metric, rows, 0.0005), {}, &seen);
    CAPTURE(name(metric));
    CHECK(seen.pairs == 900 * 899 / 2);
    CHECK(seen.depth > 0);
    CHECK(seen.candidates < seen.pairs / 4);
  }
}

TEST_CASE("empty and tiny sets") {
  const Rows none{0, 4, {}}, one{1, 4, {1, 2, 3, 4}}, two{2, 4, {1, 2, 3, 4, 1, 2, 3, 4}};
  for (const Metric metric : kMetrics) {
    const float best = score_from_distance(metric, 0.0f);
    CHECK(neighbours_above(metric, none.view(), -1e30f).empty());
    CHECK(neighbours_above(metric, one.view(), -1e30f).empty());
    CHECK(neighbours_above(metric, none.view(), one.view(), -1e30f).empty());
    CHECK(neighbours_above(metric, one.view(), none.view(), -1e30f).empty());
    CHECK(neighbours_above(metric, two.view(), best) == std::vector<ScoredPair>{{0, 1, best}});
    CHECK(neighbours_above(metric, two.view(), 1.5f).empty());
  }
}

TEST_CASE("zero vectors score 0 under cosine with everything, themselves included") {
  const Rows rows{3, 2, {0, 0, 3, 4, 0, 0}};
  CHECK(neighbours_above(Metric::cosine, rows.view(), 0.0f).size() == 3);
  CHECK(neighbours_above(Metric::cosine, rows.view(), 0.001f).empty());
}

TEST_CASE("rows may stand apart in memory") {
  const Rows rows = test::clustered(40, 12, 9);
  const Rows narrow = [&] {
    Rows r{40, 10, {}};
    for (int i = 0; i < 40; ++i)
      r.values.insert(r.values.end(), rows.values.begin() + i * 12,
                      rows.values.begin() + i * 12 + 10);
    return r;
  }();
  const ConstMatrixView strided(rows.values.data(), 40, 10, 12);
  check_same(neighbours_above(Metric::euclidean, strided, -3.0f),
             neighbours_above(Metric::euclidean, narrow.view(), -3.0f));
}

TEST_CASE("too many pairs are an error that says what to do") {
  const Rows rows = test::coarse(200, 4, 1);
  CHECK_THROWS_WITH_AS(
      neighbours_above(Metric::cosine, rows.view(), -1.0f, {.max_pairs = 100}),
      "search: more than 100 pairs score -1 or more; raise the threshold or the limit of pairs",
      Error);
  CHECK(neighbours_above(Metric::cosine, rows.view(), -1.0f, {.max_pairs = 19900}).size() == 19900);
}

TEST_CASE("wrong input is named") {
  Rows rows = test::clustered(5, 3, 1);
  const Rows other = test::clustered(2, 4, 1);
  CHECK_THROWS_WITH_AS(neighbours_above(Metric::cosine, rows.view(), 0.5f, {.threads = 0}),
                       "threads: is 0; allowed is 1 to 1024", Error);
  CHECK_THROWS_WITH_AS(neighbours_above(Metric::cosine, rows.view(), std::nanf("")),
                       "min_score: is not a number", Error);
  CHECK_THROWS_WITH_AS(neighbours_above(Metric::cosine, rows.view(), other.view(), 0.5f),
                       "second set: has vectors of 4 floats; the first set's have 3", Error);
  rows.row(3)[2] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH_AS(neighbours_above(Metric::cosine, rows.view(), 0.5f),
                       "vectors: row 3 holds a value that is not finite", Error);
}

TEST_CASE("a raised stop flag interrupts, progress ends at 1") {
  const Rows rows = test::clustered(300, 8, 1);
  std::atomic<bool> stop{true};
  CHECK_THROWS_AS(neighbours_above(Metric::cosine, rows.view(), 0.9f, {.stop = &stop}),
                  Interrupted);
  std::vector<double> shares;
  SearchOptions options;
  options.threads = 2;
  options.progress = [&](double share) { shares.push_back(share); };
  neighbours_above(Metric::cosine, rows.view(), 0.9f, options);
  REQUIRE(!shares.empty());
  CHECK(std::is_sorted(shares.begin(), shares.end()));
  CHECK(shares.back() == doctest::Approx(1));
}
