#include "loss/triplets.hpp"

#include <doctest.h>

#include <algorithm>
#include <array>

#include "fixture.hpp"

using namespace gemel;
using namespace gemel::loss;
using Groups = std::vector<std::int32_t>;
using Rows = std::vector<std::array<std::int32_t, 3>>;

namespace {

constexpr std::array kMiners = {NegativeMiner::hardest, NegativeMiner::random,
                                NegativeMiner::semi_hard, NegativeMiner::distance_weighted};

NegativeOptions on_a_line(int per_text) {
  NegativeOptions options;
  options.metric = Metric::manhattan;
  options.per_text = per_text;
  return options;
}

std::vector<Triplet> make(NegativeMiner miner, const NegativeOptions& options,
                          const std::vector<float>& x, const Groups& group,
                          const std::vector<Pair>& labelled, bool both = false,
                          NegativeReport* report = nullptr) {
  Random random(3);
  return make_triplets(miner, options, fixture::view(x, 1), group, labelled, both, random, report);
}

Rows rows_of(const std::vector<Triplet>& triplets) {
  Rows rows;
  for (const Triplet& t : triplets) rows.push_back({t.anchor, t.positive, t.negative});
  return rows;
}

//                             0  1  2  3  4   5
const std::vector<float> kLine = {0, 1, 4, 2, 6, 30};
const Groups kGroups = {0, 0, 0, 1, 2, 3};

}  // namespace

TEST_CASE("each positive pair gets the closest of the other groups, one side or both") {
  const std::vector<Pair> labelled = {{0, 1, 1, 0.5f}, {2, 0, 1, 1}, {0, 2, 1, 0}};
  const std::vector<Triplet> one =
      make(NegativeMiner::hardest, on_a_line(1), kLine, kGroups, labelled);
  CHECK(rows_of(one) == Rows{{0, 1, 3}, {2, 0, 3}});  // 2–3 and 2–4 tie: the lower row
  CHECK(one[0].weight == 0.5f);
  CHECK(one[1].weight == 1);
  CHECK(rows_of(make(NegativeMiner::hardest, on_a_line(1), kLine, kGroups, labelled, true)) ==
        Rows{{0, 1, 3}, {1, 0, 3}, {2, 0, 3}, {0, 2, 3}});
  CHECK(rows_of(make(NegativeMiner::hardest, on_a_line(2), kLine, kGroups, labelled)) ==
        Rows{{0, 1, 3}, {0, 1, 4}, {2, 0, 3}, {2, 0, 4}});
}

TEST_CASE("semi-hard measures against the pair's own distance") {
  // (0, 1) is 1 apart: row 3 at 2 is beyond. (0, 2) is 4 apart: row 4 at 6 is.
  const std::vector<Pair> labelled = {{0, 1, 1, 1}, {0, 2, 1, 1}};
  CHECK(rows_of(make(NegativeMiner::semi_hard, on_a_line(1), kLine, kGroups, labelled)) ==
        Rows{{0, 1, 3}, {0, 2, 4}});
}

TEST_CASE("guards, and labelled negatives that they do not hold back") {
  NegativeOptions o = on_a_line(3);
  o.min_distance = 3;
  o.max_distance = 10;
  NegativeReport report;
  CHECK(rows_of(make(NegativeMiner::hardest, o, kLine, kGroups, {{0, 1, 1, 1}}, false, &report)) ==
        Rows{{0, 1, 4}});
  CHECK(report.candidates == 4);
  CHECK(report.same_group == 1);
  CHECK(report.too_close == 1);
  CHECK(report.too_far == 1);
  CHECK(report.scores == std::vector<float>{-6});
  CHECK(rows_of(make(NegativeMiner::hardest, o, kLine, kGroups,
                     {{0, 1, 1, 1}, {3, 0, 0, 1}, {0, 5, 0.25f, 1}})) ==
        Rows{{0, 1, 3}, {0, 1, 4}, {0, 1, 5}});
  // Half of the positive's 4: row 3 at 2 is not closer than that; at a quarter less it is.
  o = on_a_line(1);
  o.relative_margin = 0.5f;
  CHECK(rows_of(make(NegativeMiner::hardest, o, kLine, kGroups, {{0, 2, 1, 1}})) ==
        Rows{{0, 2, 3}});
  o.relative_margin = 0.25f;
  CHECK(rows_of(make(NegativeMiner::hardest, o, kLine, kGroups, {{0, 2, 1, 1}})) ==
        Rows{{0, 2, 4}});
}

TEST_CASE("no miner takes a row of either text's group or one labelled the same") {
  // Row 5 is labelled the same as 0 though of another group; its own group mate 6 goes with it
  // where 5 is the positive.
  const std::vector<float> x = {0, 1, 4, 2, 6, 30, 31};
  const Groups group = {0, 0, 0, 1, 2, 3, 3};
  const std::vector<Pair> labelled = {{0, 5, 1, 1}, {0, 1, 1, 1}};
  for (const NegativeMiner miner : kMiners) {
    CAPTURE(name(miner));
    const std::vector<Triplet> made = make(miner, on_a_line(9), x, group, labelled);
    std::vector<std::int32_t> of_5, of_1;
    for (const Triplet& t : made) (t.positive == 5 ? of_5 : of_1).push_back(t.negative);
    std::sort(of_5.begin(), of_5.end());
    std::sort(of_1.begin(), of_1.end());
    CHECK(of_5 == std::vector<std::int32_t>{3, 4});
    CHECK(of_1 == std::vector<std::int32_t>{3, 4, 6});
  }
}

TEST_CASE("nothing to make triplets of") {
  for (const NegativeMiner miner : kMiners) {
    CHECK(make(miner, on_a_line(1), kLine, kGroups, {}).empty());
    CHECK(make(miner, on_a_line(1), kLine, kGroups, {{0, 3, 0, 1}}).empty());
    CHECK(make(miner, on_a_line(0), kLine, kGroups, {{0, 1, 1, 1}}).empty());
    CHECK(make(miner, on_a_line(1), {1, 2}, {0, 0}, {{0, 1, 1, 1}}).empty());
    CHECK(make(miner, on_a_line(1), kLine, kGroups, {{0, 0, 1, 1}}).empty());
  }
}

TEST_CASE("hardest triplets have the loss that the definition gives them") {
  // Anchor 0, positive 2 at 4, hardest row 3 at 2: 4 − 2 + 1.
  const std::vector<Triplet> t =
      make(NegativeMiner::hardest, on_a_line(1), kLine, kGroups, {{0, 2, 1, 1}});
  CHECK(triplet_loss({Metric::manhattan, 1}, fixture::view(kLine, 1), t, {}).loss == 3);
}
