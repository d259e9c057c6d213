#include "loss/negatives.hpp"

#include <doctest.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

using namespace gemel;
using namespace gemel::loss;

namespace {

constexpr std::array kMetrics = {Metric::cosine, Metric::manhattan, Metric::euclidean,
                                 Metric::exp_manhattan};
using Rows = std::vector<std::pair<int, int>>;

Rows rows_of(const std::vector<Pair>& pairs) {
  Rows rows;
  for (const Pair& p : pairs) rows.emplace_back(p.a, p.b);
  return rows;
}

NegativeOptions on_a_line(int per_text, float min_distance = 0) {
  return {Metric::manhattan, per_text, 0.5f, min_distance};
}

ConstMatrixView line(const std::vector<float>& x) {
  return {x.data(), static_cast<std::int64_t>(x.size()), 1};
}

}  // namespace

TEST_CASE("all distances equal distance() of each two rows, odd shapes included") {
  Random random(2);
  for (const std::int64_t n : {1, 2, 5, 12})
    for (const std::int64_t d : {1, 16, 37}) {
      std::vector<float> x(static_cast<std::size_t>(n * d));
      for (float& e : x) e = static_cast<float>(0.1 * random.normal());
      for (const Metric m : kMetrics) {
        CAPTURE(name(m));
        const std::vector<float> all = all_distances(m, {x.data(), n, d});
        for (std::int64_t i = 0; i < n; ++i)
          for (std::int64_t j = 0; j < n; ++j) {
            const float got = all[static_cast<std::size_t>(i * n + j)];
            CHECK(got == all[static_cast<std::size_t>(j * n + i)]);
            const float want = i == j ? 0
                                      : distance(m, &x[static_cast<std::size_t>(i * d)],
                                                 &x[static_cast<std::size_t>(j * d)], d);
            CHECK(got == doctest::Approx(want).epsilon(1e-5).scale(0.1));
          }
      }
    }
}

TEST_CASE("the closest text of another group is chosen, each pair once") {
  // Positions 0, 1, 3, 10, 11; the first two say the same.
  const std::vector<float> x = {0, 1, 3, 10, 11};
  const std::vector<std::int32_t> group = {4, 4, 5, 6, 7};
  const std::vector<Pair> one = hardest_negatives(on_a_line(1), line(x), group, {});
  // 0→2, 1→2, 2→1, 3→4, 4→3.
  CHECK(rows_of(one) == Rows{{0, 2}, {1, 2}, {3, 4}});
  for (const Pair& p : one) {
    CHECK(p.label == 0);
    CHECK(p.weight == 0.5f);
  }
  // Two each: 0→2,3  1→2,3  2→1,0  3→4,2  4→3,2.
  CHECK(rows_of(hardest_negatives(on_a_line(2), line(x), group, {})) ==
        Rows{{0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}, {2, 4}, {3, 4}});
  CHECK(hardest_negatives(on_a_line(0), line(x), group, {}).empty());
}

TEST_CASE("labelled pairs are left out in either order") {
  const std::vector<float> x = {0, 1, 3, 10, 11};
  const std::vector<std::int32_t> group = {4, 4, 5, 6, 7};
  const std::vector<Pair> labelled = {{4, 3, 0, 1}, {1, 2, 1, 1}};
  // 0→2, 1→3, 2→0, 3→2 (7 away), 4→2 (8 away).
  CHECK(rows_of(hardest_negatives(on_a_line(1), line(x), group, labelled)) ==
        Rows{{0, 2}, {1, 3}, {2, 3}, {2, 4}});
}

TEST_CASE("texts closer than the cap are taken for unlabelled duplicates") {
  const std::vector<float> x = {0, 1, 3, 10};
  const std::vector<std::int32_t> group = {0, 1, 2, 3};
  // With d >= 2: 0→2, 1→2, 2→1, 3→2. Without: 0→1.
  CHECK(rows_of(hardest_negatives(on_a_line(1, 2), line(x), group, {})) ==
        Rows{{0, 2}, {1, 2}, {2, 3}});
  CHECK(hardest_negatives(on_a_line(1, 50), line(x), group, {}).empty());
  // exp-manhattan ranks beyond the range where its distance is 1 for all: |0−3| against |0−90|.
  const std::vector<float> far = {0, 90, 60};
  const NegativeOptions saturated{Metric::exp_manhattan, 1, 1, 0.9f};
  CHECK(rows_of(hardest_negatives(saturated, line(far), std::vector<std::int32_t>{0, 1, 2}, {})) ==
        Rows{{0, 2}, {1, 2}});
}

TEST_CASE("ties go to the lower row; one group, one text or none give nothing") {
  const std::vector<float> x = {5, 4, 6};
  CHECK(rows_of(hardest_negatives(on_a_line(1), line(x), std::vector<std::int32_t>{0, 1, 2}, {})) ==
        Rows{{0, 1}, {0, 2}});
  CHECK(hardest_negatives(on_a_line(3), line(x), std::vector<std::int32_t>{1, 1, 1}, {}).empty());
  const std::vector<float> single = {1};
  CHECK(hardest_negatives(on_a_line(1), line(single), std::vector<std::int32_t>{0}, {}).empty());
  CHECK(hardest_negatives(on_a_line(1), {}, {}, {}).empty());
}

TEST_CASE("random negatives keep the rules, repeat with the seed and reach every partner") {
  const std::vector<float> x = {0, 1, 3, 10, 11, 20};
  const std::vector<std::int32_t> group = {4, 4, 5, 6, 7, 8};
  const std::vector<Pair> labelled = {{2, 3, 0, 1}};
  Random a(1), b(1), c(9);
  CHECK(rows_of(random_negatives(on_a_line(2), line(x), group, labelled, a)) ==
        rows_of(random_negatives(on_a_line(2), line(x), group, labelled, b)));
  std::set<std::pair<int, int>> seen;
  for (int round = 0; round < 200; ++round) {
    const Rows rows = rows_of(random_negatives(on_a_line(1, 2), line(x), group, labelled, c));
    CHECK(rows.size() <= 6);
    CHECK(std::is_sorted(rows.begin(), rows.end()));
    seen.insert(rows.begin(), rows.end());
  }
  // All 15 pairs, less (0,1) of one group, (2,3) labelled, (3,4) closer than 2.
  CHECK(seen.size() == 12);
  CHECK(seen.count({0, 1}) == 0);
  CHECK(seen.count({2, 3}) == 0);
  CHECK(seen.count({3, 4}) == 0);
}

TEST_CASE("options name the field, its value and what is allowed") {
  CHECK_NOTHROW(NegativeOptions{}.validate());
  CHECK_THROWS_WITH((NegativeOptions{Metric::cosine, -1, 1, 0}.validate()),
                    "negatives per_text: is -1; allowed is 0 to 1024");
  CHECK_THROWS_WITH((NegativeOptions{Metric::cosine, 1, 1, -2}.validate()),
                    "negatives min_distance: is -2; allowed is 0 to 1e+06");
}
