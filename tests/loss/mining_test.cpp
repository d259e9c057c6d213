#include <doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "fixture.hpp"
#include "loss/negative_candidates.hpp"
#include "loss/negatives.hpp"

using namespace gemel;
using namespace gemel::loss;
using fixture::kMetrics;
using Rows = std::vector<std::pair<int, int>>;
using Groups = std::vector<std::int32_t>;

namespace {

constexpr std::array kMiners = {NegativeMiner::hardest, NegativeMiner::random,
                                NegativeMiner::semi_hard, NegativeMiner::distance_weighted};

Rows rows_of(const std::vector<Pair>& pairs) {
  Rows rows;
  for (const Pair& p : pairs) rows.emplace_back(p.a, p.b);
  return rows;
}

NegativeOptions on_a_line(int per_text) {
  NegativeOptions options;
  options.metric = Metric::manhattan;
  options.per_text = per_text;
  return options;
}

Rows mine(NegativeMiner miner, const NegativeOptions& options, const std::vector<float>& x,
          const Groups& group, const std::vector<Pair>& labelled = {},
          NegativeReport* report = nullptr, std::uint64_t seed = 1) {
  Random random(seed);
  return rows_of(
      mine_negatives(miner, options, fixture::view(x, 1), group, labelled, random, report));
}

}  // namespace

TEST_CASE("semi-hard is the closest beyond the farthest positive, else the closest") {
  // Rows 0, 1 and 2 say the same; row 0's farthest positive is 4 away.
  //                             0  1  2  3  4   5
  const std::vector<float> x = {0, 1, 4, 2, 6, 30};
  const Groups group = {0, 0, 0, 1, 2, 3};
  // 0 (farthest 4): 4 at 6.  1 (farthest 3): 4 at 5.  2 (farthest 4): 5 at 26.
  // 3, 4, 5 have no positive: 3→1 at 1, 4→2 at 2, 5→4 at 24.
  CHECK(mine(NegativeMiner::semi_hard, on_a_line(1), x, group) ==
        Rows{{0, 4}, {1, 3}, {1, 4}, {2, 4}, {2, 5}, {4, 5}});
  // Nothing lies beyond row 2's farthest positive now: the closest, rows 3 and 4 at 2, the lower.
  // A second one for 0 and 1 is the closest of those within, row 3; 3→0 at 2 and 4→3 at 4.
  const std::vector<float> near(x.begin(), x.end() - 1);
  const Groups fewer(group.begin(), group.end() - 1);
  CHECK(mine(NegativeMiner::semi_hard, on_a_line(1), near, fewer) ==
        Rows{{0, 4}, {1, 3}, {1, 4}, {2, 3}, {2, 4}});
  CHECK(mine(NegativeMiner::semi_hard, on_a_line(2), near, fewer) ==
        Rows{{0, 3}, {0, 4}, {1, 3}, {1, 4}, {2, 3}, {2, 4}, {3, 4}});
  // A labelled positive of another group counts: row 3's farthest is row 5 at 28, nothing beyond.
  // 5 has 3 as its positive at 28: beyond it are 1 (29) and 0 (30).
  CHECK(mine(NegativeMiner::semi_hard, on_a_line(1), x, group, {{5, 3, 1, 1}}) ==
        Rows{{0, 4}, {1, 3}, {1, 4}, {1, 5}, {2, 4}, {2, 5}});
}

TEST_CASE("the guards skip what is too close, too far or suspiciously closer than the positive") {
  const std::vector<float> x = {0, 10, 1, 4, 9, 40};
  const Groups group = {0, 0, 1, 2, 3, 4};
  const auto partners_of_0 = [&](NegativeMiner miner, const NegativeOptions& o, bool with_report) {
    NegativeReport report;
    std::vector<int> partners;
    for (const auto& [a, b] : mine(miner, o, x, group, {}, with_report ? &report : nullptr))
      if (a == 0) partners.push_back(b);
    return partners;
  };
  for (const NegativeMiner miner : kMiners)
    for (const bool with_report : {false, true}) {
      CAPTURE(name(miner));
      // With 5 each, every candidate comes; the pairs of 0 may also come from the other side, which
      // has no positive and therefore no relative bound.
      NegativeOptions o = on_a_line(5);
      CHECK(partners_of_0(miner, o, with_report) == std::vector<int>{2, 3, 4, 5});
      o.min_distance = 4;
      CHECK(partners_of_0(miner, o, with_report) == std::vector<int>{3, 4, 5});
      o.max_distance = 9;
      CHECK(partners_of_0(miner, o, with_report) == std::vector<int>{3, 4});
    }
  // Both texts have positives: 0–1 is 10 apart, 2–3 is 6; the other pairs are 1, 5 and 7, 11 apart.
  const std::vector<float> two = {0, 10, -1, 5};
  const Groups pairs = {0, 0, 1, 1};
  for (const NegativeMiner miner : kMiners) {
    CAPTURE(name(miner));
    NegativeOptions o = on_a_line(2);
    CHECK(mine(miner, o, two, pairs) == Rows{{0, 2}, {0, 3}, {1, 2}, {1, 3}});
    // Bounds 5 for 0 and 1, 3 for 2 and 3: 0–2 at 1 is within both; a distance of the bound passes.
    o.relative_margin = 0.5f;
    CHECK(mine(miner, o, two, pairs) == Rows{{0, 3}, {1, 2}, {1, 3}});
    // Bounds 10 and 6: 5 is within both, 11 beyond both.
    o.relative_margin = 0;
    CHECK(mine(miner, o, two, pairs) == Rows{{1, 2}});
  }
}

TEST_CASE("the relative margin is taken in the metric's own unit, also where that saturates") {
  // Manhattan 2 to the positive, d = 1 − e^−2 = 0.8647; half of it is 0.4323, Manhattan 0.5664.
  const std::vector<float> x = {0, 2, 0.5664f, 0.5662f, -0.6f};
  NegativeOptions o = on_a_line(4);
  o.metric = Metric::exp_manhattan;
  o.relative_margin = 0.5f;
  for (const NegativeMiner miner : {NegativeMiner::hardest, NegativeMiner::random}) {
    NegativeReport report;
    Rows rows = mine(miner, o, x, {0, 0, 1, 1, 1}, {}, &report);
    // Rows 2, 3 and 4 are closest to their own kind and not bound by it.
    CHECK(report.near_positive == 1);  // 0→3, though 3→0 makes the pair
    CHECK(rows.size() == 6);
  }
}

TEST_CASE("the report counts every candidate once and describes what was made") {
  const std::vector<float> x = {0, 1, 3, 10, 11};
  const Groups group = {4, 4, 5, 6, 7};
  NegativeOptions o = on_a_line(1);
  o.min_distance = 2;
  o.max_distance = 8.5f;
  NegativeReport report;
  // 0→2 (3), 1→2 (2), 2→1 (2), 3→2 (7), 4→2 (8).
  CHECK(mine(NegativeMiner::hardest, o, x, group, {{3, 1, 0, 1}}, &report) ==
        Rows{{0, 2}, {1, 2}, {2, 3}, {2, 4}});
  CHECK(report.candidates == 20);
  CHECK(report.same_group == 2);
  CHECK(report.labelled == 2);
  CHECK(report.too_close == 2);  // 3–4
  CHECK(report.too_far == 6);    // 0–3, 0–4, 1–4
  CHECK(report.near_positive == 0);
  CHECK(report.scores == std::vector<float>{-3, -2, -7, -8});
  CHECK(report.chosen() == 4);
  mine(NegativeMiner::hardest, o, x, group, {{3, 1, 0, 1}}, &report);
  CHECK(report.candidates == 40);
  CHECK(report.chosen() == 8);
  for (const Metric m : kMetrics)
    for (const NegativeMiner miner : kMiners) {
      CAPTURE(name(m));
      NegativeOptions each = on_a_line(1);
      each.metric = m;
      NegativeReport seen;
      Random random(4);
      const std::vector<float> y = fixture::random_rows(3, 9, 4, 0.5);
      const Groups apart = {0, 1, 2, 3, 4, 5, 6, 7, 8};
      const std::vector<Pair> made =
          mine_negatives(miner, each, fixture::view(y, 4), apart, {}, random, &seen);
      REQUIRE(seen.scores.size() == made.size());
      for (std::size_t i = 0; i < made.size(); ++i) {
        const oracle::Vector rows = fixture::widened(y);
        const double d =
            oracle::distance(m, fixture::row(rows, 4, made[i].a), fixture::row(rows, 4, made[i].b));
        const double score = m == Metric::cosine || m == Metric::exp_manhattan ? 1 - d : -d;
        CHECK(seen.scores[i] == doctest::Approx(score).epsilon(1e-4).scale(0.1));
      }
    }
}

TEST_CASE("a report changes nothing about what is chosen") {
  const std::vector<float> x = fixture::random_rows(3, 30, 1, 5);
  Groups group;
  for (std::int32_t r = 0; r < 30; ++r) group.push_back(r / 3);
  for (const NegativeMiner miner : kMiners) {
    NegativeReport report;
    CHECK(mine(miner, on_a_line(2), x, group, {}, &report) == mine(miner, on_a_line(2), x, group));
    CHECK(mine(miner, on_a_line(0), x, group, {}, &report).empty());
  }
  CHECK(mine(NegativeMiner::distance_weighted, on_a_line(2), x, group, {}, nullptr, 1) !=
        mine(NegativeMiner::distance_weighted, on_a_line(2), x, group, {}, nullptr, 2));
}

TEST_CASE("distance-weighted draws rare distances as often as common ones") {
  // From row 0: forty rows at 10, ten at 5, one at 1; the rest is one group and not measured.
  std::vector<float> x = {0};
  x.insert(x.end(), 40, 10.0f);
  x.insert(x.end(), 10, 5.0f);
  x.push_back(1);
  Groups group(x.size(), 1);
  group[0] = 0;
  const Known known(group, {});
  const DistanceHistogram histogram(all_distances(Metric::manhattan, fixture::view(x, 1)), known);
  std::map<float, int> drawn;
  Random random(5);
  constexpr int kRounds = 3000;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<Candidate> candidates;
    for (std::int32_t b = 1; b < known.rows(); ++b)
      candidates.push_back({x[static_cast<std::size_t>(b)], b});
    choose(NegativeMiner::distance_weighted, 1, 0, &histogram, random, candidates);
    REQUIRE(candidates.size() == 1);
    ++drawn[candidates[0].d];
  }
  // A third each, within five deviations of the binomial.
  for (const float d : {10.0f, 5.0f, 1.0f}) CHECK(std::abs(drawn[d] - kRounds / 3) < 130);
}

TEST_CASE("a candidate weighs the inverse of its bin, which holds an eighth of an even share") {
  // Sixteen groups of one row on a line, 120 distances 1 … 15: d comes 16 − d times.
  std::vector<float> line;
  Groups apart;
  for (int i = 0; i < 16; ++i) {
    line.push_back(static_cast<float>(i));
    apart.push_back(i);
  }
  const Known known(apart, {});
  const DistanceHistogram histogram(all_distances(Metric::manhattan, fixture::view(line, 1)),
                                    known);
  for (int d = 1; d < 16; ++d)
    CHECK(histogram.weight(static_cast<float>(d)) == doctest::Approx(1.0 / (16 - d)));
  CHECK(histogram.weight(1.6f) == doctest::Approx(1 / (120.0 / 32 / 8)));  // nobody's distance
}

TEST_CASE("weighted draws come without replacement and reach the last") {
  const std::vector<float> x = {0, 1, 2, 50};
  const Groups group = {0, 1, 2, 3};
  CHECK(mine(NegativeMiner::distance_weighted, on_a_line(3), x, group).size() == 6);
  CHECK(mine(NegativeMiner::distance_weighted, on_a_line(9), x, group).size() == 6);
  std::map<std::pair<int, int>, int> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed)
    for (const auto& rows :
         mine(NegativeMiner::distance_weighted, on_a_line(1), x, group, {}, nullptr, seed))
      ++seen[rows];
  CHECK(seen.size() == 6);
  // Equal distances: no width, one bin.
  const std::vector<float> same(4, 2.0f);
  CHECK(mine(NegativeMiner::distance_weighted, on_a_line(3), same, group).size() == 6);
}

TEST_CASE("every miner leaves out groups and labelled pairs and survives one text or none") {
  const std::vector<float> x = {0, 1, 3, 10, 11};
  const Groups group = {4, 4, 5, 6, 7};
  for (const NegativeMiner miner : kMiners) {
    CAPTURE(name(miner));
    const Rows all = mine(miner, on_a_line(9), x, group, {{4, 3, 1, 1}, {0, 2, 0, 1}});
    CHECK(all == Rows{{0, 3}, {0, 4}, {1, 2}, {1, 3}, {1, 4}, {2, 3}, {2, 4}});
    CHECK(mine(miner, on_a_line(1), {5}, {0}).empty());
    CHECK(mine(miner, on_a_line(1), {}, {}).empty());
    CHECK(mine(miner, on_a_line(1), {5, 6}, {1, 1}).empty());
  }
}

TEST_CASE("quantiles are linear between neighbours") {
  const Quantiles none = quantiles({});
  CHECK(none.least == 0);
  CHECK(none.most == 0);
  const Quantiles one = quantiles({3});
  CHECK(one.least == 3);
  CHECK(one.low == 3);
  CHECK(one.middle == 3);
  CHECK(one.most == 3);
  const Quantiles six = quantiles({50, 10, 0, 40, 20, 30});
  CHECK(six.least == 0);
  CHECK(six.low == doctest::Approx(5));
  CHECK(six.middle == doctest::Approx(25));
  CHECK(six.high == doctest::Approx(45));
  CHECK(six.most == 50);
}

TEST_CASE("guards are checked by name, value and range") {
  NegativeOptions o;
  o.max_distance = -1;
  CHECK_THROWS_WITH(o.validate(), "negatives max_distance: is -1; allowed is 0 to 1e+06");
  o.max_distance = 0.25f;
  o.min_distance = 0.5f;
  CHECK_THROWS_WITH(o.validate(), "negatives max_distance: is 0.25; allowed is 0.5 to 1e+06");
  o.max_distance = 0;
  CHECK_NOTHROW(o.validate());
  o.relative_margin = 1.5f;
  CHECK_THROWS_WITH(o.validate(), "negatives relative_margin: is 1.5; allowed is 0 to 1");
  for (const NegativeMiner miner : kMiners) CHECK(negative_miner_from_name(name(miner)) == miner);
  CHECK_THROWS_WITH(negative_miner_from_name("easy"),
                    "negatives: 'easy' is not known; choose among hardest, random, semi-hard, "
                    "distance-weighted");
}
