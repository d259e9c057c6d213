// The index's negatives against comparing every two texts.
#include "tests/train/mining_case.hpp"

using namespace gemel;
using namespace gemel::train;
using namespace gemel::train::test;

TEST_CASE("hardest: the closest texts of other groups, under every metric and guard") {
  MiningCase c(toy_model());
  const auto closest = [](std::vector<float> d, float) { return front(std::move(d), 3); };
  for (const Metric metric : {Metric::cosine, Metric::euclidean, Metric::manhattan}) {
    CAPTURE(name(metric));
    c.metric = metric;
    check_choice(c, closest);
  }
  c.metric = Metric::euclidean;
  c.options.min_distance = 0.3f;
  check_choice(c, closest);
  c.options.max_distance = 0.5f;
  check_choice(c, closest);
  c.options.min_distance = c.options.max_distance = 0;
  c.options.relative_margin = 0.1f;
  check_choice(c, closest);
}

TEST_CASE("semi-hard: the closest beyond the positive, then the farthest of the others") {
  MiningCase c(toy_model());
  c.options.mining = NegativeMiner::semi_hard;
  c.options.mined_negatives = 40;
  check_choice(c, [](std::vector<float> d, float positive) {
    std::stable_partition(d.begin(), d.end(), [&](float x) { return x > positive; });
    const auto beyond = std::find_if(d.begin(), d.end(), [&](float x) { return x <= positive; });
    std::reverse(beyond, d.end());
    return front(std::move(d), 40);
  });
}

TEST_CASE("random and distance-weighted ones are allowed, distinct, and change with the seed") {
  for (const NegativeMiner miner : {NegativeMiner::random, NegativeMiner::distance_weighted}) {
    CAPTURE(loss::name(miner));
    MiningCase c(toy_model());
    c.options.mining = miner;
    c.options.mining_neighbours = 20;
    c.options.min_distance = 0.01f;
    const Mined mined = c.mine();
    check_allowed(c, mined);
    CHECK(c.mine().negatives.rows == mined.negatives.rows);
    CHECK(c.mine(1, 12).negatives.rows != mined.negatives.rows);
    if (miner == NegativeMiner::random) continue;
    // Within the twenty nearest, and not simply the closest.
    const Brute brute(c);
    std::int64_t farther = 0;
    for (std::size_t p = 0; p < c.data.pairs().size(); ++p) {
      std::vector<float> all;
      for (const std::int32_t row : brute.pool)
        all.push_back(brute.distance(c.data.pairs()[p].a, row));
      std::sort(all.begin(), all.end());
      for (const std::int32_t row : mined.negatives.of(static_cast<std::int64_t>(p))) {
        if (row < 0) continue;
        const float d = brute.distance(c.data.pairs()[p].a, row);
        CHECK(d <= all[19]);
        farther += d > all[9];
      }
    }
    CHECK(farther > 10);
  }
}
